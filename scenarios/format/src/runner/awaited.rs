//! Faults on hosts that are not up yet.
//!
//! Such a fault takes effect just before the last of its hosts is spawned, so that it meets what
//! the host does first.

use dht_harness::{Sim, SimError};

use super::scenario::Runner;
use crate::{action::Action, syntax::Name};

/// A fault whose hosts are not all up.
#[derive(Debug)]
pub(super) struct AwaitedFault {
    /// The index of its step.
    index: usize,
    action: Action,
}

impl Runner {
    /// Keeps a fault for later if one of its hosts is not up yet. Returns whether it does.
    pub(super) fn set_aside(&self, index: usize, action: &Action) -> bool {
        let waits = action.kind().waits_for_hosts() && !self.are_known(action);
        if waits {
            let action = action.clone();
            let awaited = AwaitedFault { index, action };
            self.awaited.borrow_mut().push(awaited);
        }
        waits
    }

    /// Installs the faults that have waited for these hosts, which are spawned next in this
    /// order.
    pub(super) fn meet(&self, sim: &mut Sim, spawned: &[String]) -> Result<(), SimError> {
        if self.awaited.borrow().is_empty() {
            return Ok(());
        }
        self.registry.expect(sim.world(), spawned);
        let all = std::mem::take(&mut *self.awaited.borrow_mut());
        let (due, waiting): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|it| self.are_known(&it.action));
        *self.awaited.borrow_mut() = waiting;
        for AwaitedFault { index, action } in due {
            let before = self.installed(sim.world());
            self.faults(sim, &action)?;
            let effects = self.effects_since(before, sim.world());
            let mut faults = self.injected.borrow_mut();
            faults.injected(index, sim.now().since_start(), effects);
        }
        Ok(())
    }

    /// Removes the faults of this name, or all, that wait for hosts. Returns whether there was
    /// one.
    pub(super) fn give_up_awaited(&self, name: Option<&Name>) -> bool {
        let mut awaited = self.awaited.borrow_mut();
        let before = awaited.len();
        awaited.retain(|it| name.is_some() && it.action.fault_id() != name);
        awaited.len() < before
    }

    /// Whether all hosts that an action names have a number.
    fn are_known(&self, action: &Action) -> bool {
        let lists = action.host_lists();
        lists.iter().all(|hosts| self.registry.are_known(hosts))
    }
}
