//! Applications around the DHT are told something.

use dht_harness::{Sim, SimError};

use super::play::Stage;
use crate::action::Action;

impl Stage {
    pub(super) fn tell(&self, sim: &Sim, action: &Action) -> Result<(), SimError> {
        let Action::Tell { hosts, command } = action else {
            return Ok(());
        };
        let words = self.cast.spelt_out(sim.world(), command)?;
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for actor in self.cast.all(hosts)? {
            let done = actor.command(&words);
            done.unwrap_or_else(|| Err(self.no_application(&actor.name())))?;
        }
        Ok(())
    }

    /// Why a host can neither be told nor show anything.
    pub(super) fn no_application(&self, host: &str) -> SimError {
        let known: Vec<_> = self.cast.stacks().applications().collect();
        SimError::Other(format!(
            "{host} has no application that takes commands and shows numbers; the stacks with one: {}",
            known.join(", ")
        ))
    }
}
