//! No code of the simulation panics.

use crate::{
    check::{CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog},
    net::HostId,
    world::World,
};

/// No host, task or behaviour panics.
pub(crate) struct NoPanic;

const PANIC: FindingKind = FindingKind::new("panic", "code of a host panicked");

impl NoPanic {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-panic",
        statement: "no host, task or behaviour panics",
        kinds: &[PANIC],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the panics that the engine has caught",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(NoPanic),
    };
}

impl Invariant for NoPanic {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, _: &[HostId], report: &mut Reporter) {
        self.after_step(world, report);
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for panic in world.panics() {
            let hosts: Vec<HostId> = panic.host.into_iter().collect();
            report
                .violated(PANIC)
                .hosts(&hosts)
                .subject(Value::id(&panic.location))
                .since(panic.at)
                .expected("no panic")
                .seen(panic.to_string());
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
