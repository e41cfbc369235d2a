//! Records the tables before the latest step during which time has passed.

use std::rc::Rc;

use dht_harness_clock::VirtualInstant;

use crate::{dht::TableSnapshot, net::HostId, world::World};

/// All tables at one instant, by host number.
#[derive(Default)]
struct Tables {
    at: VirtualInstant,
    tables: Vec<Rc<TableSnapshot>>,
}

/// The tables at the two latest steps between which time has passed, so that a
/// failure report can show the changes of the latest one.
#[derive(Default)]
pub(super) struct StepTables {
    before: Tables,
    latest: Tables,
}

impl StepTables {
    /// Called when control returns to the test. The tables have just been read.
    pub(super) fn note(&mut self, world: &World) {
        if world.now() > self.latest.at {
            std::mem::swap(&mut self.before, &mut self.latest);
        }
        self.latest.at = world.now();
        self.latest.tables.clear();
        let tables = world.hosts().map(|host| world.latest_table(host));
        self.latest.tables.extend(tables);
    }

    /// The table of a host before the latest step during which time has passed, and
    /// the time at which it was read.
    pub(super) fn before(&self, host: HostId) -> Option<(VirtualInstant, &TableSnapshot)> {
        let table = self.before.tables.get(host.0 as usize)?;
        Some((self.before.at, table))
    }
}
