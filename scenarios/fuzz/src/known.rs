//! Defects of libp2p that a campaign passes over.
//!
//! An entry of the list describes a failure by the fields of the failure and of the
//! run, never by a text for people.

use dht_harness::net::Fault;
use dht_scenarios::{
    FailureSignature, RunFailure, StepSignature, UnknownSignature, ViolationPattern,
    action::{Action, ActionLabel},
    file::{HostGroup, ScenarioFile},
    step_failure::Cause,
    syntax::Mode,
};
use libp2p::kad;
use serde::Deserialize;
use thiserror::Error;

use super::{
    case_result::{CaseResult, ObservedFailure},
    feature::Feature,
};

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

/// A list of known defects that cannot be used.
#[derive(Debug, Error)]
pub enum KnownError {
    /// It is not of its form.
    #[error("the list of known defects: {0}")]
    Form(#[from] toml::de::Error),
    /// An entry does not say what goes wrong, or says it twice.
    #[error("the known defect {id}: it is one of `invariant`, `step` and `run` that goes wrong")]
    NotOne {
        /// The defect.
        id: String,
    },
    /// An entry does not say why it happens.
    #[error("the known defect {id}: `why` has to say why it happens, in a sentence")]
    NoReason {
        /// The defect.
        id: String,
    },
    /// What goes wrong is nothing that can.
    #[error("the known defect {id}: {source}")]
    Signature {
        /// The defect.
        id: String,
        /// What is wrong with it.
        source: UnknownSignature,
    },
    /// There is no such kind of what goes wrong, or of fault.
    #[error("the known defect {id}: no `{key}` is called {name:?}; there are {known}")]
    Name {
        /// The defect.
        id: String,
        /// The key.
        key: &'static str,
        /// What it says.
        name: String,
        /// What it could say.
        known: String,
    },
}

/// The list as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    known: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    invariant: Option<String>,
    step: Option<String>,
    run: Option<String>,
    kind: Option<String>,
    hosts: Option<HostsAre>,
    #[serde(default)]
    actions: Vec<Vec<ActionLabel>>,
    #[serde(default)]
    faults: Vec<Vec<String>>,
    #[serde(default)]
    modes: Vec<GivenMode>,
    #[serde(default)]
    stacks: Vec<String>,
    #[serde(default)]
    with: Vec<With>,
    #[serde(default)]
    reached: Vec<Feature>,
    why: String,
}

/// Something else that is violated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    invariant: String,
    kind: Option<String>,
}

impl Entry {
    fn read(self) -> Result<KnownDefect, KnownError> {
        let id = self.id;
        if self.why.trim().is_empty() {
            return Err(KnownError::NoReason { id });
        }
        let unknown = |source| KnownError::Signature {
            id: id.clone(),
            source,
        };
        let name = |key: &'static str, name: &str, known: &[&str]| {
            if known.contains(&name) {
                return Ok(());
            }
            Err(KnownError::Name {
                id: id.clone(),
                key,
                name: name.to_owned(),
                known: known.join(", "),
            })
        };
        let violation = |invariant: &str, kind: Option<&str>| {
            let text = match kind {
                Some(kind) => format!("{invariant}/{kind}"),
                None => invariant.to_owned(),
            };
            text.parse::<ViolationPattern>().map_err(unknown)
        };
        let kind = self.kind.as_deref();
        let (signature, cause) = match (self.invariant, self.step, self.run) {
            (Some(invariant), None, None) => {
                let pattern = violation(&invariant, kind)?;
                (FailureSignature::Invariant(pattern), None)
            }
            (None, Some(step), None) => {
                if let Some(kind) = kind {
                    name("kind", kind, Cause::KINDS)?;
                }
                let step: StepSignature = step.parse().map_err(unknown)?;
                (FailureSignature::Step(step), self.kind)
            }
            (None, None, Some(run)) if kind.is_none() => {
                name("run", &run, &RunFailure::ALL.map(RunFailure::name))?;
                let signature = format!("run {run}").parse().map_err(unknown)?;
                (signature, None)
            }
            _ => return Err(KnownError::NotOne { id }),
        };
        for fault in self.faults.iter().flatten() {
            name("faults", fault, Fault::KINDS)?;
        }
        let with = self.with.iter();
        let with = with.map(|with| violation(&with.invariant, with.kind.as_deref()));
        Ok(KnownDefect {
            with: with.collect::<Result<_, _>>()?,
            signature,
            cause,
            hosts: self.hosts,
            actions: self.actions,
            faults: self.faults,
            modes: self.modes,
            stacks: self.stacks,
            reached: self.reached,
            id,
        })
    }
}

impl KnownDefects {
    /// The defects of libp2p that this project knows of.
    pub fn upstream() -> Self {
        KnownDefects::read(include_str!("../../known.toml")).expect("the list is tested")
    }

    /// Reads a list.
    ///
    /// # Errors
    /// It is not of its form, or names something that there is not.
    pub fn read(text: &str) -> Result<Self, KnownError> {
        let List { known } = toml::from_str(text)?;
        let known = known.into_iter().map(Entry::read);
        Ok(KnownDefects(known.collect::<Result<_, _>>()?))
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A list of one defect.
    fn one(entry: &str) -> KnownDefect {
        let text = format!("[[known]]\nid = \"B0\"\nwhy = \"because\"\n{entry}");
        let KnownDefects(mut known) = KnownDefects::read(&text).expect(entry);
        known.remove(0)
    }

    fn failure(signature: &str) -> ObservedFailure {
        ObservedFailure {
            signature: signature.parse().expect(signature),
            cause: None,
            hosts: Vec::new(),
            actions: Vec::new(),
            faults: Vec::new(),
            step: 0,
        }
    }

    /// Whether an entry describes a failure in a run of which nothing else is known.
    fn describes(entry: &str, failure: &ObservedFailure) -> bool {
        let (file, result) = (ScenarioFile::default(), CaseResult::default());
        one(entry).describes(&file, &result, failure)
    }

    #[test]
    fn an_invariant_is_known_by_its_kind() {
        let twice = failure("entries-are-dialable/duplicate-address");
        assert!(describes("invariant = 'entries-are-dialable'", &twice));
        let entry = "invariant = 'entries-are-dialable'\nkind = 'duplicate-address'";
        assert!(describes(entry, &twice));
        for other in [
            "entries-are-dialable/no-address",
            "status-means-connected/not-connected",
            "step recover",
            "run stalled",
        ] {
            assert!(!describes(entry, &failure(other)), "{other}");
        }
    }

    #[test]
    fn a_step_is_known_by_its_verbs_and_its_cause() {
        let entry = "step = 'expect recall'\nkind = 'condition-unmet'";
        let unmet = ObservedFailure {
            cause: Some("condition-unmet"),
            ..failure("step expect recall")
        };
        assert!(describes(entry, &unmet));
        let gone = ObservedFailure {
            cause: Some("query-error"),
            ..unmet.clone()
        };
        let negated = ObservedFailure {
            signature: "step expect not recall".parse().unwrap(),
            ..unmet
        };
        for other in [gone, negated, failure("run stalled")] {
            assert!(!describes(entry, &other), "{other:?}");
        }
        assert!(describes("run = 'stalled'", &failure("run stalled")));
        assert!(!describes("run = 'stalled'", &failure("run blocked")));
    }

    #[test]
    fn what_came_before_and_what_is_in_force_is_demanded() {
        let failed = ObservedFailure {
            actions: ["run", "restart", "restart keep-store"]
                .map(Into::into)
                .into(),
            faults: vec!["partition"],
            ..failure("no-panic/panic")
        };
        let entry = |more: &str| format!("invariant = 'no-panic'\n{more}");
        for (more, is_so) in [
            ("actions = [['move', 'restart']]", true),
            ("actions = [['move', 'restart'], ['run']]", true),
            ("actions = [['restart keep-store']]", true),
            ("actions = [['restart lose-identity']]", false),
            ("actions = [['run'], ['move', 'dial']]", false),
            ("faults = [['cut', 'partition']]", true),
            ("faults = [['cut'], ['partition']]", false),
        ] {
            assert_eq!(describes(&entry(more), &failed), is_so, "{more}");
        }
    }

    #[test]
    fn hosts_modes_and_stacks_are_those_of_the_scenario() {
        let group = |name: &str, mode: kad::Mode| HostGroup {
            name: name.to_owned(),
            count: Some(2),
            settings: dht_fixtures::KadSettings {
                mode: Some(mode),
                ..Default::default()
            },
            ..HostGroup::default()
        };
        let servers = ScenarioFile {
            stacks: vec!["evicting".to_owned()],
            hosts: vec![group("h", kad::Mode::Server)],
            ..ScenarioFile::default()
        };
        let mut both = servers.clone();
        both.hosts.push(group("c", kad::Mode::Client));
        let mut set = servers.clone();
        set.steps = vec!["set-mode h0 client".parse().unwrap()];
        let failed = |hosts: &[&str]| ObservedFailure {
            hosts: hosts.iter().map(ToString::to_string).collect(),
            ..failure("no-panic/panic")
        };
        let entry = |more: &str| one(&format!("invariant = 'no-panic'\n{more}"));
        let result = CaseResult::default();
        for (more, file, hosts, is_so) in [
            ("hosts = 'clients'", &both, &["c0", "c1"][..], true),
            ("hosts = 'clients'", &both, &["c0", "h1"], false),
            ("hosts = 'clients'", &both, &[], false),
            ("hosts = 'clients'", &set, &["h0"], false),
            ("modes = ['client']", &both, &[], true),
            ("modes = ['client', 'server']", &both, &[], true),
            ("modes = ['client']", &set, &[], true),
            ("modes = ['client']", &servers, &[], false),
            ("stacks = ['tokio', 'evicting']", &servers, &[], true),
            ("stacks = ['tokio']", &servers, &[], false),
        ] {
            let described = entry(more).describes(file, &result, &failed(hosts));
            assert_eq!(described, is_so, "{more} {hosts:?}");
        }
    }

    #[test]
    fn what_else_the_run_shows_is_demanded() {
        let file = ScenarioFile::default();
        let recall = failure("step expect recall");
        let entry = one("step = 'expect recall'\n\
             with = [{ invariant = 'buckets-hold', kind = 'out-of-range' }]\n\
             reached = ['dial failed: wrong-peer-id']");
        let mut result = CaseResult {
            failures: vec![failure("buckets-hold/out-of-range"), recall.clone()],
            ..CaseResult::default()
        };
        assert!(!entry.describes(&file, &result, &recall));
        result.reached.note("dial failed: transport".to_owned());
        assert!(!entry.describes(&file, &result, &recall));
        result.reached.note("dial failed: wrong-peer-id".to_owned());
        assert!(entry.describes(&file, &result, &recall));
        result.failures[0] = failure("buckets-hold/too-many-entries");
        assert!(!entry.describes(&file, &result, &recall));
    }

    #[test]
    fn a_list_names_only_what_there_is() {
        for entry in [
            "",
            "invariant = 'no-panik'",
            "invariant = 'no-panic'\nstep = 'recover'",
            "invariant = 'no-panic'\nkind = 'duplicate-address'",
            "step = 'recover'\nkind = 'panic'",
            "step = 'recuver'",
            "run = 'away'",
            "run = 'stalled'\nkind = 'panic'",
            "invariant = 'no-panic'\nactions = [['mov']]",
            "invariant = 'no-panic'\nfaults = [['split']]",
            "invariant = 'no-panic'\nreached = ['dial failed']",
            "invariant = 'no-panic'\nwith = [{ invariant = 'no-panik' }]",
            "invariant = 'no-panic'\nseen = 'overflow'",
        ] {
            let text = format!("[[known]]\nid = 'B0'\nwhy = 'because'\n{entry}");
            assert!(KnownDefects::read(&text).is_err(), "{entry}");
        }
        let unexplained = "[[known]]\nid = 'B0'\nwhy = ' '\ninvariant = 'no-panic'";
        let error = KnownDefects::read(unexplained).unwrap_err();
        assert!(matches!(error, KnownError::NoReason { .. }), "{error}");
    }

    #[test]
    fn the_list_of_upstream_defects_can_be_read() {
        assert!(KnownDefects::upstream().iter().count() > 0);
    }
}
