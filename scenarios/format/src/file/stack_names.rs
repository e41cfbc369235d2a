//! Checks the stacks that the hosts of a file may use.

use std::ops::Range;

use super::{
    members::members,
    places::Places,
    problem::Problem,
    scenario::{HostGroup, ScenarioFile},
    validate::stacks_of,
};
use crate::{
    action::Action,
    condition::Condition,
    stacks::Stacks,
    step::Fails,
    syntax::{Hosts, hint},
};

/// Reports each stack of a scenario that does not exist or does not support a step.
pub(super) fn problems(scenario: &ScenarioFile, places: &Places, stacks: &Stacks) -> Vec<Problem> {
    let checked = Checked {
        stacks,
        all: stacks.names().collect(),
        applications: stacks.applications().collect(),
        filtering: stacks.filtering().collect(),
        dual: stacks.dual().collect(),
    };
    checked.problems(scenario, places)
}

/// The stacks that the hosts of a file may use.
struct Checked<'a> {
    stacks: &'a Stacks,
    all: Vec<&'a str>,
    applications: Vec<&'a str>,
    filtering: Vec<&'a str>,
    dual: Vec<&'a str>,
}

impl Checked<'_> {
    fn problems(&self, scenario: &ScenarioFile, places: &Places) -> Vec<Problem> {
        let mut problems = Vec::new();
        for name in &scenario.stacks {
            problems.extend(self.unknown(name, &places.key("stacks")));
        }
        for (known, at) in scenario.known.iter().zip(&places.known) {
            problems.extend(
                known
                    .stacks
                    .iter()
                    .filter_map(|name| self.unknown(name, at)),
            );
        }
        for (group, at) in scenario.hosts.iter().zip(&places.hosts) {
            let unknown = group.stack.as_ref().and_then(|name| self.unknown(name, at));
            problems.extend(unknown);
        }
        let planned = scenario
            .faults
            .iter()
            .map(|fault| (&fault.action, &Fails::No));
        let steps = scenario
            .steps
            .iter()
            .map(|step| (&step.action, &step.fails));
        let lines = planned.zip(&places.faults).chain(steps.zip(&places.steps));
        for ((action, fails), at) in lines {
            // A step that has to fail with a certain text may be about the refusal.
            if matches!(fails, Fails::With(_)) {
                continue;
            }
            if let Some((hosts, said)) = talked_to(action) {
                match self.lacking(scenario, hosts, &self.applications) {
                    Some((host, stack)) => problems.push(self.silent(&host, stack, at)),
                    None => problems.extend(self.unheard_of(scenario, hosts, said, at)),
                }
            }
            if action.dht().is_some()
                && let Some(hosts) = of_a_dht(action)
                && let Some((host, stack)) = self.lacking(scenario, hosts, &self.dual)
            {
                problems.push(Problem {
                    at: at.clone(),
                    text: format!(
                        "`{host}` has the stack `{stack}`, which has no second DHT: remove `in=lan`; \
                         stacks with two: {}",
                        self.dual.join(", ")
                    ),
                });
            }
            if let Some(hosts) = filtered(action)
                && let Some((host, stack)) = self.lacking(scenario, hosts, &self.filtering)
            {
                problems.push(Problem {
                    at: at.clone(),
                    text: format!(
                        "`{host}` has the stack `{stack}`, which does not support this: only {} do",
                        self.filtering.join(", ")
                    ),
                });
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

    /// The groups of these hosts, each with one of them.
    fn groups<'s>(
        scenario: &'s ScenarioFile,
        hosts: &Hosts,
    ) -> impl Iterator<Item = (&'s HostGroup, String)> {
        let groups = scenario.members_of_groups();
        let named = members(hosts, &groups);
        scenario.hosts.iter().filter_map(move |group| {
            let mut named = named.iter();
            let host = named.find(|name| groups[&group.name].contains(name))?;
            Some((group, host.clone()))
        })
    }

    /// The first of these hosts whose stack is not one of `able`, with this stack.
    fn lacking<'s>(
        &self,
        scenario: &'s ScenarioFile,
        hosts: &Hosts,
        able: &[&str],
    ) -> Option<(String, &'s str)> {
        Self::groups(scenario, hosts).find_map(|(group, host)| {
            let mut stacks = stacks_of(group, scenario).into_iter();
            let lacking = stacks.find(|stack| {
                // A stack that does not exist has already been reported.
                self.all.contains(stack) && !able.contains(stack)
            })?;
            Some((host, lacking))
        })
    }

    fn silent(&self, host: &str, stack: &str, at: &Range<usize>) -> Problem {
        let hint = hint(stack, self.applications.iter().copied())
            .map_or(String::new(), |hint| format!("{hint} "));
        Problem {
            at: at.clone(),
            text: format!(
                "`{host}` has the stack `{stack}`, which has no application; \
                 {hint}stacks with an application: {}",
                self.applications.join(", ")
            ),
        }
    }

    /// Reports a command or a number that an application does not know.
    fn unheard_of(
        &self,
        scenario: &ScenarioFile,
        hosts: &Hosts,
        said: Said<'_>,
        at: &Range<usize>,
    ) -> Option<Problem> {
        Self::groups(scenario, hosts).find_map(|(group, host)| {
            stacks_of(group, scenario).into_iter().find_map(|stack| {
                let vocabulary = self.stacks.vocabulary(stack)?;
                let (what, word, known) = match said {
                    Said::Command(verb) => ("command", verb, vocabulary.commands),
                    Said::Metric(name) => ("number", name, vocabulary.metrics),
                };
                if known.is_empty() || known.contains(&word) {
                    return None;
                }
                let hint = hint(word, known.iter().copied())
                    .unwrap_or_else(|| format!("there are {}", known.join(", ")));
                Some(Problem {
                    at: at.clone(),
                    text: format!(
                        "`{host}` has the stack `{stack}`, whose application has no {what} `{word}`; {hint}"
                    ),
                })
            })
        })
    }
}

/// What a line says to or reads from an application.
#[derive(Clone, Copy)]
enum Said<'a> {
    /// The verb of a command.
    Command(&'a str),
    /// The name of a number.
    Metric(&'a str),
}

/// The hosts whose applications an action sends a command to or reads from.
fn talked_to(action: &Action) -> Option<(&Hosts, Said<'_>)> {
    fn shown(condition: &Condition) -> Option<(&Hosts, Said<'_>)> {
        match condition {
            Condition::AppMetric { hosts, name, .. } => Some((hosts, Said::Metric(&name.0))),
            Condition::Not { inner } => shown(inner),
            _ => None,
        }
    }
    match action {
        Action::AppCommand { hosts, command } => Some((hosts, Said::Command(command.verb()))),
        _ => shown(action.condition()?),
    }
}

/// The hosts of whose DHT a line with `in` is about.
fn of_a_dht(action: &Action) -> Option<&Hosts> {
    match action.condition() {
        Some(condition) => condition.of_dht().map(|(hosts, _)| hosts),
        None => action.actors(),
    }
}

/// The hosts of which an action needs the behaviour of the fixtures: it filters their messages
/// or connections, uses their protocols beside kad, or reads what these have found.
fn filtered(action: &Action) -> Option<&Hosts> {
    match action {
        Action::Block { hosts, .. }
        | Action::Unblock { hosts, .. }
        | Action::DropMessages { hosts, .. }
        | Action::DelayMessages { hosts, .. }
        | Action::PassMessages { hosts }
        | Action::Discovered { hosts, .. }
        | Action::Expired { hosts, .. }
        | Action::Request { hosts, .. }
        | Action::Publish { hosts } => Some(hosts),
        _ => match action.condition()?.whole() {
            Condition::RequestAnswers { hosts, .. }
            | Condition::Publications { hosts, .. }
            | Condition::Punches { hosts, .. }
            | Condition::FailedPunches { hosts, .. }
            | Condition::DialBacks { hosts, .. }
            | Condition::FailedDialBacks { hosts, .. }
            | Condition::Reachable { hosts, .. } => Some(hosts),
            _ => None,
        },
    }
}
