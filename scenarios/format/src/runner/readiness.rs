//! Waits until applications with their own event loop can be worked on.

use std::time::Duration;

use dht_harness::{Sim, SimError, World};

use super::{perform::PATIENCE, scenario::Runner};
use crate::{action::Action, syntax::Hosts};

impl Runner {
    /// Waits until the hosts take operations. Only applications with their own event
    /// loop are ever waited for: until they have polled their swarm. What is not ready
    /// in time refuses the operation with an explanation.
    pub(super) fn await_ready(&self, sim: &mut Sim, hosts: &Hosts) -> Result<(), SimError> {
        let handles = self.registry.reported(hosts);
        let are_ready = || handles.iter().all(|handle| handle.is_ready());
        if are_ready() {
            return Ok(());
        }
        // An application that starts needs a poll of its swarm, and no time.
        sim.run_for(Duration::ZERO)?;
        if are_ready() {
            return Ok(());
        }
        match sim.run_until(PATIENCE, |_: &World| are_ready()) {
            Err(SimError::Unmet { .. }) => Ok(()),
            ended => ended,
        }
    }

    /// As [`await_ready`](Self::await_ready), for the hosts that an action has started.
    pub(super) fn await_started(&self, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::Restart { hosts, .. } | Action::Spawn { hosts } => self.await_ready(sim, hosts),
            _ => Ok(()),
        }
    }
}
