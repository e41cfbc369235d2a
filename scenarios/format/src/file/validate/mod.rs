//! Checks that the names in a scenario exist, and that its steps are possible in
//! their order.

mod steps;

use std::ops::Range;

use dht_harness::{Release, invariants};
use indexmap::{IndexMap, IndexSet};

use self::steps::lifecycle;
use super::{
    members::members,
    places::Places,
    problem::Problem,
    scenario::{HostGroup, ScenarioFile},
};
use crate::{
    signature::{FailureSignature, ViolationPattern},
    step::Step,
    syntax::{Argument, Hosts, Name, hint, is_name},
};

/// The repositories whose tests can be covered.
const REPOSITORIES: [&str; 4] = [
    "go-libp2p-kad-dht",
    "go-libp2p-kbucket",
    "go-libp2p",
    "libp2p-kad",
];

/// The nearest bucket that identities are searched for.
const NEAREST_BUCKET: u8 = 240;

/// The stacks of scripted hosts.
const SCRIPTED: [&str; 2] = ["raw", "raw-announced"];

/// All problems of a scenario that could be parsed.
pub(super) fn problems(scenario: &ScenarioFile, places: &Places) -> Vec<Problem> {
    let mut validator = Validator {
        scenario,
        places,
        problems: Vec::new(),
        groups: IndexMap::new(),
        life: IndexMap::new(),
        queries: IndexSet::new(),
        replies: IndexSet::new(),
        faults: IndexSet::new(),
        snapshots: IndexSet::new(),
        paused: IndexSet::new(),
    };
    validator.head();
    validator.hosts();
    validator.fault_plan();
    for (step, at) in scenario.steps.iter().zip(&places.steps) {
        validator.step(step, at);
    }
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
    problems: Vec<Problem>,
    /// The members of each group.
    groups: IndexMap<String, Vec<String>>,
    life: IndexMap<String, Presence>,
    queries: IndexSet<Name>,
    replies: IndexSet<Name>,
    faults: IndexSet<Name>,
    snapshots: IndexSet<Name>,
    paused: IndexSet<String>,
}

impl Validator<'_> {
    fn complain(&mut self, at: &Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem {
            at: at.clone(),
            text: text.into(),
        });
    }

    fn head(&mut self) {
        if self.scenario.name.contains('/') {
            let at = self.places.key("name");
            self.complain(
                &at,
                "the name of a scenario is one part of the names of its cases: write it without `/`",
            );
        }
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

    fn hosts(&mut self) {
        let scenario = self.scenario;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            self.host(group, at);
        }
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            for hosts in [&group.bootstrap, &group.peers].into_iter().flatten() {
                self.known(hosts, at);
            }
            if let Some(ground) = &group.ground
                && !self.life.contains_key(&ground.of)
            {
                self.complain(at, format!("no host is called `{}`", ground.of));
            }
        }
        self.identities();
    }

    fn identities(&mut self) {
        let scenario = self.scenario;
        let numbers = scenario.identities();
        let mut owners: IndexMap<u64, String> = IndexMap::new();
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            if group.identity.is_some() && group.ground.is_some() {
                self.complain(
                    at,
                    format!(
                        "`{}`: `identity` and `ground` exclude each other: remove one of them",
                        group.name
                    ),
                );
            }
            for member in group.members() {
                let Some(number) = numbers.get(&member) else {
                    continue;
                };
                if let Some(owner) = owners
                    .insert(*number, member.clone())
                    .filter(|owner| *owner != member)
                {
                    self.complain(at, format!(
                        "`{owner}` and `{member}` have the same identity, number {number}: set `identity = N` for one of them"
                    ));
                }
            }
        }
    }

    fn host(&mut self, group: &HostGroup, at: &Range<usize>) {
        if !is_name(&group.name) || group.name == "all" {
            self.complain(at, format!(
                "{:?} is not a name for a host: use lowercase letters, digits and `-`, starting with a letter, but not `all`",
                group.name
            ));
        }
        let lacking = group.settings.lacking();
        if !lacking.is_empty() && self.scenario.libp2p.include(Release::BUILT) {
            self.complain(
                at,
                format!(
                    "`{}`: libp2p {} lacks the settings {}: name the releases that have them with `libp2p = \">=0.56\"`",
                    group.name,
                    Release::BUILT,
                    lacking.join(", ")
                ),
            );
        }
        if group.count == Some(0) {
            self.complain(
                at,
                format!(
                    "`{}` has the count 0: remove it, or use at least 1",
                    group.name
                ),
            );
        }
        let stack = group.stack.as_deref();
        if group.script.is_some() != stack.is_some_and(|stack| SCRIPTED.contains(&stack)) {
            self.complain(at, format!(
                "`{}`: a script is required for scripted hosts and not possible for others: use script = \"..\" together with stack = \"raw\" or \"raw-announced\"",
                group.name
            ));
        }
        if let Some(ground) = &group.ground
            && ground.bucket < NEAREST_BUCKET
        {
            self.complain(
                at,
                format!(
                    "bucket {} takes too long to search for: use one of {NEAREST_BUCKET} to 255",
                    ground.bucket
                ),
            );
        }
        let life = if group.later {
            Presence::ToCome
        } else {
            Presence::Up
        };
        let members = group.members();
        for member in &members {
            if self.life.insert(member.clone(), life).is_some() {
                self.complain(at, format!("two hosts are called `{member}`"));
            }
        }
        if self.groups.insert(group.name.clone(), members).is_some() {
            self.complain(at, format!("two entries are called `{}`", group.name));
        }
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
            if let Some(actors) = fault.action.actors().or(lifecycle(&fault.action)) {
                for host in self.members(actors) {
                    self.life.insert(host, Presence::Unsure);
                }
            }
            self.action(&fault.action, at);
        }
    }

    fn named_hosts(&mut self, part: &impl Argument, at: &Range<usize>) {
        let mut unknown = Vec::new();
        part.hosts(&mut |name| {
            if !self.life.contains_key(name) && !self.groups.contains_key(name) {
                unknown.push(name.to_owned());
            }
        });
        for name in unknown {
            let known = self.life.keys().chain(self.groups.keys());
            let hint = hint(&name, known.map(String::as_str))
                .map_or(String::new(), |hint| format!("; {hint}"));
            self.complain(at, format!("no host is called `{name}`{hint}"));
        }
    }

    fn known(&mut self, hosts: &Hosts, at: &Range<usize>) {
        self.named_hosts(hosts, at);
    }

    /// The hosts of a list, without names that do not exist.
    fn members(&self, hosts: &Hosts) -> Vec<String> {
        members(hosts, &self.groups)
    }

    fn allowances(&mut self) {
        let scenario = self.scenario;
        for (allow, at) in scenario.allow.iter().zip(&self.places.allow) {
            match (&allow.violates, &allow.step) {
                (Some(pattern), None) => self.violation(pattern, at),
                (None, Some(step)) => {
                    let is_there = step
                        .parse()
                        .is_ok_and(|step: Step| scenario.steps.contains(&step));
                    if !is_there {
                        self.complain(
                            at,
                            format!(
                                "there is no step {step:?}: write the text of the step that fails"
                            ),
                        );
                    }
                }
                _ => self.complain(
                    at,
                    "set either `violates = \"INVARIANT\"` or `step = \"..\"`",
                ),
            }
            if allow.id.is_empty() {
                self.complain(at, "an entry of `allow` needs an id such as `D1`");
            }
        }
    }
}
