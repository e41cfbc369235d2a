//! Eviction of failing peers, which go-libp2p-kad-dht guarantees and rust-libp2p does
//! not.

use std::rc::Rc;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    dht::TableSnapshot,
    net::{HostId, IdHash},
    world::{HostStatus, World},
};

/// A dead peer leaves the routing table after a query that failed to reach it.
///
/// This is not a standard check: libp2p-kad never removes a peer because a query or a
/// dial failed. Use it for stacks that guarantee eviction. It only checks tables that
/// fit into one lookup (at most K = 20 entries), in which every entry is asked.
#[derive(Default)]
pub(crate) struct FailedQueryEvicts {
    /// The table of each host at the previous step, before its queries.
    before: IndexMap<Lifetime, Rc<TableSnapshot>, IdHash>,
    /// The number of queries of each host that were checked.
    judged: IndexMap<Lifetime, usize, IdHash>,
}

/// A host from one start to the next. A restart discards earlier tables and queries.
type Lifetime = (HostId, VirtualInstant);

/// The maximum number of entries that a single lookup is certain to ask.
const ALL_ASKED: usize = 20;

const NOT_EVICTED: FindingKind = FindingKind::new(
    "not-evicted",
    "a dead peer is still in the table after a query that failed to reach it",
);

impl FailedQueryEvicts {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "failed-query-evicts",
        statement: "a peer that was dead before a query started is out of the table once the query has failed \
         to reach it",
        kinds: &[NOT_EVICTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, query results, the states of hosts",
        allows: "tables of more than 20 entries, since a lookup does not ask all of them",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |_| Box::new(FailedQueryEvicts::default()),
    };
}

impl Invariant for FailedQueryEvicts {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            if world.status(host) != HostStatus::Open
                || world.table_read_at(host) != Some(world.now())
            {
                continue;
            }
            let table = world.table(host);
            let lifetime = (host, world.started_at(host));
            let before = self
                .before
                .insert(lifetime, Rc::clone(&table))
                .unwrap_or_default();
            let judged = *self.judged.get(&lifetime).unwrap_or(&0);
            let finished = world.swarm_log(host, |swarm_log| {
                swarm_log
                    .queries
                    .iter()
                    .filter(|(_, query)| query.is_finished() && query.kind == "closest-peers")
                    .map(|(_, query)| (query.started, query.unanswered()))
                    .collect::<Vec<_>>()
            });
            self.judged.insert(lifetime, finished.len());
            if before.len() > ALL_ASKED {
                continue;
            }
            for (started, unanswered) in &finished[judged..] {
                let Some(started) = started.filter(|_| *unanswered > 0) else {
                    continue;
                };
                for entry in before.entries() {
                    let dead_since = world.dead_since(host, &entry.peer);
                    let dead = dead_since.is_some_and(|since| since <= started);
                    if dead && table.contains(&entry.peer) {
                        report
                            .violated(NOT_EVICTED)
                            .at(host)
                            .subject(phrase!("entry {}", world.name_of(&entry.peer)))
                            .since(dead_since)
                            .expected(phrase!(
                                "{} is out of the table after the failed query",
                                Value::peer(world, &entry.peer)
                            ))
                            .seen("it is still in it");
                    }
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
