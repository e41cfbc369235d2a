//! Checks that the names in a scenario exist, and that its steps are possible in
//! their order.

mod addresses;
mod allow;
mod hosts;
mod limits;
mod lists;
mod names;
mod plan;
mod roles;
mod steps;

use std::ops::Range;

use dht_fixtures::Stack;
use dht_harness::invariants;
use indexmap::{IndexMap, IndexSet};

use self::{
    names::Names,
    plan::{Change, Window},
    steps::lifecycle,
};
use super::{members::members, places::Places, problem::Problem, scenario::ScenarioFile};
use crate::{
    action::Action,
    known::KnownFailure,
    signature::{FailureSignature, ViolationPattern},
    step::Fails,
    syntax::{Argument, Hosts, hint},
};

/// The repositories whose tests can be covered.
const REPOSITORIES: [&str; 4] = [
    "go-libp2p-kad-dht",
    "go-libp2p-kbucket",
    "go-libp2p",
    "libp2p-kad",
];

/// The stacks of scripted hosts.
const SCRIPTED: [&str; 2] = ["raw", "raw-announced"];

/// All problems of a scenario that could be parsed.
///
/// `declared` are the known failures that the project has declared. The ids of `allow` are
/// not checked without it.
pub(super) fn problems(
    scenario: &ScenarioFile,
    places: &Places,
    declared: Option<&[KnownFailure]>,
) -> Vec<Problem> {
    let mut validator = Validator {
        scenario,
        places,
        declared,
        problems: Vec::new(),
        groups: IndexMap::new(),
        life: IndexMap::new(),
        names: Names::default(),
        paused: IndexSet::new(),
        planned: IndexSet::new(),
        changes: Vec::new(),
        window: Window::START,
        prompt: true,
    };
    validator.prompt = validator.is_prompt();
    validator.head();
    // Everything else takes time for each host.
    if validator.is_too_large() {
        return validator.problems;
    }
    validator.hosts();
    validator.names.planned = true;
    validator.fault_plan();
    validator.names.planned = false;
    for (step, at) in scenario.steps.iter().zip(&places.steps) {
        validator.step(step, at);
    }
    validator.limits();
    validator.planned_hosts();
    validator.allowances();
    validator.problems
}

/// The state of a host, as far as it follows from the steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    ToCome,
    Up,
    Down,
    /// Unknown, because a planned fault affects the host.
    Unsure,
}

struct Validator<'a> {
    scenario: &'a ScenarioFile,
    places: &'a Places,
    declared: Option<&'a [KnownFailure]>,
    problems: Vec<Problem>,
    /// The members of each group.
    groups: IndexMap<String, Vec<String>>,
    life: IndexMap<String, Presence>,
    names: Names,
    paused: IndexSet<String>,
    /// The hosts that planned faults start or stop.
    planned: IndexSet<String>,
    /// The steps that start or stop hosts.
    changes: Vec<Change>,
    /// The times between which the next step starts.
    window: Window,
    /// Whether steps that do not wait take no time: no host can be an application with
    /// its own event loop.
    prompt: bool,
}

impl Validator<'_> {
    fn complain(&mut self, at: &Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem {
            at: at.clone(),
            text: text.into(),
        });
    }

    /// Whether no host can be an application with its own event loop, for which steps
    /// wait.
    fn is_prompt(&self) -> bool {
        let groups = self.scenario.hosts.iter();
        let named = groups.filter_map(|group| group.stack.as_ref());
        let mut stacks = named.chain(&self.scenario.stacks).map(String::as_str);
        let driven = |stack: &str| {
            SCRIPTED.contains(&stack) || Stack::ALL.iter().any(|known| known.to_string() == stack)
        };
        stacks.all(driven)
    }

    fn head(&mut self) {
        if self.scenario.name.contains('/') {
            let at = self.places.key("name");
            self.complain(
                &at,
                "the name of a scenario is one part of the names of its cases: write it without `/`",
            );
        }
        let latency = limits::latency_problem(&self.scenario.network.latency);
        let at = self.places.key("network");
        self.maybe(&at, latency);
        for covered in &self.scenario.covers {
            let sound = covered.split_once(':').is_some_and(|(repository, test)| {
                REPOSITORIES.contains(&repository) && !test.is_empty()
            });
            if !sound {
                let at = self.places.key("covers");
                self.complain(
                    &at,
                    format!(
                        "{covered:?} is not the name of a test: write one of {} and `:TestName`",
                        REPOSITORIES.join(", ")
                    ),
                );
            }
        }
        for name in &self.scenario.checks {
            let at = self.places.key("checks");
            self.invariant(name, &at);
        }
        for pattern in &self.scenario.violates {
            let at = self.places.key("violates");
            self.violation(pattern, &at);
        }
        if let Some(found) = &self.scenario.found
            && let Err(error) = found.violates.parse::<FailureSignature>()
        {
            let at = self.places.key("found");
            self.complain(&at, error.to_string());
        }
    }

    fn invariant(&mut self, name: &str, at: &Range<usize>) {
        let known = || invariants::catalog().iter().map(|entry| entry.name);
        if known().any(|known| known == name) {
            return;
        }
        let hint =
            hint(name, known()).unwrap_or_else(|| "`dht-harness invariants` lists them".to_owned());
        self.complain(at, format!("no invariant is called `{name}`; {hint}"));
    }

    /// Checks the name of an invariant, optionally with one of its kinds.
    fn violation(&mut self, text: &str, at: &Range<usize>) {
        let pattern = ViolationPattern::unchecked(text);
        let mut catalog = invariants::catalog().iter();
        let entry = catalog.find(|entry| entry.name == pattern.invariant);
        let (Some(entry), Some(kind)) = (entry, &pattern.kind) else {
            return self.invariant(&pattern.invariant, at);
        };
        let known = || entry.kinds.iter().map(|kind| kind.name);
        if known().any(|known| known == kind) {
            return;
        }
        let hint = hint(kind, known())
            .unwrap_or_else(|| format!("there are {}", Vec::from_iter(known()).join(", ")));
        self.complain(
            at,
            format!("`{}` cannot be violated by `{kind}`; {hint}", entry.name),
        );
    }

    fn fault_plan(&mut self) {
        let scenario = self.scenario;
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            if fault.action.waits() {
                self.complain(at, format!(
                    "`{}` waits, but a planned fault must not wait: use `start` or a start- action",
                    fault.action
                ));
            }
            if let Some(until) = fault.until {
                if until <= fault.at {
                    self.complain(
                        at,
                        "`until` has to be later than `at`; both are counted from the start",
                    );
                }
                if fault.id().is_none() {
                    self.complain(
                        at,
                        "a fault with `until` needs a name: add `id=NAME` to the action",
                    );
                }
            }
            if fault.must_fire && fault.id().is_none() {
                self.complain(
                    at,
                    "a fault with `must_fire` needs a name: add `id=NAME` to the action",
                );
            }
            if let Some(hosts) = lifecycle(&fault.action) {
                for host in self.members(hosts) {
                    self.planned_lifecycle(&fault.action, host);
                }
            }
            self.action(&fault.action, false, at);
            self.addresses(&fault.action, &Fails::No, at);
        }
    }

    fn planned_lifecycle(&mut self, action: &Action, host: String) {
        match action {
            Action::Pause { .. } => {
                self.paused.insert(host);
                return;
            }
            Action::Resume { .. } => return,
            _ => {}
        }
        let comes_later = self.life.get(&host) == Some(&Presence::ToCome);
        if !comes_later || matches!(action, Action::Spawn { .. }) {
            self.life.insert(host.clone(), Presence::Unsure);
        }
        self.planned.insert(host);
    }

    /// Reports each host that does not exist. Returns whether there is one.
    fn named_hosts(&mut self, part: &impl Argument, at: &Range<usize>) -> bool {
        let mut unknown = Vec::new();
        part.hosts(&mut |name| {
            if !self.life.contains_key(name) && !self.groups.contains_key(name) {
                unknown.push(name.to_owned());
            }
        });
        for name in &unknown {
            let known = self.life.keys().chain(self.groups.keys());
            let hint = hint(name, known.map(String::as_str))
                .map_or(String::new(), |hint| format!("; {hint}"));
            self.complain(
                at,
                match name.as_str() {
                    "all" => "`!all` leaves no host: name hosts or groups after `!`".to_owned(),
                    _ => format!("no host is called `{name}`{hint}"),
                },
            );
        }
        !unknown.is_empty()
    }

    /// The hosts of a list, without names that do not exist.
    fn members(&self, hosts: &Hosts) -> Vec<String> {
        members(hosts, &self.groups)
    }
}
