//! Invariants of the queries that the DHT reports as running.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::kad::QueryId;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    invariants::view::open_hosts,
    net::{HostId, IdHash},
    world::World,
};

/// No query runs longer than allowed, including automatic queries that the DHT never
/// reported.
pub(crate) struct RunningQueriesEnd {
    allowed: Duration,
    /// The time from which a query is known to be in its current phase.
    since: IndexMap<(HostId, VirtualInstant, QueryId), VirtualInstant, IdHash>,
}

/// libp2p checks its timeouts only when it is polled. The next poll may be caused by
/// the timeout of a request.
const LATE: Duration = Duration::from_secs(11);

const ENDLESS: FindingKind =
    FindingKind::new("endless-query", "a query runs for longer than its timeout");

impl RunningQueriesEnd {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "running-queries-end",
        statement: "no query of the DHT runs longer than its timeout, whatever started it",
        kinds: &[ENDLESS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "iter_queries, the steps of queries",
        allows: "twice the timeout, since puts have two phases, plus 11 s, since libp2p checks \
                 timeouts only when polled; a silent host may be polled even later",
        standard: false,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(RunningQueriesEnd::within(limits.query_timeout)),
    };

    /// Creates the invariant for DHTs with this query timeout.
    pub(crate) fn within(timeout: Duration) -> Self {
        RunningQueriesEnd {
            allowed: timeout * 2 + LATE,
            since: IndexMap::default(),
        }
    }
}

impl Invariant for RunningQueriesEnd {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        let before = std::mem::take(&mut self.since);
        for host in open_hosts(world) {
            let started_at = world.started_at(host);
            for query in world.query_numbers(host) {
                let key = (host, started_at, query.id);
                let stepped = world.swarm_log(host, |swarm_log| {
                    let record = swarm_log.queries.get(&query.id)?;
                    record.steps.last().map(|step| step.at).max(record.started)
                });
                let known = before.get(&key).copied();
                let Some(awake) = world.awake_since(host) else {
                    self.since.insert(key, now);
                    continue;
                };
                let since = known.max(stepped).unwrap_or(now).max(awake);
                self.since.insert(key, since);
                if now.saturating_since(since) > self.allowed {
                    let id = Value::id(query.id);
                    report
                        .violated(ENDLESS)
                        .at(host)
                        .subject(phrase!("query {}", id.clone()))
                        .since(since)
                        .expected(phrase!("no query runs longer than {}", self.allowed))
                        .seen(phrase!("query {} still does", id));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
