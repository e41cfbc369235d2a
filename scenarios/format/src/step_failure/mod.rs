//! The failure of a step of a scenario file, as a value.
//!
//! Responsible for the fields of the failure: the step, the cause, and what preceded
//! it. It must not know how steps are run, nor which failures are expected.

mod cause;
mod expected;
mod place;
mod remedy;

use std::{borrow::Cow, error::Error, fmt};

use dht_harness::{SimError, VirtualInstant, check::wording::Said, net::HostId, sim::CustomError};

pub use cause::Cause;
pub use place::Place;
pub(crate) use remedy::in_a_file;

use crate::step::Step;

/// A step of a scenario file that failed.
#[derive(Clone, Debug)]
pub struct StepFailure {
    /// The index of the step, from 0.
    pub index: usize,
    /// The number of steps of the scenario.
    pub steps: usize,
    /// The step.
    pub step: Step,
    /// Where the step is written. `None` if the text was not read from a file.
    pub place: Option<Place>,
    /// The cause.
    pub cause: Cause,
    /// The virtual time of the failure.
    pub at: VirtualInstant,
    /// The virtual time at which the step began.
    pub since: VirtualInstant,
    /// The names of the hosts for which the step failed, if it is about hosts.
    pub hosts: Vec<String>,
    /// The [labels](crate::action::Action::labels) of the actions performed so far,
    /// including the failed one, without duplicates, in the order of their first
    /// occurrence.
    pub actions: Vec<Cow<'static, str>>,
    /// The kinds of the faults in force, without duplicates, in the order in which
    /// they were installed.
    pub faults: Vec<&'static str>,
}

impl StepFailure {
    /// The step failure that an error of a simulation contains, if any.
    pub fn of(error: &SimError) -> Option<&Self> {
        error.downcast_ref()
    }

    /// What was seen instead of what was [expected](Self::expected), in words, without its
    /// explanation.
    pub fn seen(&self) -> String {
        Seen(&self.cause).to_string()
    }

    /// Whether the step has failed of itself: a condition because it does not hold, or holds
    /// where it had to fail, and any step not because a planned action has failed meanwhile.
    pub(crate) fn is_of_its_own(&self) -> bool {
        match &self.cause {
            Cause::PlannedFaultFailed { .. }
            | Cause::FaultWithoutEffect { .. }
            | Cause::Undecided { .. } => false,
            cause if self.step.action.condition().is_some() => matches!(
                cause,
                Cause::ConditionUnmet { .. }
                    | Cause::DidNotFail
                    | Cause::FailedOtherwise { .. }
                    | Cause::Sim(SimError::Unmet { .. })
            ),
            _ => true,
        }
    }

    /// Converts the failure to the error that ends a simulation. `named` are the
    /// hosts that the step names, and `actors` those that perform it.
    pub(crate) fn into_error(self, named: Vec<HostId>, actors: Vec<HostId>) -> SimError {
        let hosts = self.cause.hosts().into_iter().chain(named).collect();
        let explains_tables = self.cause.explains_tables();
        let tables = self.cause.of_tables(&self.step, actors);
        let mut error = CustomError::new(self);
        (error.hosts, error.explains_tables) = (hosts, explains_tables);
        error.tables = Some(tables);
        SimError::Custom(error)
    }
}

impl fmt::Display for StepFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, steps) = (self.index + 1, self.steps);
        writeln!(
            f,
            "step {number} of {steps} failed at {}: {}",
            self.at, self.step
        )?;
        if let Some(place) = &self.place {
            writeln!(f, "  file:     {place}")?;
        }
        writeln!(f, "  expected: {}", Said(self.expected()))?;
        let seen = Said(Seen(&self.cause)).to_string();
        write!(f, "  seen:     {}", seen.replace('\n', "\n            "))?;
        if self.since < self.at {
            write!(f, "\n  since:    {}, when the step began", self.since)?;
        }
        for line in self.cause.explanation() {
            write!(f, "\n{}", Said(line))?;
        }
        Ok(())
    }
}

/// What was seen, without its explanation.
struct Seen<'a>(&'a Cause);

impl fmt::Display for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_seen(f)
    }
}

impl Error for StepFailure {}
