//! Checks that steps for hosts with a DHT and steps for scripted hosts name such hosts.

use std::ops::Range;

use super::{SCRIPTED, Validator};
use crate::{
    action::{Action, Family},
    condition::Condition,
    file::scenario::{HostGroup, ScenarioFile},
    stacks::DEFAULT_STACK,
    syntax::{Hosts, Term},
};

/// What a host has to be for a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It has a DHT.
    Dht,
    /// It is scripted.
    Scripted,
}

impl Validator<'_> {
    /// Whether a host is scripted. `None` if that depends on the case, or if there is no
    /// such host.
    pub(super) fn is_scripted(&self, host: &str) -> Option<bool> {
        let scenario = self.scenario;
        let of = |group: &str| self.groups.get(group)?.iter().find(|name| *name == host);
        let group = scenario
            .hosts
            .iter()
            .find(|group| of(&group.name).is_some())?;
        let stacks = stacks_of(group, scenario);
        let mut scripted = stacks.iter().map(|stack| SCRIPTED.contains(stack));
        let first = scripted.next()?;
        scripted.all(|other| other == first).then_some(first)
    }

    /// Reports the first host of a line that cannot do what the line says.
    pub(super) fn roles(&mut self, action: &Action, at: &Range<usize>) {
        let Some((hosts, role)) = acting(action) else {
            return;
        };
        // `all` is a convenient name for the hosts with a DHT in a condition.
        let is_condition = action.family() == Family::Observation;
        if is_condition && hosts.0.contains(&Term::All) {
            return;
        }
        let wrong = self
            .members(hosts)
            .into_iter()
            .find(|host| self.is_scripted(host) == Some(role == Role::Dht));
        let Some(host) = wrong else { return };
        self.complain(at, match role {
            Role::Dht => format!(
                "`{host}` is scripted and has no DHT, so this line cannot be about it: `ask` sends its requests, and `script` sets its answers"
            ),
            Role::Scripted => format!(
                "`{host}` is not scripted: this line is only for hosts with stack = \"raw\" or \"raw-announced\""
            ),
        });
    }
}

/// The stacks that a group uses in any case.
pub(in crate::file) fn stacks_of<'a>(
    group: &'a HostGroup,
    scenario: &'a ScenarioFile,
) -> Vec<&'a str> {
    match (&group.stack, scenario.stacks.as_slice()) {
        (Some(stack), _) => vec![stack],
        (None, []) => vec![DEFAULT_STACK],
        (None, stacks) => stacks.iter().map(String::as_str).collect(),
    }
}

/// The hosts that do what a line says or that it is about, and what they have to be.
fn acting(action: &Action) -> Option<(&Hosts, Role)> {
    let role = match action.family() {
        Family::Query | Family::Dht | Family::Messages | Family::Neighbour => Role::Dht,
        Family::Scripted => Role::Scripted,
        _ => {
            return match action {
                Action::Block { hosts, .. }
                | Action::Unblock { hosts, .. }
                | Action::Restart { hosts, .. }
                | Action::Churn { hosts, .. }
                | Action::Snapshot { hosts, .. } => Some((hosts, Role::Dht)),
                Action::DeclareDead { hosts } => Some((hosts, Role::Scripted)),
                Action::Expect { condition }
                | Action::Eventually { condition, .. }
                | Action::Always { condition, .. } => looked_at(condition),
                _ => None,
            };
        }
    };
    Some((action.actors()?, role))
}

/// The hosts whose DHT or script a condition reads.
fn looked_at(condition: &Condition) -> Option<(&Hosts, Role)> {
    match condition {
        Condition::Not { inner } => looked_at(inner),
        Condition::LastEvents { hosts, .. } => Some((hosts, Role::Scripted)),
        Condition::Knows { hosts, .. }
        | Condition::KnowsFormer { hosts, .. }
        | Condition::Table { hosts, .. }
        | Condition::Bucket { hosts, .. }
        | Condition::Buckets { hosts, .. }
        | Condition::Pending { hosts, .. }
        | Condition::EntryConnected { hosts, .. }
        | Condition::EntryAddresses { hosts, .. }
        | Condition::EntryAddress { hosts, .. }
        | Condition::SameTable { hosts, .. }
        | Condition::Diagnosis { hosts, .. }
        | Condition::RequestAnswers { hosts, .. }
        | Condition::Publications { hosts, .. }
        | Condition::InMode { hosts, .. }
        | Condition::Queries { hosts, .. }
        | Condition::Bootstraps { hosts, .. }
        | Condition::Stores { hosts, .. }
        | Condition::Records { hosts, .. }
        | Condition::Holders { hosts, .. }
        | Condition::Provider { hosts, .. }
        | Condition::Providers { hosts, .. }
        | Condition::Provides { hosts, .. }
        | Condition::Complete { hosts }
        | Condition::Linked { hosts } => Some((hosts, Role::Dht)),
        // The swarm of a scripted host is like that of any other.
        _ => None,
    }
}
