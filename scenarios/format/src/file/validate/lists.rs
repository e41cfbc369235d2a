//! Checks the lists of hosts in lines, and the options that depend on each other.

use std::ops::Range;

use dht_harness::{TransportKind, noun};

use super::{Validator, head::twice, limits::latency_problem};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    file::scenario::ScenarioFile,
    syntax::{Bound, Compare, Hosts, Kind, Script, ScriptKind, Slot, Term, Word},
};

impl Validator<'_> {
    /// Checks the parts of a line that have to fit together.
    pub(super) fn parts(&mut self, action: &Action, at: &Range<usize>) {
        let lists = lists(action);
        for hosts in &lists {
            // A host can be closed twice at once.
            let named_twice = twice(&hosts.0).filter(|_| action.kind() != ActionKind::Close);
            let named_twice = named_twice.map(|term| {
                let one = Word::write(&Hosts(vec![term.clone()]));
                format!(
                    "`{one}` is named twice in `{}`: remove one of both",
                    Word::write(hosts)
                )
            });
            self.maybe(at, named_twice);
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
        self.looked_up_keys(action, at);
        self.host_as_key(action, at);
        self.quorums(action, at);
        self.line_limits(action, &lists, at);
        if let Some(condition) = action.condition() {
            self.counts(condition, at);
            self.keys(condition, at);
            self.values(condition, at);
            self.table_sizes(condition, at);
            self.store_sizes(condition, at);
            self.stated_addresses(condition, at);
            self.former_identities(condition, at);
            self.never_so_many(condition, at);
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
            Action::Dial {
                peer,
                address: Some(_),
                ..
            } => peer.as_ref(),
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
            Action::Dial {
                address: None,
                peer: None,
                ..
            } => Some("this dials nothing: name an address, or hosts as peer=HOSTS"),
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
                kind,
                value: None,
                ttl: Some(_),
                ..
            } if *kind != Kind::PutValue => {
                Some("`ttl` is that of a record: remove it, or ask `put-value`")
            }
            Action::SetScript {
                script,
                peers: None,
                ..
            } if script.needs_peers() => Some(
                "this script answers with the hosts of `peers`, and there are none: add `peers=`, or use `honest`",
            ),
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
                            "this {} true: the line names {all} {}",
                            if always { "is always" } else { "is never" },
                            noun(all as usize, "host", "hosts")
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
}

/// Whether a number up to `all` always satisfies a bound, or never. `None` if it depends.
pub(super) fn beyond(bound: &Bound<u64>, all: u64) -> Option<bool> {
    match bound.compare {
        Compare::Equal | Compare::AtLeast if bound.value > all => Some(false),
        Compare::More if bound.value >= all => Some(false),
        Compare::AtMost if bound.value >= all => Some(true),
        Compare::Less if bound.value > all => Some(true),
        _ => None,
    }
}

/// All actions of a file, planned ones first.
pub(super) fn actions(scenario: &ScenarioFile) -> impl Iterator<Item = &Action> {
    let planned = scenario.faults.iter().map(|fault| &fault.action);
    planned.chain(scenario.steps.iter().map(|step| &step.action))
}

/// All scripts of a file.
pub(super) fn scripts(scenario: &ScenarioFile) -> impl Iterator<Item = &ScriptKind> {
    let first = scenario
        .hosts
        .iter()
        .filter_map(|group| group.script.as_ref());
    let later = actions(scenario).filter_map(|action| match action {
        Action::SetScript { script, .. } => Some(script),
        _ => None,
    });
    first.chain(later).map(Script::kind)
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
            Condition::Provider { .. } | Condition::KnowsFormer { .. } => false,
            _ => true,
        }
    }
    match action.kind() {
        // A host may publish, provide and dial itself, and name itself in its answers.
        ActionKind::Dial => matches!(action, Action::Dial { address: None, .. }),
        ActionKind::StoreLocal
        | ActionKind::StoreProviderLocal
        | ActionKind::SetScript
        | ActionKind::Partition => false,
        _ => action.condition().is_none_or(shown),
    }
}
