//! Checks the lists of hosts in lines, and the options that depend on each other.

use std::ops::Range;

use dht_harness::TransportKind;

use super::{Validator, limits::latency_problem};
use crate::{
    action::{Action, ActionKind, Family},
    condition::Condition,
    syntax::{Bound, Compare, Hosts, Key, Slot, Term, Word, hint},
};

impl Validator<'_> {
    /// Checks the parts of a line that have to fit together.
    pub(super) fn parts(&mut self, action: &Action, at: &Range<usize>) {
        let lists = lists(action);
        for hosts in &lists {
            let problem = self.gap(hosts).or_else(|| {
                let members = self.members(hosts);
                let text = Word::write(hosts);
                members.is_empty().then(|| {
                    format!("`{text}` names no host: write at least one that is not excluded")
                })
            });
            self.maybe(at, problem);
        }
        if let ([one, other, ..], true) = (lists.as_slice(), is_of_pairs(action)) {
            let (one, other) = (self.members(one), self.members(other));
            if let ([host], true) = (one.as_slice(), one == other) {
                self.complain(
                    at,
                    format!("this line is about a host and another one, and names `{host}` twice"),
                );
            }
        }
        if let Action::Partition { groups, .. } = action {
            let mut seen: Vec<String> = Vec::new();
            for hosts in &groups.0 {
                let members = self.members(hosts);
                let twice = members.iter().find(|host| seen.contains(host));
                let problem =
                    twice.map(|host| format!("`{host}` is in two groups of the partition"));
                self.maybe(at, problem);
                seen.extend(members);
            }
        }
        self.options(action, at);
        self.line_limits(action, &lists, at);
        if let Some(condition) = condition(action) {
            self.counts(condition, at);
            self.keys(condition, at);
        }
    }

    /// The first missing host of a range whose ends exist.
    pub(super) fn gap(&self, hosts: &Hosts) -> Option<String> {
        let exists = |name: &String| self.life.contains_key(name);
        hosts.0.iter().find_map(|term| {
            let Term::Range(group, first, last) = term else {
                return None;
            };
            let named = |number: u32| format!("{group}{number}");
            if !exists(&named(*first)) || !exists(&named(*last)) {
                // Reported as an unknown host.
                return None;
            }
            let missing = (*first..*last).map(named).find(|name| !exists(name))?;
            Some(format!(
                "`{group}{first}..{group}{last}` includes `{missing}`, and no host is called so"
            ))
        })
    }

    fn options(&mut self, action: &Action, at: &Range<usize>) {
        let one = match action {
            Action::Dial { peer, .. } => peer.as_ref(),
            Action::StoreLocal { publisher, .. } => publisher.as_ref(),
            _ => None,
        };
        if let Some(hosts) = one
            && self.members(hosts).len() > 1
        {
            self.complain(
                at,
                format!(
                    "exactly one host has to be named here, not the {} of `{}`",
                    self.members(hosts).len(),
                    Word::write(hosts)
                ),
            );
        }
        if let Action::SetLatency { latency, .. } = action {
            self.maybe(at, latency_problem(latency));
        }
        let problem = match action {
            Action::SetLatency {
                of, to, one_way, ..
            } => {
                let lacks = (to.is_some() && of.is_none()) || (*one_way && to.is_none());
                lacks.then_some("`to` needs `of`, and `one-way` needs both")
            }
            Action::Loss {
                of: None,
                to: Some(_),
                ..
            } => Some("`to` needs `of`"),
            Action::Loss {
                delay: Some(_),
                reset: true,
                ..
            } => {
                Some("a lost packet is delayed or resets its connection: remove `delay` or `reset`")
            }
            Action::SetScript {
                script,
                peers: Some(_),
                ..
            } if !script.names_peers() => Some(
                "this script names no peers: remove `peers`, or use `honest`, `lying` or `providers`",
            ),
            Action::Ask {
                value: None,
                ttl: Some(_),
                ..
            } => Some("`ttl` is that of a record: add its `value`"),
            Action::ResetStreams { .. } if self.scenario.transports != [TransportKind::Mux] => {
                Some("only the mux transport can reset single streams: add transports = [\"mux\"]")
            }
            _ => None,
        };
        self.maybe(at, problem.map(str::to_owned));
    }

    /// Reports a number of hosts that a condition can never or always see.
    fn counts(&mut self, condition: &Condition, at: &Range<usize>) {
        match condition {
            Condition::Not { inner } => self.counts(inner, at),
            Condition::Holders { hosts, count, .. } => {
                let all = self.members(hosts).len() as u64;
                self.maybe(
                    at,
                    beyond(count, all).map(|always| {
                        format!(
                            "this {} true: the line names {all} hosts",
                            if always { "is always" } else { "is never" }
                        )
                    }),
                );
            }
            Condition::Linked { hosts } if self.members(hosts).len() == 1 => self.complain(
                at,
                "`linked` is about at least two hosts: name those that have to reach each other",
            ),
            Condition::Asked { .. } if self.scenario.transports != [TransportKind::Mux] => self
                .complain(
                    at,
                    "messages can only be counted on the mux transport: add transports = [\"mux\"]",
                ),
            _ => {}
        }
    }

    /// Reports a key that no action names, so that no store can hold it.
    fn keys(&mut self, condition: &Condition, at: &Range<usize>) {
        let key = match condition {
            Condition::Not { inner } => return self.keys(inner, at),
            Condition::Stores { key, .. }
            | Condition::Holders { key, .. }
            | Condition::Provider { key, .. }
            | Condition::Providers { key, .. }
            | Condition::Provides { key, .. } => key,
            _ => return,
        };
        let planned = self.scenario.faults.iter().map(|fault| &fault.action);
        let steps = self.scenario.steps.iter().map(|step| &step.action);
        let actions: Vec<&Action> = planned.chain(steps).collect();
        // Applications store records under keys of their own.
        let tells = |action: &&Action| action.family() == Family::Application;
        let named: Vec<&Key> = actions.iter().filter_map(|action| key_of(action)).collect();
        if named.contains(&key) || actions.iter().any(tells) {
            return;
        }
        let write = |key: &Key| Word::write(key);
        let known: Vec<String> = named.into_iter().map(write).collect();
        let hint = hint(&write(key), known.iter().map(String::as_str))
            .map_or(String::new(), |hint| format!("; {hint}"));
        self.complain(
            at,
            format!(
                "no step stores, announces or looks up the key `{}`{hint}",
                write(key)
            ),
        );
    }
}

/// Whether a number up to `all` always satisfies a bound, or never. `None` if it depends.
fn beyond(bound: &Bound<u64>, all: u64) -> Option<bool> {
    match bound.compare {
        Compare::Equal | Compare::AtLeast if bound.value > all => Some(false),
        Compare::More if bound.value >= all => Some(false),
        Compare::AtMost if bound.value >= all => Some(true),
        Compare::Less if bound.value > all => Some(true),
        _ => None,
    }
}

/// The condition of a line.
pub(super) fn condition(action: &Action) -> Option<&Condition> {
    match action {
        Action::Expect { condition }
        | Action::Eventually { condition, .. }
        | Action::Always { condition, .. } => Some(condition),
        _ => None,
    }
}

/// The lists of hosts of a line, in their order.
pub(super) fn lists(action: &Action) -> Vec<Hosts> {
    let mut lists = Vec::new();
    action.clone().edit(&mut |slot| {
        if let Slot::Hosts(hosts) = slot {
            lists.push(hosts.clone());
        }
    });
    lists
}

/// Whether a line with two lists of hosts is about pairs of different hosts.
fn is_of_pairs(action: &Action) -> bool {
    fn shown(condition: &Condition) -> bool {
        match condition {
            Condition::Not { inner } => shown(inner),
            Condition::Provider { .. } => false,
            _ => true,
        }
    }
    match action.kind() {
        // A host may publish, provide and dial itself, and name itself in its answers.
        ActionKind::Dial
        | ActionKind::StoreLocal
        | ActionKind::StoreProviderLocal
        | ActionKind::SetScript
        | ActionKind::Partition => false,
        _ => condition(action).is_none_or(shown),
    }
}

/// The key that an action stores, announces or looks up.
fn key_of(action: &Action) -> Option<&Key> {
    match action {
        Action::Start { query } => key_of(query),
        Action::FindPeers { key, .. }
        | Action::Get { key, .. }
        | Action::Put { key, .. }
        | Action::Provide { key, .. }
        | Action::FindProviders { key, .. }
        | Action::StopProviding { key, .. }
        | Action::StoreLocal { key, .. }
        | Action::StoreProviderLocal { key, .. }
        | Action::RemoveLocal { key, .. }
        | Action::RemoveRecord { key, .. }
        | Action::Ask { key, .. } => Some(key),
        _ => None,
    }
}
