//! A network recovers after a disturbance.
//!
//! Responsible for what is required, and by when. While faults are in force nothing
//! is required. Once the recovery time has passed, everything is.

use std::time::Duration;

use crate::{
    check::{
        CatalogEntry, Demand, Invariant, Limits, Moment, Reporter, Unmet, as_in_catalog, phrase,
    },
    invariants::{graph::Flaw, graph::Graph, graph::flaws, oracle, view::open_hosts},
    world::World,
};

/// The age at which [`recovered`] reads a table again.
const STALE: Duration = Duration::from_secs(1);

/// The hosts that have not recovered, and why: a bucket of a live server lacks a live
/// server that fits, the tables do not connect two hosts, or a lookup over them does
/// not find a host. Empty once the network has recovered.
///
/// Intended for [`Sim::run_until`](crate::Sim::run_until): it reads each table at
/// most once per second.
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
    // Lookups can only fail for another reason if the tables are complete. Otherwise
    // one reason for each host is enough.
    if flaws.is_empty() {
        flaws = graph.lost(world);
    }
    flaws
}

/// The tables are complete once the network was undisturbed for long enough.
pub(crate) struct Recovery {
    limits: Limits,
}

impl Recovery {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "recovery",
        statement: "once the recovery time after the last disturbance has passed, tables hold every \
                    live server that fits, are connected, and lookups over them succeed",
        kinds: &[
            flaws::LACKS_SERVERS,
            flaws::NO_WAY_TO,
            flaws::NO_WAY_FROM,
            flaws::NOT_FOUND,
        ],
        moments: &[Moment::AfterHeal],
        data: "faults, the states of hosts, all tables",
        allows: "everything while a fault is in force and during the recovery time afterwards",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| Box::new(Recovery::within(limits)),
    };

    /// Creates the invariant for networks with this bucket size and recovery time.
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
