//! Faults as checks and predicates see them.

use super::world::World;
use crate::net::FaultRecord;

impl World {
    /// Every fault so far in the order of installation: what it does, from when
    /// to when, when it first had an effect and how many it had.
    ///
    /// A fault that never bit has tested nothing.
    pub fn fault_report(&self) -> Vec<FaultRecord> {
        self.fabric().faults()
    }
}
