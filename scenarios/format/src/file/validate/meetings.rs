//! Follows which hosts can have met, and finds lines about hosts that never do.

use std::ops::Range;

use dht_fixtures::KadSettings;
use indexmap::{IndexMap, IndexSet};

use super::{
    Validator,
    addresses::given,
    effects::is_lasting,
    is_prompt,
    lists::{actions, lists, scripts},
};
use crate::{
    action::{Action, ActionKind, Family},
    condition::Condition,
    file::{
        members::members_for_report,
        scenario::{HostGroup, ScenarioFile},
    },
    limit,
    step::{Fails, Step},
    syntax::{Address, Argument, Bound, Hosts, Slot},
};

/// The hosts that can meet, directly or by others. `None` if it may be any.
#[derive(Default)]
pub(super) struct Meetings {
    /// Those that meet at some time.
    ever: Option<Circles>,
    /// Those that the lines so far have brought together.
    so_far: Option<Circles>,
}

/// Circles of hosts, each of which can hear of the others of its circle alone.
#[derive(Clone, Default)]
struct Circles {
    numbers: IndexMap<String, usize>,
    /// Another host of the circle, by the number of a host, or the host itself.
    next: Vec<usize>,
    /// How many hosts the circle has, by the number of the host that stands for it.
    sizes: Vec<usize>,
}

impl Circles {
    fn number(&mut self, host: &str) -> usize {
        match self.numbers.get(host) {
            Some(number) => *number,
            None => {
                let number = self.next.len();
                self.numbers.insert(host.to_owned(), number);
                self.next.push(number);
                self.sizes.push(1);
                number
            }
        }
    }

    /// The number of the host that stands for the circle. The way to it is short, since the
    /// smaller circle joins the larger one.
    fn head(&self, mut number: usize) -> usize {
        while self.next[number] != number {
            number = self.next[number];
        }
        number
    }

    /// The circle of a host; `None` if it has met no other one.
    fn of(&self, host: &str) -> Option<usize> {
        let number = self.numbers.get(host)?;
        Some(self.head(*number))
    }

    fn join(&mut self, hosts: &[String]) {
        let Some((first, others)) = hosts.split_first() else {
            return;
        };
        let first = self.number(first);
        for other in others {
            let other = self.number(other);
            let (mut large, mut small) = (self.head(first), self.head(other));
            if large == small {
                continue;
            }
            if self.sizes[large] < self.sizes[small] {
                std::mem::swap(&mut large, &mut small);
            }
            self.next[small] = large;
            self.sizes[large] += self.sizes[small];
        }
    }

    /// The first of these hosts, if each is alone in its circle.
    fn all_alone(&self, hosts: &[String]) -> Option<String> {
        let first = hosts.first().filter(|first| self.is_alone(first))?;
        let are_all = hosts.iter().all(|host| self.is_alone(host));
        are_all.then(|| first.clone())
    }

    /// Whether a host is alone in its circle.
    fn is_alone(&self, host: &str) -> bool {
        self.of(host).is_none_or(|circle| self.sizes[circle] == 1)
    }
}

impl Meetings {
    /// Those of a file with these members of groups. `known` says that no host has a stack that
    /// may do what the file does not say.
    pub(super) fn of(
        scenario: &ScenarioFile,
        groups: &IndexMap<String, Vec<String>>,
        known: bool,
    ) -> Self {
        if !known || is_open(scenario) {
            return Meetings::default();
        }
        let mut circles = Circles::default();
        for group in &scenario.hosts {
            let known = [group.bootstrap.as_ref(), group.peers.as_ref()];
            for known in known.into_iter().flatten() {
                let mut hosts = group.members();
                hosts.extend(members_for_report(known, groups));
                circles.join(&hosts);
            }
        }
        for fault in &scenario.faults {
            circles.join(&introduced(&fault.action, groups));
        }
        let so_far = circles.clone();
        for step in &scenario.steps {
            circles.join(&introduced(&step.action, groups));
        }
        Meetings {
            ever: Some(circles),
            so_far: Some(so_far),
        }
    }

    /// Whether hosts meet at some time. `false` if it is not certain.
    fn are_some(&self) -> bool {
        let circles = self.ever.iter();
        circles.flat_map(|it| &it.sizes).any(|size| *size > 1)
    }
}

impl ScenarioFile {
    /// The hosts and steps that can have no effect, each with the reason.
    pub(crate) fn idle(&self) -> Vec<String> {
        let bystanders = self
            .bystanders()
            .into_iter()
            .map(|host| format!("`{host}`: no line names it, and no other host knows it"));
        let rest = [
            self.only_time(),
            self.early_checks(),
            self.idle_heals(),
            self.lonely_protocols(),
            self.deaf_protocols(),
            self.unmet_settings(),
            self.ungranted_ports(),
            self.overlong_settings(),
            self.unreachable_buckets(),
            self.wide_limits(),
            self.far_dials(),
            self.unread_asks(),
            self.last_steps(),
            self.unread_replies(),
        ];
        bystanders.chain(rest.into_iter().flatten()).collect()
    }

    /// That nothing happens but the passing of time.
    fn only_time(&self) -> Vec<String> {
        let is_time = |step: &Step| step.action.family() == Family::Time;
        let acts = |group: &HostGroup| {
            let is_usual = group.settings == KadSettings::default();
            !is_usual || group.bootstrap.is_some() || group.script.is_some()
        };
        let is_idle = is_prompt(self)
            && self.faults.is_empty()
            && self.steps.iter().all(is_time)
            && !self.hosts.iter().any(acts);
        let told = is_idle.then(|| {
            "all steps: time passes, no host knows another one, and no line makes one act"
                .to_owned()
        });
        told.into_iter().collect()
    }

    /// The checks before all other steps that cannot fail there, since no `bootstrap` has brought
    /// their hosts together. The same check of hosts that never meet is not valid. That a table is
    /// empty at the start is how those begin that are about what it holds later.
    fn early_checks(&self) -> Vec<String> {
        if self.size() > limit::HOSTS {
            return Vec::new();
        }
        let groups = self.members_of_groups();
        let Some(circles) = Meetings::of(self, &groups, is_prompt(self)).so_far else {
            return Vec::new();
        };
        let of = |hosts: &Hosts| members_for_report(hosts, &groups);
        let early = |step: &Step| {
            let condition = step
                .action
                .condition()
                .filter(|_| step.fails == Fails::No)?;
            let (hosts, peers, holds) = without_meeting(condition)?;
            if !condition.with(holds) || matches!(condition.whole(), Condition::Table { .. }) {
                return None;
            }
            let hosts = of(hosts);
            match peers.map(of) {
                Some(peers) => apart_in(&circles, &hosts, &peers)
                    .map(|(one, other)| format!("`{one}` and `{other}` together")),
                None => circles
                    .all_alone(&hosts)
                    .map(|host| format!("`{host}` together with another host")),
            }
        };
        let steps = self.steps.iter().enumerate();
        let first = steps.take_while(|(_, step)| step.action.condition().is_some());
        let told = first.filter_map(|(index, step)| {
            let apart = early(step)?;
            let number = index + 1;
            Some(format!(
                "`{}`, step {number}: nothing before it brings {apart}",
                step.action
            ))
        });
        told.collect()
    }

    /// The steps whose effects come with time, and after which none passes, and those whose
    /// effects a later step could show, where none does.
    fn last_steps(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut is_read = false;
        let steps = self.steps.iter().enumerate().rev();
        for (index, step) in steps.take_while(|(_, step)| !step.action.waits()) {
            let number = index + 1;
            let action = &step.action;
            is_read |= action.condition().is_some();
            if comes_later(action) {
                told.push(format!(
                    "`{action}`, step {number}: no time passes after it"
                ));
            } else if !is_read && is_shown_later(action) {
                told.push(format!(
                    "`{action}`, step {number}: no time passes after it, and no step checks what it \
                     does"
                ));
            }
        }
        told.reverse();
        told
    }

    /// The hosts that no line names and that meet no other one, in a file in which others meet.
    fn bystanders(&self) -> Vec<String> {
        if self.size() > limit::HOSTS {
            return Vec::new();
        }
        let groups = self.members_of_groups();
        if !Meetings::of(self, &groups, is_prompt(self)).are_some() {
            return Vec::new();
        }
        let mut named: IndexSet<String> = IndexSet::new();
        for action in actions(self) {
            named.extend(all_named(action, &groups));
        }
        for group in &self.hosts {
            let known = [group.bootstrap.as_ref(), group.peers.as_ref()];
            for known in known.into_iter().flatten() {
                named.extend(group.members());
                named.extend(members_for_report(known, &groups));
            }
            named.extend(group.ground.iter().map(|ground| ground.of.clone()));
        }
        let mut hosts: Vec<String> = groups.into_values().flatten().collect();
        hosts.retain(|host| !named.contains(host));
        hosts
    }
}

/// Whether the effect of an action comes with time.
fn comes_later(action: &Action) -> bool {
    matches!(
        action.kind(),
        ActionKind::Pause
            | ActionKind::Slow
            | ActionKind::Skew
            | ActionKind::SetScript
            | ActionKind::Start
            | ActionKind::StartConnect
    )
}

/// Whether an action makes no host do anything at once that the invariants could object to.
fn is_shown_later(action: &Action) -> bool {
    matches!(
        action.kind(),
        ActionKind::AddExternal
            | ActionKind::RemoveExternal
            | ActionKind::Block
            | ActionKind::Unblock
            | ActionKind::SetMode
            | ActionKind::RemovePeer
            | ActionKind::RemoveAddress
            | ActionKind::StoreLocal
            | ActionKind::StoreProviderLocal
            | ActionKind::RemoveLocal
            | ActionKind::RemoveRecord
            | ActionKind::StopProviding
            | ActionKind::DropMessages
            | ActionKind::DelayMessages
            | ActionKind::PassMessages
    ) || is_lasting(action)
}

/// All hosts that an action names.
fn all_named(action: &Action, groups: &IndexMap<String, Vec<String>>) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for list in lists(action) {
        hosts.extend(members_for_report(&list, groups));
    }
    action.hosts(&mut |host| hosts.push(host.to_owned()));
    hosts
}

/// The hosts that an action may bring together.
fn introduced(action: &Action, groups: &IndexMap<String, Vec<String>>) -> Vec<String> {
    let is_apart = matches!(
        action.family(),
        Family::Time
            | Family::Observation
            | Family::Fault
            | Family::Lifecycle
            | Family::Churn
            | Family::Messages
    );
    let mut parts = 0;
    if !is_apart {
        action.clone().edit(&mut |slot| {
            parts += usize::from(!matches!(slot, Slot::Time(_)));
        });
    }
    match parts {
        0 | 1 => Vec::new(),
        _ => all_named(action, groups),
    }
}

impl Validator<'_> {
    /// Reports a `disconnect` that may fail, of hosts that cannot be connected.
    pub(super) fn strangers(&mut self, step: &Step, at: &Range<usize>) {
        if let (Action::Disconnect { from, to }, Fails::Maybe) = (&step.action, &step.fails) {
            let (from, to) = (self.members(from), self.members(to));
            let apart = self.meetings.so_far.as_ref();
            let apart = apart.and_then(|circles| apart_in(circles, &from, &to));
            let problem = apart.map(|(one, other)| {
                format!(
                    "there is no connection to close: nothing before this line brings `{one}` and \
                     `{other}` together; connect them before it, or remove it"
                )
            });
            self.maybe(at, problem);
        }
        if self.meetings.so_far.is_some() {
            let introduced = introduced(&step.action, &self.groups);
            if let Some(circles) = &mut self.meetings.so_far {
                circles.join(&introduced);
            }
        }
    }

    /// Reports a condition about hosts that never meet, which cannot fail for that.
    pub(super) fn never_met(&mut self, step: &Step, at: &Range<usize>) {
        let Some(condition) = step.action.condition() else {
            return;
        };
        if self.meetings.ever.is_none() || self.is_told(at) {
            return;
        }
        let Some((hosts, peers, holds)) = without_meeting(condition) else {
            return;
        };
        let hosts = self.members(hosts);
        let why = match peers.map(|peers: &Hosts| self.members(peers)) {
            Some(peers) => self.apart(&hosts, &peers).map(|(one, other)| {
                format!(
                    "nothing brings `{one}` and `{other}` together: add a line or a \
                             `bootstrap` that does, or remove this line"
                )
            }),
            None => self.lonely(&hosts).map(|host| {
                format!(
                    "nothing brings `{host}` together with another host: add a line or a \
                     `bootstrap` that does, or remove this line"
                )
            }),
        };
        self.always_passes(step, holds, why, at);
    }

    /// A host of each list, if no host of one ever meets a host of the other.
    pub(super) fn apart(&self, hosts: &[String], peers: &[String]) -> Option<(String, String)> {
        apart_in(self.meetings.ever.as_ref()?, hosts, peers)
    }

    /// The first of these hosts, if all of them never meet any other.
    fn lonely(&self, hosts: &[String]) -> Option<String> {
        self.meetings.ever.as_ref()?.all_alone(hosts)
    }
}

/// What a condition is about that hosts only have once they have met: the hosts, their peers if it
/// names some, and whether it is true, without `not` before it, of hosts that have not met.
fn without_meeting(condition: &Condition) -> Option<(&Hosts, Option<&Hosts>, bool)> {
    let zero = |bound: &Bound<u64>| bound.holds(&0);
    Some(match condition.whole() {
        Condition::Knows { hosts, peers, .. }
        | Condition::KnowsFormer { hosts, peers }
        | Condition::EntryConnected { hosts, peers, .. }
        | Condition::EntryAddress { hosts, peers, .. }
        | Condition::ToldAddress { hosts, peers, .. }
        | Condition::Connected { hosts, peers }
        | Condition::Direct { hosts, peers }
        | Condition::Relayed { hosts, peers } => (hosts, Some(peers), false),
        Condition::EntryAddresses {
            hosts,
            peers,
            count,
        }
        | Condition::Asked {
            hosts,
            peers,
            count,
            ..
        } => (hosts, Some(peers), zero(count)),
        Condition::Connections { hosts, count, to }
        | Condition::Dials { hosts, count, to }
        | Condition::Punches { hosts, count, to }
        | Condition::FailedPunches { hosts, count, to }
        | Condition::LastEvents { hosts, count, to }
        | Condition::InboundFailures {
            hosts,
            count,
            from: to,
        }
        | Condition::RequestAnswers {
            hosts,
            count,
            from: to,
        }
        | Condition::Publications {
            hosts,
            count,
            from: to,
        }
        | Condition::DialBacks {
            hosts,
            count,
            from: to,
        }
        | Condition::FailedDialBacks {
            hosts,
            count,
            from: to,
        } => (hosts, to.as_ref(), zero(count)),
        Condition::Table { hosts, size, .. } | Condition::Bucket { hosts, size, .. } => {
            (hosts, None, zero(size))
        }
        Condition::Pending { hosts, .. } => (hosts, None, false),
        _ => return None,
    })
}

/// The first of both lists, if no host of one can have met a host of the other.
fn apart_in(circles: &Circles, hosts: &[String], peers: &[String]) -> Option<(String, String)> {
    let theirs: IndexSet<usize> = peers.iter().filter_map(|peer| circles.of(peer)).collect();
    let meets = |host: &String| match circles.of(host) {
        None => peers.contains(host),
        Some(circle) => theirs.contains(&circle),
    };
    let apart = !hosts.iter().any(meets);
    apart.then_some((hosts.first()?.clone(), peers.first()?.clone()))
}

/// Whether hosts may meet others than those that lines name together: by an address that
/// another host may have, by a name, behind a router, or by a common identity.
fn is_open(scenario: &ScenarioFile) -> bool {
    let is_strange = |action: &Action| match action {
        Action::Send { .. } | Action::AppCommand { .. } | Action::SetName { .. } => true,
        Action::Listen { .. } => false,
        Action::Dial {
            address: Some(Address::OfRouter(..)),
            ..
        } => true,
        _ => given(action).is_some(),
    };
    !scenario.routers.is_empty()
        || !scenario.names.is_empty()
        || scenario.hosts.iter().any(|group| group.identity.is_some())
        || scripts(scenario).any(|script| script.names_strangers())
        || actions(scenario).any(is_strange)
}
