//! Actions that are planned for later instants.

use std::{cell::RefCell, collections::BTreeMap, time::Duration};

use dht_harness_clock::VirtualInstant;

use super::{control::Sim, error::SimError};
use crate::trace::TraceEvent;

type Action = Box<dyn FnOnce(&mut Sim) -> Result<(), SimError>>;

/// Actions that were not executed yet, by instant and order of planning.
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

    /// The instant at which the next action is due.
    pub(super) fn next(&self) -> Option<VirtualInstant> {
        let pending = self.pending.borrow();
        pending.keys().next().map(|(at, _)| *at)
    }

    /// Removes and returns the next action, if it is due by `now`.
    fn take_due(&self, now: VirtualInstant) -> Option<(String, Action)> {
        let mut pending = self.pending.borrow_mut();
        let first = pending.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

impl Sim {
    /// Plans an action for the instant `offset` after the start of the simulation. It
    /// is executed while the test waits, after all network events and timers of that
    /// instant. Actions of the same instant are executed in the order of planning. An
    /// action whose instant has already passed is executed when the test next waits.
    ///
    /// The action must not wait: a call that does returns [`SimError::WaitInPlan`].
    /// Calls that only start an operation are allowed, such as
    /// [`start_query`](Self::start_query), [`start_dial`](Self::start_dial),
    /// [`start_close`](Self::start_close) and [`crash`](Self::crash). An error of the
    /// action is returned by the call that is waiting. Other planned actions stay
    /// planned.
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

    /// The planned actions that were not executed, with their time since the start of
    /// the simulation.
    pub fn unfired(&self) -> Vec<(Duration, String)> {
        let pending = self.plans.pending.borrow();
        pending
            .iter()
            .map(|((at, _), (what, _))| (at.since_start(), what.clone()))
            .collect()
    }

    /// Executes the actions that are due. Returns whether there was one.
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
