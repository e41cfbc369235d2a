//! Applications run until they are asked to end.

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, as_in_catalog, at_each_host,
    },
    net::HostId,
    world::World,
};

/// No application ends by itself.
pub(crate) struct ApplicationsRun;

const ENDED: FindingKind = FindingKind::new("ended", "an application has ended by itself");

impl ApplicationsRun {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "applications-run",
        statement: "an application with its own event loop runs until it is asked to end",
        kinds: &[ENDED],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the future of the application",
        allows: "an end after a close or a crash",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ApplicationsRun),
    };
}

impl Invariant for ApplicationsRun {
    as_in_catalog!();

    at_each_host!(look);
}

fn look(world: &World, host: HostId, report: &mut Reporter) {
    if world.ended_by_itself(host) {
        report
            .violated(ENDED)
            .at(host)
            .since(world.since(host))
            .expected("the application runs until it is closed")
            .seen("its future has ended");
    }
}
