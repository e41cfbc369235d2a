//! Sends commands to applications around the DHT.

use dht_harness::{Sim, SimError};

use super::{perform::no_arm, scenario::Runner};
use crate::action::Action;

impl Runner {
    pub(super) fn app_command(&self, sim: &Sim, action: &Action) -> Result<(), SimError> {
        let Action::AppCommand { hosts, command } = action else {
            no_arm("app_command", action)
        };
        let words = self.registry.spelt_out(sim.world(), command)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for handle in self.registry.all(hosts)? {
            let done = handle.command(&words);
            done.unwrap_or_else(|| Err(self.no_application(&handle.name())))?;
        }
        Ok(())
    }

    /// The error for a host without an application.
    pub(super) fn no_application(&self, host: &str) -> SimError {
        let known: Vec<_> = self.registry.stacks().applications().collect();
        SimError::Other(format!(
            "{host} has no application that accepts commands and reports numbers; stacks with one: {}",
            known.join(", ")
        ))
    }
}
