//! Checks the stacks that the hosts of a file may use.

use std::ops::Range;

use indexmap::IndexMap;

use super::{
    members::members,
    places::Places,
    problem::Problem,
    scenario::{HostGroup, ScenarioFile},
};
use crate::{
    action::Action,
    condition::Condition,
    stacks::{DEFAULT_STACK, Stacks},
    syntax::{Hosts, hint},
};

/// Reports each stack of a scenario that does not exist or does not support a step.
pub(super) fn problems(scenario: &ScenarioFile, places: &Places, stacks: &Stacks) -> Vec<Problem> {
    let checked = Checked {
        all: stacks.names().collect(),
        applications: stacks.applications().collect(),
    };
    checked.problems(scenario, places)
}

/// The stacks that the hosts of a file may use.
struct Checked<'a> {
    all: Vec<&'a str>,
    applications: Vec<&'a str>,
}

impl Checked<'_> {
    fn problems(&self, scenario: &ScenarioFile, places: &Places) -> Vec<Problem> {
        let mut problems = Vec::new();
        for name in &scenario.stacks {
            problems.extend(self.unknown(name, &places.key("stacks")));
        }
        for (group, at) in scenario.hosts.iter().zip(&places.hosts) {
            let unknown = group.stack.as_ref().and_then(|name| self.unknown(name, at));
            problems.extend(unknown);
        }
        let planned = scenario.faults.iter().map(|fault| &fault.action);
        let steps = scenario.steps.iter().map(|step| &step.action);
        let lines = planned.zip(&places.faults).chain(steps.zip(&places.steps));
        for (action, at) in lines {
            if let Some(hosts) = talked_to(action) {
                problems.extend(self.silent(scenario, hosts, at));
            }
        }
        problems
    }

    fn unknown(&self, name: &str, at: &Range<usize>) -> Option<Problem> {
        if self.all.contains(&name) {
            return None;
        }
        let hint = hint(name, self.all.iter().copied())
            .unwrap_or_else(|| format!("there are {}", self.all.join(", ")));
        Some(Problem {
            at: at.clone(),
            text: format!("no stack is called `{name}`; {hint}"),
        })
    }

    /// Reports the first of these hosts whose stack has no application.
    fn silent(&self, scenario: &ScenarioFile, hosts: &Hosts, at: &Range<usize>) -> Option<Problem> {
        let groups: IndexMap<String, Vec<String>> = scenario
            .hosts
            .iter()
            .map(|group| (group.name.clone(), group.members()))
            .collect();
        let named = members(hosts, &groups);
        let of = |group: &HostGroup| named.iter().find(|name| groups[&group.name].contains(name));
        let (host, stack) = scenario.hosts.iter().find_map(|group| {
            let host = of(group)?;
            let mut stacks = stacks_of(group, scenario).into_iter();
            let silent = stacks.find(|stack| {
                // A stack that does not exist has already been reported.
                let known = self.all.contains(stack);
                known && !self.applications.contains(stack)
            })?;
            Some((host, silent))
        })?;
        let hint = hint(stack, self.applications.iter().copied())
            .map_or(String::new(), |hint| format!("{hint} "));
        Some(Problem {
            at: at.clone(),
            text: format!(
                "`{host}` has the stack `{stack}`, which has no application; \
                 {hint}stacks with an application: {}",
                self.applications.join(", ")
            ),
        })
    }
}

/// The stacks that a group uses in any case.
fn stacks_of<'a>(group: &'a HostGroup, scenario: &'a ScenarioFile) -> Vec<&'a str> {
    match (&group.stack, scenario.stacks.as_slice()) {
        (Some(stack), _) => vec![stack],
        (None, []) => vec![DEFAULT_STACK],
        (None, stacks) => stacks.iter().map(String::as_str).collect(),
    }
}

/// The hosts whose applications an action sends a command to or reads from.
fn talked_to(action: &Action) -> Option<&Hosts> {
    fn shown(condition: &Condition) -> Option<&Hosts> {
        match condition {
            Condition::AppMetric { hosts, .. } => Some(hosts),
            Condition::Not { inner } => shown(inner),
            _ => None,
        }
    }
    match action {
        Action::AppCommand { hosts, .. } => Some(hosts),
        Action::Expect { condition }
        | Action::Eventually { condition, .. }
        | Action::Always { condition, .. } => shown(condition),
        _ => None,
    }
}
