//! A step of a scenario file that failed, as a value.
//!
//! Responsible for what is known of it: which step, why, and what came before. It
//! must not know how steps are run, nor what is expected of them.

mod cause;

use std::{borrow::Cow, error::Error, fmt};

use dht_harness::{SimError, VirtualInstant, check::wording::Said, net::HostId, sim::CustomError};

pub use cause::Cause;

use crate::step::Step;

/// A step of a scenario file that failed.
#[derive(Clone, Debug)]
pub struct StepFailure {
    /// Its position among the steps, from 0.
    pub index: usize,
    /// How many steps there are.
    pub steps: usize,
    /// The step.
    pub step: Step,
    /// Why it failed.
    pub cause: Cause,
    /// When.
    pub at: VirtualInstant,
    /// The hosts that fail it, where it is about hosts, by name.
    pub hosts: Vec<String>,
    /// The [labels](crate::action::Action::labels) of the actions so far, its own
    /// among them, each once, in the order in which they came first.
    pub actions: Vec<Cow<'static, str>>,
    /// The kinds of faults in force, each once, in the order of their installation.
    pub faults: Vec<&'static str>,
}

impl StepFailure {
    /// The failure that an error of a simulation is, if it is one.
    pub fn of(error: &SimError) -> Option<&Self> {
        error.downcast_ref()
    }

    /// The failure as the error that ends a simulation. `named` are the hosts that
    /// the step is about.
    pub(crate) fn into_error(self, named: Vec<HostId>) -> SimError {
        let hosts: Vec<HostId> = self.cause.hosts().into_iter().chain(named).collect();
        let explains = self.cause.explains_tables();
        let error = CustomError::new(self).about(hosts);
        SimError::Custom(error.explaining_tables(explains))
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "step {} of {} failed at {}: {}\n{}",
            self.index + 1,
            self.steps,
            self.at,
            self.step,
            Said(&self.cause)
        )
    }
}

impl Error for StepFailure {}
