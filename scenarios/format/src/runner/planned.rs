//! Plans the faults of a file, and performs them when they are due.

use std::{rc::Rc, time::Duration};

use dht_harness::{Sim, SimError, World, net::HostId, world::HostStatus};

use super::scenario::Runner;
use crate::{action::Action, file::PlannedFault, step_failure::Cause};

impl Runner {
    pub(super) fn plan(self: &Rc<Self>, sim: &mut Sim, number: usize, fault: &PlannedFault) {
        let runner = Rc::clone(self);
        let (at, action) = (fault.at, fault.action.clone());
        sim.at(at, &fault.action.to_string(), move |sim| {
            let before = runner.installed(sim.world());
            let down = runner.all_down(sim.world(), &action);
            let done = runner.act_as_planned(sim, &action, at, &down);
            if done.is_ok() {
                runner.note_started(None, &action);
            }
            let effects = runner.effects_since(before, sim.world());
            let mut faults = runner.injected.borrow_mut();
            faults.carried_out(number, effects, down);
            done
        });
        if let (Some(until), Some(id)) = (fault.until, fault.id().cloned()) {
            let runner = Rc::clone(self);
            let heal = Action::Heal { fault: id };
            sim.at(until, &heal.to_string(), move |sim| {
                runner.act_as_planned(sim, &heal, until, &[])
            });
        }
    }

    /// Performs a planned action. Its error ends the step that waits, so it names the
    /// action. `down` are its hosts, if all of them are down.
    fn act_as_planned(
        self: &Rc<Self>,
        sim: &mut Sim,
        action: &Action,
        at: Duration,
        down: &[String],
    ) -> Result<(), SimError> {
        let done = self.act(sim, action);
        Ok(done.map_err(|cause| match cause.is_stall() {
            true => cause,
            false => Cause::PlannedFaultFailed {
                fault: action.to_string(),
                at,
                hosts: self.named(action, &[]),
                down: down.to_vec(),
                cause: Box::new(cause),
            },
        })?)
    }

    /// The hosts that an action stops or that perform it, if all of them are down.
    fn all_down(&self, world: &World, action: &Action) -> Vec<String> {
        let hosts = match action {
            Action::StartClose { hosts } | Action::Resume { hosts } => Some(hosts),
            action => action.actors(),
        };
        let hosts = hosts.map_or(Vec::new(), |hosts| self.registry.reported(hosts));
        let is_up = |host: HostId| {
            let status = world.status(host);
            matches!(status, HostStatus::Open | HostStatus::Closing)
        };
        match !hosts.iter().any(|host| is_up(host.id())) {
            true => hosts.iter().map(|host| host.name()).collect(),
            false => Vec::new(),
        }
    }

    /// Requires that each fault with `must_fire` has had an effect.
    pub(super) fn demand_effects(&self, sim: &Sim) -> Result<(), SimError> {
        let injected = self.injected.borrow();
        for (number, fault) in self.file.faults.iter().enumerate() {
            if fault.must_fire && !injected.has_fired(number, sim.world()) {
                let cause = Cause::FaultWithoutEffect {
                    fault: fault.action.to_string(),
                    at: fault.at,
                };
                return Err(cause.into());
            }
        }
        Ok(())
    }
}
