//! What a test has planned for later instants.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use dht_harness_clock::VirtualInstant;

use super::{control::Sim, error::SimError};
use crate::trace::TraceEvent;

type Action = Box<dyn FnOnce(&mut Sim) -> Result<(), SimError>>;

/// Actions that have not been taken yet, by instant and order of planning.
#[derive(Default)]
pub(super) struct Plans {
    pending: RefCell<BTreeMap<(VirtualInstant, u64), (String, Action)>>,
    made: std::cell::Cell<u64>,
}

impl Plans {
    fn add(&self, at: VirtualInstant, what: String, action: Action) {
        let number = self.made.replace(self.made.get() + 1);
        let mut pending = self.pending.borrow_mut();
        pending.insert((at, number), (what, action));
    }

    /// When the next action is due.
    pub(super) fn next(&self) -> Option<VirtualInstant> {
        let pending = self.pending.borrow();
        pending.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next action out, if it is due by `now`.
    fn take_due(&self, now: VirtualInstant) -> Option<(String, Action)> {
        let mut pending = self.pending.borrow_mut();
        let first = pending.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

impl Sim {
    /// Plans an action for the instant at which `offset` has passed since the
    /// start of the simulation. It is taken in the middle of whatever the test
    /// is waiting for then, after all that happens in the network and to timers
    /// at that instant. Actions of one instant are taken in the order of
    /// planning; one whose instant has passed is taken when the test next waits.
    ///
    /// The action must not wait: a call that does is
    /// [`SimError::WaitInPlan`]. Calls that only start something do not, such as
    /// [`start_query`](Self::start_query), [`start_dial`](Self::start_dial),
    /// [`start_close`](Self::start_close) and [`crash`](Self::crash). An error of
    /// the action ends the call that is waiting, with that error; what else is
    /// planned stays planned.
    pub fn at(
        &mut self,
        offset: Duration,
        what: &str,
        action: impl FnOnce(&mut Sim) -> Result<(), SimError> + 'static,
    ) {
        let at = VirtualInstant::default().saturating_add(offset);
        self.world.record(
            None,
            TraceEvent::Planned {
                action: what.to_owned(),
                due: at.as_nanos(),
            },
        );
        let action = Box::new(action);
        self.plans.add(at, what.to_owned(), action);
    }

    /// What was planned and has not been taken, by time since the start of the
    /// simulation.
    pub fn unfired(&self) -> Vec<(Duration, String)> {
        let pending = self.plans.pending.borrow();
        pending
            .iter()
            .map(|((at, _), (what, _))| (at.since_start(), what.clone()))
            .collect()
    }

    /// Takes the actions that are due. True if there was one.
    pub(super) fn take_planned(&mut self) -> Result<bool, SimError> {
        let mut some = false;
        while let Some((what, action)) = self.plans.take_due(self.now()) {
            some = true;
            self.world.record(
                None,
                TraceEvent::Fired {
                    action: what.clone(),
                },
            );
            self.acting = Some(what);
            let taken = action(self);
            self.acting = None;
            taken?;
        }
        Ok(some)
    }
}
