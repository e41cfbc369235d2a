//! Finds conditions on numbers that are the same in every run of a file.

use std::{ops::Range, time::Duration};

use indexmap::IndexSet;

use super::{
    SCRIPTED, Validator,
    bounds::told,
    idle_settings::STANDARD,
    is_prompt,
    lists::{actions, beyond},
    roles::stacks_of,
};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    file::scenario::{HostGroup, ScenarioFile},
    limit,
    step::{Fails, Step},
    syntax::{DhtName, Hosts, Kind, Word},
};

/// How many addresses a line gives a host at most: two versions of IP, and four carriers.
const ADDRESSES: u64 = 8;

/// How many connections with each peer there can be beside those that lines open.
const BESIDE_LINES: u64 = 4;

/// How long after an insertion into a table libp2p begins a bootstrap.
const AFTER_INSERTION: Duration = Duration::from_millis(500);

/// How many lookups a query consists of at most: a bootstrap has one for the host itself and one
/// for each bucket.
const LOOKUPS: u64 = 257;

/// What lines of a file do, by which others are bounded.
#[derive(Default)]
pub(super) struct Sent {
    /// The kinds of requests that hosts may send, other than `find-node`.
    kinds: IndexSet<Kind>,
    /// How many lines the file has, planned ones included.
    lines: u64,
    /// How many of them are a `request`.
    requests: u64,
    /// How many of them are a `publish`.
    publications: u64,
}

impl Sent {
    pub(super) fn of(scenario: &ScenarioFile) -> Self {
        let mut sent = Sent::default();
        for action in actions(scenario) {
            sent.lines += 1;
            sent.requests += u64::from(action.kind() == ActionKind::Request);
            sent.publications += u64::from(action.kind() == ActionKind::Publish);
            let query = match action {
                Action::Start { query } => query,
                _ => action,
            };
            sent.kinds.extend(match query {
                Action::Ask { kind, .. } => Some(*kind),
                Action::Get { .. } => Some(Kind::GetValue),
                // A host publishes what is in its store.
                Action::Put { .. } | Action::StoreLocal { .. } => Some(Kind::PutValue),
                Action::FindProviders { .. } => Some(Kind::GetProviders),
                Action::Provide { .. } | Action::StoreProviderLocal { .. } => {
                    Some(Kind::AddProvider)
                }
                _ => None,
            });
        }
        sent
    }
}

/// How many connections each host can have with others, with this many hosts and lines.
fn most_connections(hosts: u64, lines: u64) -> u64 {
    let others = hosts.saturating_sub(1);
    others
        .saturating_mul(lines.saturating_add(BESIDE_LINES))
        .saturating_mul(2)
}

impl ScenarioFile {
    /// The upper limits of dials that no host of the file can exceed. A query dials each other
    /// peer once for each of its lookups, and a bootstrap has one for each bucket; how many there
    /// are in a run follows from the lines, and from how often a table can ask for a bootstrap.
    pub(super) fn far_dials(&self) -> Vec<String> {
        let is_standard = self.hosts.iter().all(|group| {
            let stacks = stacks_of(group, self);
            let is_known = |stack: &&str| STANDARD.contains(stack) || SCRIPTED.contains(stack);
            group.settings.traversal.is_none() && stacks.iter().all(is_known)
        });
        let longest = self.longest(&self.members_of_groups());
        let Some(longest) = longest.filter(|_| is_standard) else {
            return Vec::new();
        };
        let refreshes = self.hosts.iter().filter_map(|group| {
            let settings = &group.settings;
            let intervals = [
                settings.periodic_bootstrap,
                settings.replication_interval,
                settings.publication_interval,
                settings.provider_interval,
                Some(AFTER_INSERTION),
            ];
            intervals.into_iter().flatten().min()
        });
        let shortest = refreshes
            .min()
            .unwrap_or(AFTER_INSERTION)
            .max(limit::INTERVAL);
        let started = (longest.as_nanos() / shortest.as_nanos()).try_into();
        let lines = actions(self).count() as u64;
        // A line of each host, and what each key of a store needs.
        let queries = started
            .unwrap_or(u64::MAX)
            .saturating_mul(lines.saturating_add(BESIDE_LINES))
            .saturating_add(lines);
        let others = (self.size() as u64).saturating_sub(1);
        let each = queries.saturating_mul(LOOKUPS).saturating_add(lines);
        let steps = self.steps.iter().enumerate();
        let told = steps.filter_map(|(index, step)| {
            let condition = step.action.condition().filter(|_| step.fails == Fails::No)?;
            let Condition::Dials { count, to, .. } = condition.whole() else {
                return None;
            };
            let peers = if to.is_some() { 1 } else { others };
            let most = each.saturating_mul(peers);
            beyond(count, most).filter(|always| condition.with(*always))?;
            Some(format!(
                "`{}`, step {}: it cannot fail, since with the hosts and lines of the file there are \
                 at most {most}",
                step.action,
                index + 1
            ))
        });
        told.collect()
    }

    /// The limits of connections that no host of the file can reach.
    pub(super) fn wide_limits(&self) -> Vec<String> {
        if !is_prompt(self) {
            return Vec::new();
        }
        let most = most_connections(self.size() as u64, actions(self).count() as u64);
        let mut told = Vec::new();
        for group in &self.hosts {
            let limits = &group.settings.connection_limits;
            let all = [
                ("max_established", limits.max_established),
                ("max_established_incoming", limits.max_established_incoming),
                ("max_established_outgoing", limits.max_established_outgoing),
                ("max_established_per_peer", limits.max_established_per_peer),
                ("max_pending_incoming", limits.max_pending_incoming),
                ("max_pending_outgoing", limits.max_pending_outgoing),
            ];
            let wide = all
                .into_iter()
                .filter(|(_, limit)| limit.is_some_and(|limit| u64::from(limit) > most));
            told.extend(wide.map(|(name, _)| {
                format!(
                    "`{name}` of `{}`: with the hosts and lines of the file there are at most {most} \
                     connections",
                    group.name
                )
            }));
        }
        told
    }
}

impl Validator<'_> {
    /// Reports a number of requests of a kind that no host sends, which cannot fail for that.
    pub(super) fn never_sent(&mut self, step: &Step, at: &Range<usize>) {
        let condition = step.action.condition().map(Condition::whole);
        let Some(Condition::Asked { kind, count, .. }) = condition else {
            return;
        };
        // Tables are refreshed without a line.
        let may_be = *kind == Kind::FindNode || self.sent.kinds.contains(kind);
        if may_be || !self.are_stores_known() {
            return;
        }
        let why = format!(
            "no line makes a host send a `{}`: add one that does, or remove this line",
            kind.write()
        );
        // What a host has sent is known after it went down.
        self.passes_if_up(step, count.holds(&0), Some(why), at);
    }

    /// Reports a condition on what no line or setting of the file leads to, which cannot fail for
    /// that.
    pub(super) fn never_led_to(&mut self, step: &Step, at: &Range<usize>) {
        if !self.prompt {
            return;
        }
        let scenario = self.scenario;
        let mut groups = scenario.hosts.iter();
        let (holds, why) = match step.action.condition().map(Condition::whole) {
            Some(Condition::Relayed { .. })
                if !groups.any(|group| group.settings.traversal.relay.is_some()) =>
            {
                let why = "no host is a relay: add settings = { traversal = { relay = {} } } to one, or \
                           remove this line";
                (false, why)
            }
            Some(Condition::Candidates { hosts, count })
                if self.groups_of(hosts).iter().all(|group| {
                    let stacks = stacks_of(group, scenario);
                    group.settings.traversal.is_none() && stacks.iter().all(|stack| *stack == "kad")
                }) =>
            {
                let why = "candidates are addresses that identify reports, which the stack kad lacks: use \
                           `kad-identify`, or remove this line";
                (count.holds(&0), why)
            }
            Some(Condition::RequestAnswers { count, .. }) if self.sent.requests == 0 => {
                let why = "no line is a `request`: add one, or remove this line";
                (count.holds(&0), why)
            }
            Some(Condition::DialBacks { count, .. } | Condition::FailedDialBacks { count, .. })
                if !serves_autonat(scenario) =>
            {
                let why = "no host dials others back: add settings = { traversal = { \
                           autonat_v2_server = true } } to one, or remove this line";
                (count.holds(&0), why)
            }
            Some(Condition::Publications { count, .. }) if self.sent.publications == 0 => {
                let why = "no line is a `publish`: add one, or remove this line";
                (count.holds(&0), why)
            }
            _ => return,
        };
        self.always_passes(step, holds, Some(why.to_owned()), at);
    }

    /// Reports a size of the table of the only second DHT, which cannot fail for that.
    pub(super) fn only_second_dht(&mut self, step: &Step, at: &Range<usize>) {
        let condition = step.action.condition().map(Condition::whole);
        let Some(Condition::Table {
            size,
            dht: Some(DhtName::Lan),
            ..
        }) = condition
        else {
            return;
        };
        if self.with_second_dht() < 2 {
            let why = "only one host of the file has a second DHT, so that its table is always empty: \
                       give another host such a stack, or remove this line";
            self.always_passes(step, size.holds(&0), Some(why.to_owned()), at);
        }
    }

    /// How many hosts may have a second DHT.
    fn with_second_dht(&self) -> usize {
        let scenario = self.scenario;
        let may_have = |group: &&HostGroup| {
            let mut stacks = stacks_of(group, scenario).into_iter();
            stacks.any(|stack| !STANDARD.contains(&stack) && !SCRIPTED.contains(&stack))
        };
        let groups = scenario.hosts.iter().filter(may_have);
        groups.map(HostGroup::size).sum()
    }

    /// How many external addresses one of these hosts can have, if each has one by which all
    /// others reach it, and confirms none but by `add-external`.
    fn most_external(&self, hosts: &Hosts) -> Option<u64> {
        let scenario = self.scenario;
        let is_plain = |group: &HostGroup| {
            group.addresses.is_none()
                && group.interfaces.is_none()
                && group.settings.traversal.is_none()
        };
        let confirms = |action: &Action| {
            matches!(
                action.kind(),
                ActionKind::Listen
                    | ActionKind::MapPort
                    | ActionKind::Move
                    | ActionKind::Relocate
                    | ActionKind::RenumberRouter
            )
        };
        let is_certain = scenario.hosts.iter().all(is_plain)
            && !actions(scenario).any(confirms)
            && !self.groups_of(hosts).is_empty();
        let added = actions(scenario).filter(|it| it.kind() == ActionKind::AddExternal);
        is_certain.then(|| 1 + added.count() as u64)
    }

    /// Reports a number that every host has, or none.
    pub(super) fn never_so_many(&mut self, condition: &Condition, at: &Range<usize>) {
        let Some((hosts, _)) = self.certain.hosts() else {
            return;
        };
        let Sent {
            lines,
            requests,
            publications,
            ..
        } = self.sent;
        let addresses = ADDRESSES.saturating_mul(lines + 1);
        let others = hosts - 1;
        let jobs = BESIDE_LINES.saturating_mul(lines + 1);
        let connections = most_connections(hosts, lines);
        let (count, most) = match condition.whole() {
            Condition::External { hosts, count } => {
                let most = self.most_external(hosts).unwrap_or(addresses);
                (count, most)
            }
            Condition::Listeners { count, .. } => (count, addresses),
            Condition::Connections { count, .. } | Condition::UnderWay { count, .. } => {
                (count, connections)
            }
            Condition::Sockets { count, .. } => (count, addresses.saturating_add(connections)),
            Condition::RequestAnswers { count, .. } => (count, others.saturating_mul(requests)),
            Condition::Publications { count, .. } => (count, others.saturating_mul(publications)),
            // A host may also be known by each relay.
            Condition::EntryAddresses { count, .. } => (count, addresses.saturating_mul(hosts)),
            // Lines start some, and timers others.
            Condition::Queries { count, .. } => (count, lines.saturating_add(jobs)),
            _ => return,
        };
        let why = format!(
            "with the hosts and lines of the file it is at most {most}: write a number near to what \
             it can be"
        );
        // The number that lines lead to may itself be checked.
        self.maybe(at, told(beyond(count, most.saturating_add(1)), why));
    }
}

/// Whether a host may be a server of AutoNAT, version 2.
fn serves_autonat(scenario: &ScenarioFile) -> bool {
    let mut groups = scenario.hosts.iter();
    groups.any(|group| {
        let mut stacks = stacks_of(group, scenario).into_iter();
        group.settings.traversal.autonat_v2_server
            || stacks.any(|stack| !STANDARD.contains(&stack) && !SCRIPTED.contains(&stack))
    })
}
