//! Checks that steps are possible in their order.

use std::ops::Range;

use indexmap::IndexSet;

use super::{Presence, Validator};
use crate::{
    action::Action,
    condition::Condition,
    step::{Fails, Step},
    syntax::{Hosts, Name, hint},
};

impl Validator<'_> {
    pub(super) fn step(&mut self, step: &Step, at: &Range<usize>) {
        self.action(&step.action, at);
        if let Some(actors) = step.action.actors() {
            for host in self.members(actors) {
                match self.life.get(&host) {
                    Some(Presence::ToCome) => self.complain(at, format!("`{host}` is not up yet: add `spawn {host}` before this step")),
                    Some(Presence::Down) if step.fails == Fails::No => self.complain(at, format!(
                        "`{host}` is down, so this step fails: add `restart {host}` before it, or end it with `fails`"
                    )),
                    _ => {}
                }
            }
        }
        self.live(&step.action, at);
    }

    /// Tracks the state of the hosts.
    fn live(&mut self, action: &Action, at: &Range<usize>) {
        let Some(hosts) = lifecycle(action) else {
            return;
        };
        for host in self.members(hosts) {
            let Some(life) = self.life.get(&host).copied() else {
                continue;
            };
            let next = match (action, life) {
                (_, Presence::Unsure) => Presence::Unsure,
                (Action::Spawn { .. }, Presence::ToCome) => Presence::Up,
                (Action::Spawn { .. }, _) => {
                    self.complain(
                        at,
                        format!(
                            "`{host}` is already up: only hosts with `later = true` can be spawned"
                        ),
                    );
                    life
                }
                (_, Presence::ToCome) => {
                    self.complain(
                        at,
                        format!("`{host}` is not up yet: add `spawn {host}` before this step"),
                    );
                    life
                }
                (Action::Restart { .. }, Presence::Up) => {
                    self.complain(
                        at,
                        format!("`{host}` is up: add `close` or `crash` before this step"),
                    );
                    life
                }
                (Action::Restart { .. }, _) => Presence::Up,
                (Action::Pause { .. }, _) => {
                    self.paused.insert(host.clone());
                    life
                }
                (Action::Resume { .. }, _) => {
                    if !self.paused.swap_remove(&host) {
                        self.complain(at, format!("`{host}` is not paused"));
                    }
                    life
                }
                _ => Presence::Down,
            };
            self.life.insert(host, next);
        }
    }

    pub(super) fn action(&mut self, action: &Action, at: &Range<usize>) {
        self.named_hosts(action, at);
        match action {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Always { condition, .. } => self.condition(condition, at),
            Action::Finish { query } | Action::Stop { query } => self.query(query, at),
            Action::Heal { fault } => self.fault(fault, at),
            Action::Snapshot { name, .. } => {
                self.snapshots.insert(name.clone());
            }
            Action::Start { query }
                if query.query().is_none() || matches!(**query, Action::Start { .. }) =>
            {
                self.complain(
                    at,
                    format!("`{query}` is not a query: only queries can be started"),
                );
            }
            _ => {}
        }
        self.queries.extend(action.query());
        self.replies.extend(action.reply());
        self.faults.extend(action.fault_id().cloned());
    }

    fn condition(&mut self, condition: &Condition, at: &Range<usize>) {
        match condition {
            Condition::Not { inner } => self.condition(inner, at),
            Condition::Fired { fault } => self.fault(fault, at),
            Condition::SameTable { snapshot, .. } => {
                let known = self.snapshots.clone();
                self.one_of("snapshot", snapshot, &known, at);
            }
            _ => {}
        }
        if let Some(query) = condition.query() {
            self.query(query, at);
        }
        if let Some(asked) = condition.reply() {
            let known = self.replies.clone();
            self.one_of("reply", asked, &known, at);
        }
    }

    fn query(&mut self, query: &Name, at: &Range<usize>) {
        let known = self.queries.clone();
        self.one_of("query", query, &known, at);
    }

    fn fault(&mut self, fault: &Name, at: &Range<usize>) {
        let known = self.faults.clone();
        self.one_of("fault", fault, &known, at);
    }

    fn one_of(&mut self, what: &str, name: &Name, known: &IndexSet<Name>, at: &Range<usize>) {
        if known.contains(name) {
            return;
        }
        let hint = hint(&name.0, known.iter().map(|known| known.0.as_str()))
            .map_or(String::new(), |hint| format!("; {hint}"));
        self.complain(
            at,
            format!("no earlier step defines the {what} `{}`{hint}", name.0),
        );
    }
}

/// The hosts that an action starts or stops.
pub(super) fn lifecycle(action: &Action) -> Option<&Hosts> {
    match action {
        Action::Spawn { hosts }
        | Action::Close { hosts }
        | Action::StartClose { hosts }
        | Action::Crash { hosts }
        | Action::Restart { hosts, .. }
        | Action::Pause { hosts }
        | Action::Resume { hosts } => Some(hosts),
        _ => None,
    }
}
