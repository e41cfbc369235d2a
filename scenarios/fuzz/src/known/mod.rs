//! Defects of libp2p that a campaign passes over.
//!
//! An entry of the list describes a failure by the fields of the failure and of the
//! run, never by a text for people.

mod list;
#[cfg(test)]
mod tests;

#[cfg(doc)]
use dht_scenarios::step_failure::Cause;
use dht_scenarios::{
    FailureSignature, ViolationPattern,
    action::{Action, ActionLabel},
    file::{HostGroup, ScenarioFile},
    syntax::Mode,
};
use libp2p::kad;
use serde::Deserialize;

use crate::{
    case_result::{CaseResult, ObservedFailure},
    feature::Feature,
};
use list::List;

pub use list::KnownError;

/// Defects that are known, as far as generated scenarios meet them.
#[derive(Clone, Debug, Default)]
pub struct KnownDefects(Vec<KnownDefect>);

/// How a known defect shows.
///
/// It describes a failure only if all of this is so.
#[derive(Clone, Debug)]
pub(crate) struct KnownDefect {
    /// Its entry in the list of upstream defects.
    pub(crate) id: String,
    /// What goes wrong.
    pub(crate) signature: FailureSignature,
    /// Of a step, the kind of its [cause](Cause::KINDS).
    pub(crate) cause: Option<String>,
    /// What the hosts are that the failure is about.
    pub(crate) hosts: Option<HostsAre>,
    /// Of each of these, one action has come before it.
    pub(crate) actions: Vec<Vec<ActionLabel>>,
    /// Of each of these, one kind of fault is in force.
    pub(crate) faults: Vec<Vec<String>>,
    /// The modes that hosts are given, each of them.
    pub(crate) modes: Vec<GivenMode>,
    /// The stacks of which one is that of a host.
    pub(crate) stacks: Vec<String>,
    /// What is violated in the same run, each of them.
    pub(crate) with: Vec<ViolationPattern>,
    /// What the run has reached, each of them.
    pub(crate) reached: Vec<Feature>,
}

/// What hosts are, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HostsAre {
    /// Clients from the start.
    Clients,
}

/// A mode that a host is given, by its settings or by `set-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GivenMode {
    /// Client.
    Client,
    /// Server.
    Server,
}

impl KnownDefects {
    /// The defects of libp2p that this project knows of.
    pub fn upstream() -> Self {
        KnownDefects::read(include_str!("../../../known.toml")).expect("the list is tested")
    }

    /// Reads a list.
    ///
    /// # Errors
    /// It is not of its form, or names something that there is not.
    pub fn read(text: &str) -> Result<Self, KnownError> {
        let list: List = toml::from_str(text)?;
        Ok(KnownDefects(list.read()?))
    }

    /// All of them.
    fn iter(&self) -> impl Iterator<Item = &KnownDefect> {
        self.0.iter()
    }

    /// The defect that describes a failure in a run of a scenario.
    pub(crate) fn describes(
        &self,
        file: &ScenarioFile,
        result: &CaseResult,
        failure: &ObservedFailure,
    ) -> Option<&KnownDefect> {
        self.iter()
            .find(|defect| defect.describes(file, result, failure))
    }
}

impl KnownDefect {
    /// Whether it is this failure in this run of a scenario.
    pub(crate) fn describes(
        &self,
        file: &ScenarioFile,
        result: &CaseResult,
        failure: &ObservedFailure,
    ) -> bool {
        let is_cause = |cause: &String| failure.cause == Some(cause);
        let came_before = |action: &ActionLabel| {
            let label = action.to_string();
            failure.actions.iter().any(|action| *action == label)
        };
        let is_in_force = |fault: &String| failure.faults.iter().any(|other| other == fault);
        let is_violated = |pattern: &ViolationPattern| {
            let pattern = FailureSignature::Invariant(pattern.clone());
            let mut failures = result.failures.iter();
            failures.any(|failure| pattern.covers(&failure.signature))
        };
        self.signature.covers(&failure.signature)
            && self.cause.as_ref().is_none_or(is_cause)
            && self.hosts.is_none_or(|are| are.all(file, &failure.hosts))
            && self.actions.iter().all(|any| any.iter().any(came_before))
            && self.faults.iter().all(|any| any.iter().any(is_in_force))
            && self.modes.iter().all(|mode| mode.is_given(file))
            && (self.stacks.is_empty() || self.stacks.iter().any(|stack| has(file, stack)))
            && self.with.iter().all(is_violated)
            && self.reached.iter().all(|it| result.reached.reached(it))
    }
}

impl HostsAre {
    /// Whether there are hosts, and all of them are this.
    fn all(self, file: &ScenarioFile, hosts: &[String]) -> bool {
        let mode = match self {
            HostsAre::Clients => GivenMode::Client,
        };
        let is_so = |host: &String| {
            let mut groups = file.hosts.iter();
            groups.any(|group| group.members().contains(host) && mode.is_of(group))
        };
        !hosts.is_empty() && hosts.iter().all(is_so)
    }
}

impl GivenMode {
    /// Whether some host is given it.
    fn is_given(self, file: &ScenarioFile) -> bool {
        let wanted = match self {
            GivenMode::Client => Mode::Client,
            GivenMode::Server => Mode::Server,
        };
        let steps = file.steps.iter().map(|step| &step.action);
        let mut actions = steps.chain(file.faults.iter().map(|fault| &fault.action));
        file.hosts.iter().any(|group| self.is_of(group))
            || actions
                .any(|action| matches!(action, Action::SetMode { mode, .. } if *mode == wanted))
    }

    /// Whether the hosts of a group are given it at their start.
    fn is_of(self, group: &HostGroup) -> bool {
        let wanted = match self {
            GivenMode::Client => kad::Mode::Client,
            GivenMode::Server => kad::Mode::Server,
        };
        group.script.is_none() && group.settings.mode == Some(wanted)
    }
}

/// Whether a host of the scenario may have this stack.
fn has(file: &ScenarioFile, stack: &str) -> bool {
    let mut named = file.hosts.iter().filter_map(|group| group.stack.as_ref());
    file.stacks.iter().any(|named| named == stack) || named.any(|named| named == stack)
}
