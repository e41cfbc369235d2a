//! The stacks that the hosts of a file may have.

use std::ops::Range;

use indexmap::IndexMap;

use super::{
    problem::Problem,
    scenario::{HostGroup, ScenarioFile},
    validate::{Places, members},
};
use crate::{
    action::Action,
    condition::Condition,
    syntax::{Hosts, hint},
};

/// The stack of hosts in files that name none.
pub const DEFAULT_STACK: &str = "kad-identify";

/// The names of the stacks that the hosts of a file may have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackNames {
    /// All of them.
    pub all: Vec<String>,
    /// Those with an application around the DHT that takes commands and shows
    /// numbers.
    pub applications: Vec<String>,
}

impl StackNames {
    /// What a scenario asks of stacks that there are not, or that cannot do it.
    pub(super) fn problems(&self, scenario: &ScenarioFile, places: &Places) -> Vec<Problem> {
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
        if self.all.iter().any(|known| known == name) {
            return None;
        }
        let hint = hint(name, self.all.iter().map(String::as_str))
            .unwrap_or_else(|| format!("there are {}", self.all.join(", ")));
        Some(Problem {
            at: at.clone(),
            text: format!("no stack is called `{name}`; {hint}"),
        })
    }

    /// The first of these hosts that has no application to talk to.
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
                // Of a stack that there is not, that is told already.
                let known = self.all.iter().any(|known| known == stack);
                known && !self.applications.iter().any(|known| known == stack)
            })?;
            Some((host, silent))
        })?;
        let hint = hint(stack, self.applications.iter().map(String::as_str))
            .map_or(String::new(), |hint| format!("{hint} "));
        Some(Problem {
            at: at.clone(),
            text: format!(
                "`{host}` has the stack `{stack}`, which takes no commands and shows no numbers; \
                 {hint}those that do: {}",
                self.applications.join(", ")
            ),
        })
    }
}

/// The stacks that a group has, in one case or another.
fn stacks_of<'a>(group: &'a HostGroup, scenario: &'a ScenarioFile) -> Vec<&'a str> {
    match (&group.stack, scenario.stacks.as_slice()) {
        (Some(stack), _) => vec![stack],
        (None, []) => vec![DEFAULT_STACK],
        (None, stacks) => stacks.iter().map(String::as_str).collect(),
    }
}

/// The hosts whose applications are told something or looked at.
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
