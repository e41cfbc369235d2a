//! The known defects of libp2p, which a campaign does not report.
//!
//! An entry of the list matches the fields of a failure and of its run, never a text
//! written for people.

mod list;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use dht_harness::Release;
#[cfg(doc)]
use dht_scenarios::step_failure::Cause;
use dht_scenarios::{
    FailureSignature, MayBe, Stacks, ViolationPattern,
    action::{Action, ActionLabel},
    file::{HostGroup, Releases, ScenarioFile},
    syntax::Mode,
};
use indexmap::IndexMap;
use libp2p::kad;
use serde::Deserialize;
use toml::Value;

use crate::{
    case_result::{CaseResult, ObservedFailure, run_case},
    feature::Feature,
    named_settings::table,
};
use list::List;

pub use list::KnownError;

/// The known defects that generated scenarios can run into.
#[derive(Clone, Debug, Default)]
pub struct KnownDefects(Vec<KnownDefect>);

/// A pattern that recognises a known defect.
///
/// It matches a failure only if all of its conditions hold.
#[derive(Clone, Debug)]
pub(crate) struct KnownDefect {
    /// The id of the defect in the list of upstream defects.
    pub(crate) id: String,
    /// The signature of the failure.
    pub(crate) signature: FailureSignature,
    /// If a step failed, the kind of its [cause](Cause::KINDS).
    pub(crate) cause: Option<String>,
    /// The property that all hosts of the failure have.
    pub(crate) hosts: Option<HostsAre>,
    /// From each of these lists, one action was performed before the failure.
    pub(crate) actions: Vec<Vec<ActionLabel>>,
    /// From each of these lists, one kind of fault is in force.
    pub(crate) faults: Vec<Vec<String>>,
    /// Each of these modes is given to some host.
    pub(crate) modes: Vec<GivenMode>,
    /// A host of the failure has all settings of one of these tables.
    pub(crate) settings: Vec<toml::Table>,
    /// Some host has one of these stacks.
    pub(crate) stacks: Vec<String>,
    /// Each of these violations occurs in the same run.
    pub(crate) with: Vec<ViolationPattern>,
    /// Each of these features was reached in the run.
    pub(crate) reached: Vec<Feature>,
    /// The releases of libp2p that have the defect.
    pub(crate) libp2p: Releases,
    /// Why it happens.
    pub(crate) why: String,
}

/// A property that all hosts of a failure have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum HostsAre {
    /// They are clients from the start.
    Clients,
}

/// A mode that a host gets from its settings or from `set-mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GivenMode {
    /// Client mode.
    Client,
    /// Server mode.
    Server,
}

impl KnownDefects {
    /// The defects of libp2p that this project has found.
    pub fn upstream() -> Self {
        KnownDefects::read(include_str!("../../../known.toml")).expect("a test reads the list")
    }

    /// Parses a list of known defects.
    ///
    /// # Errors
    /// Returns an error if the list is malformed, or if an entry contains an unknown
    /// name.
    pub fn read(text: &str) -> Result<Self, KnownError> {
        let list: List = toml::from_str(text)?;
        Ok(KnownDefects(list.read()?))
    }

    /// All known defects.
    fn iter(&self) -> impl Iterator<Item = &KnownDefect> {
        self.0.iter()
    }

    /// Runs a scenario on the first of its stacks and transports, and returns the known
    /// defects that describe its failures.
    pub fn met_by(&self, file: &Arc<ScenarioFile>, stacks: &Stacks) -> Vec<MayBe> {
        let result = run_case(file, stacks);
        let failures = result.failures.iter();
        let met: IndexMap<&str, MayBe> = failures
            .filter_map(|failure| {
                let known = self.describes(file, &result, failure)?;
                let may_be = MayBe {
                    id: known.id.clone(),
                    about: known.why.clone(),
                    shows_as: failure.signature.clone(),
                };
                Some((known.id.as_str(), may_be))
            })
            .collect();
        met.into_values().collect()
    }

    /// The known defect that matches a failure in a run of a scenario.
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
    /// Whether this defect matches a failure in a run of a scenario.
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
        self.libp2p.include(Release::BUILT)
            && self.signature.covers(&failure.signature)
            && self.cause.as_ref().is_none_or(is_cause)
            && self.hosts.is_none_or(|are| are.all(file, &failure.hosts))
            && self.actions.iter().all(|any| any.iter().any(came_before))
            && self.faults.iter().all(|any| any.iter().any(is_in_force))
            && self.modes.iter().all(|mode| mode.is_given(file))
            && (self.settings.is_empty() || self.are_set(file, &failure.hosts))
            && (self.stacks.is_empty() || self.stacks.iter().any(|stack| has(file, stack)))
            && self.with.iter().all(is_violated)
            && self.reached.iter().all(|it| result.reached.reached(it))
    }
}

impl KnownDefect {
    /// Whether one of these hosts has all settings of one of the tables.
    fn are_set(&self, file: &ScenarioFile, hosts: &[String]) -> bool {
        let is_concerned = |group: &&HostGroup| {
            let members = group.members();
            hosts.iter().any(|host| members.contains(host))
        };
        let mut groups = file.hosts.iter().filter(is_concerned);
        groups.any(|group| {
            let settings = table(&group.settings);
            self.settings
                .iter()
                .any(|wanted| has_all(&settings, wanted))
        })
    }
}

/// Whether a table has all of the wanted values, and each table within it those of its own.
fn has_all(table: &toml::Table, wanted: &toml::Table) -> bool {
    wanted
        .iter()
        .all(|(name, wanted)| match (table.get(name), wanted) {
            (Some(Value::Table(table)), Value::Table(wanted)) => has_all(table, wanted),
            (value, wanted) => value == Some(wanted),
        })
}

impl HostsAre {
    /// Whether `hosts` is not empty and all of them have this property.
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
    /// Whether some host of the scenario gets this mode.
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

    /// Whether the hosts of a group start in this mode.
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
