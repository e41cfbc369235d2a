//! No code of the simulation panics.

use super::{Invariant, Reporter};
use crate::{net::HostId, sim::World};

/// No host, task or behaviour panics.
pub struct NoPanic;

impl Invariant for NoPanic {
    fn name(&self) -> &'static str {
        "no-panic"
    }

    fn statement(&self) -> &'static str {
        "no host, task or behaviour panics"
    }

    fn after_event(&mut self, world: &World, _: &[HostId], report: &mut Reporter) {
        self.after_step(world, report);
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for panic in world.panics() {
            let hosts: Vec<HostId> = panic.host.into_iter().collect();
            report.violated(
                &hosts,
                panic.location.clone(),
                Some(panic.at),
                "no panic",
                panic.to_string(),
            );
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
