//! A network that was disturbed finds back.
//!
//! Responsible for what is demanded, and by when. Two phases: while faults last
//! nothing is demanded; once the network has had its time all of it is.

use std::time::Duration;

use crate::{
    check::{
        CatalogEntry, Demand, Invariant, Limits, Moment, Reporter, Unmet, as_in_catalog, phrase,
    },
    invariants::{graph::Flaw, graph::Graph, graph::flaws, oracle, view::open_hosts},
    world::World,
};

/// How old a table may be before [`recovered`] reads it again.
const STALE: Duration = Duration::from_secs(1);

/// Who has not recovered, and why: buckets of live servers lack a live server
/// that fits, tables do not lead from one to another, or lookups over them do
/// not find one. Empty once the network has recovered.
///
/// Made for [`Sim::run_until`](crate::Sim::run_until): it reads tables, each at
/// most once in a second.
pub fn recovered(world: &World, limits: &Limits) -> Vec<Unmet> {
    for host in open_hosts(world) {
        let fresh = world
            .table_read_at(host)
            .is_some_and(|read| world.now().saturating_since(read) < STALE);
        if !fresh {
            world.table(host);
        }
    }
    unrecovered(world, limits)
        .into_iter()
        .map(|flaw| Unmet::at(world, flaw.host, flaw.why))
        .collect()
}

fn unrecovered(world: &World, limits: &Limits) -> Vec<Flaw> {
    let graph = Graph::of(world);
    let mut flaws = graph.gaps(world, limits.bucket_size.get());
    flaws.extend(graph.parts(world));
    // Where tables are whole lookups succeed; where they are not, one reason
    // for each host is enough.
    if flaws.is_empty() {
        flaws = graph.lost(world);
    }
    flaws
}

/// Once the network was left in peace for long enough, its tables are whole.
pub(crate) struct Recovery {
    limits: Limits,
}

impl Recovery {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "recovery",
        statement: "once the network had its time after the last disturbance, tables hold every \
                    live server that fits, lead to all, and lookups over them succeed",
        kinds: &[
            flaws::LACKS_SERVERS,
            flaws::NO_WAY_TO,
            flaws::NO_WAY_FROM,
            flaws::NOT_FOUND,
        ],
        moments: &[Moment::AfterHeal],
        data: "faults, the lives of hosts, all tables",
        allows: "everything while a fault lasts and for the time of a recovery afterwards",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| Box::new(Recovery::within(limits)),
    };

    /// For networks of this bucket size, which have this time to recover.
    pub(crate) fn within(limits: &Limits) -> Self {
        Recovery {
            limits: limits.clone(),
        }
    }
}

impl Invariant for Recovery {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let Some(calm) = oracle::calm_since(world) else {
            return;
        };
        let were_read =
            open_hosts(world).all(|host| world.table_read_at(host) == Some(world.now()));
        if !were_read || world.now().saturating_since(calm) < self.limits.recovery {
            return;
        }
        for flaw in unrecovered(world, &self.limits) {
            report
                .violated(flaw.kind)
                .at(flaw.host)
                .subject("recovery")
                .since(calm)
                .expected(phrase!(
                    "recovered {} after the last disturbance",
                    self.limits.recovery
                ))
                .seen(flaw.why);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
