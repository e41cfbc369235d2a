//! Checks that conditions on queries and tables depend on what happens in the run.

use std::{ops::Range, time::Duration};

use dht_harness::noun;
use indexmap::{IndexMap, IndexSet};
use libp2p::kad;

use super::{
    Validator,
    keys::Stored,
    lists::{actions, beyond, scripts},
    names::Started,
};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    file::{
        members::members,
        scenario::{HostGroup, ScenarioFile},
    },
    syntax::{Bound, Compare, Hosts, Mode, Name, Outcome, Quorum, Word},
};

/// By how much a query may exceed its timeout. A query that exceeds it by more violates the
/// standard invariant `queries-end`, whatever a step says.
const LATE: Duration = Duration::from_secs(11);

/// How many times what a query needs no query reaches, even if libp2p asks each peer twice.
const FAR_BEYOND: u64 = 2;

/// The buckets of a table.
const BUCKETS: u64 = 256;

/// What is certain about all runs of a file.
pub(super) struct Certain<'a> {
    /// The number of other peers that a host can hear of. `None` if that may be more than
    /// the other hosts of the file.
    others: Option<u64>,
    /// The number of other identities that a host can hear of, those included that hosts give
    /// up. `None` if that may be more than those of the file.
    identities: Option<u64>,
    /// Whether hosts run at the pace of virtual time: none is paused, slow or has a skewed
    /// clock.
    is_paced: bool,
    /// The hosts that give up their identities.
    renamed: IndexSet<&'a Hosts>,
}

impl<'a> Certain<'a> {
    /// `known` says that no host has a stack that may do what the file does not say.
    pub(super) fn of(scenario: &'a ScenarioFile, known: bool) -> Self {
        let strange =
            |action: &Action| matches!(action, Action::Send { .. } | Action::AppCommand { .. });
        let renamed: IndexSet<&Hosts> = actions(scenario).filter_map(renamed).collect();
        let has_no_strangers = known
            && !actions(scenario).any(strange)
            && !scripts(scenario).any(|script| script.names_strangers());
        let is_closed = has_no_strangers && renamed.is_empty();
        let others = (scenario.size() as u64).saturating_sub(1);
        // Hosts have one more identity with each `restart` that takes theirs. How many a `churn`
        // takes depends on the run.
        let restarts = actions(scenario).filter_map(self::renamed).count();
        let given_up = restarts.saturating_mul(scenario.size()) as u64;
        let is_counted = has_no_strangers && !actions(scenario).any(renamed_by_churn);
        let holds_up = |action: &Action| {
            matches!(
                action,
                Action::Pause { .. } | Action::Slow { .. } | Action::Skew { .. }
            )
        };
        Certain {
            others: is_closed.then_some(others),
            identities: is_counted.then(|| others.saturating_add(given_up)),
            is_paced: known && !actions(scenario).any(holds_up),
            renamed,
        }
    }

    /// The number of hosts that a host can hear of, itself included, and in words. `None` if
    /// it may hear of more than those of the file.
    pub(super) fn hosts(&self) -> Option<(u64, String)> {
        let all = self.others? + 1;
        Some((
            all,
            format!("{all} {}", noun(all as usize, "host", "hosts")),
        ))
    }
}

impl Validator<'_> {
    /// The groups that these hosts belong to.
    pub(super) fn groups_of(&self, hosts: &Hosts) -> Vec<&HostGroup> {
        let members: IndexSet<String> = self.members(hosts).into_iter().collect();
        let groups = self.scenario.hosts.iter();
        let is_among = |group: &&HostGroup| {
            let of_group = self.groups.get(&group.name).into_iter().flatten();
            of_group.into_iter().any(|host| members.contains(host))
        };
        groups.filter(is_among).collect()
    }

    /// Why a condition on a query is always or never true, whatever the run does. `None` if
    /// it depends on the run.
    pub(super) fn decided(
        &self,
        name: &Name,
        started: &Started,
        condition: &Condition,
        negated: bool,
    ) -> Option<String> {
        match condition {
            Condition::Steps { count, .. } if started.has_ended => told(
                below_one(count),
                format!("`{}` has ended, and the end of a query is a step", name.0),
            )
            .or_else(|| self.too_many(name, started, count)),
            Condition::Ended { .. } if started.has_ended => told(
                Some(true),
                format!("an earlier step has waited for the end of `{}`", name.0),
            ),
            Condition::Took { time, .. } => self.duration(name, started, time),
            Condition::Values { count, .. } => {
                let of_hosts = self.certain.hosts().and_then(|(most, hosts)| {
                    told(
                        beyond(count, most),
                        format!("there are {hosts}, and each gives one record at most"),
                    )
                });
                let never = || self.never_found(name, Stored::Record, count.holds(&0));
                // That a query which runs has found nothing so far is told by the run.
                of_hosts.or_else(|| never().filter(|_| started.has_ended))
            }
            Condition::Requests { count, .. }
            | Condition::Unanswered { count, .. }
            | Condition::Failures { count, .. }
            | Condition::Steps { count, .. } => self.too_many(name, started, count),
            Condition::Peers { count, .. } => self.most_found(name, started, count),
            Condition::Found { peers, .. } if started.kind.action() == ActionKind::FindPeers => {
                self.finds_itself(name, started, peers, negated)
                    .or_else(|| self.finds_strangers(name, started, peers))
            }
            // That a host which takes part is not reported as a provider is worth a check.
            Condition::Found { peers, .. } if !negated => self.never_provide(name, peers),
            // That there is none at all is what `peers` says.
            Condition::Found { .. } => self.never_found(name, Stored::Providers, false),
            Condition::Recall { .. } => self.no_servers(name, started),
            // What it is instead of a success is worth a check.
            Condition::Succeeded { .. }
            | Condition::Answer {
                answer: Outcome::Stored,
                ..
            } if !negated => self.too_few_confirm(name, started),
            _ => None,
        }
    }

    fn duration(&self, name: &Name, started: &Started, bound: &Bound<Duration>) -> Option<String> {
        if !self.certain.is_paced {
            return None;
        }
        // A bootstrap refreshes each bucket at most once.
        let phases = started.kind.phases().unwrap_or(1 + BUCKETS as u32);
        let groups = self.scenario.hosts.iter();
        // The limit of the invariant is that of the most patient host.
        let timeouts = groups
            .filter(|group| group.script.is_none())
            .map(|group| group.settings.query_timeout);
        let most = timeouts.max()?.saturating_mul(phases).saturating_add(LATE);
        let is_beyond = match bound.compare {
            Compare::More | Compare::AtMost => bound.value >= most,
            _ => bound.value > most,
        };
        let always = matches!(bound.compare, Compare::AtMost | Compare::Less);
        told(
            is_beyond.then_some(always),
            format!(
                "`{}` is a `{}`, which the query timeout ends within {}, and the invariant \
                 `queries-end` requires it in any case",
                name.0,
                started.kind.action(),
                humantime::format_duration(most)
            ),
        )
    }

    /// A query asks each peer once in each of its phases. That it does may be checked, with
    /// numbers that a query can reach.
    fn too_many(&self, name: &Name, started: &Started, bound: &Bound<u64>) -> Option<String> {
        let others = self.certain.others?;
        let phases = started.kind.phases().map_or(BUCKETS, u64::from);
        let once = (others + 1).saturating_mul(phases);
        told(
            beyond(bound, once.saturating_mul(FAR_BEYOND)),
            format!(
                "`{}` is a `{}`, which needs {once} requests at most with the hosts of the file: \
                 write a number near to what it needs",
                name.0,
                started.kind.action(),
            ),
        )
    }

    fn most_found(&self, name: &Name, started: &Started, bound: &Bound<u64>) -> Option<String> {
        if started.kind.action() != ActionKind::FindPeers {
            // A host may be its own provider.
            let most = self.certain.others? + 1;
            let hosts = noun(most as usize, "host", "hosts");
            return told(beyond(bound, most), format!("the file has {most} {hosts}"));
        }
        let others = self.certain.others?;
        told(
            beyond(bound, others),
            format!("{} besides the one of `{}`", hosts_there(others), name.0),
        )
    }

    /// Reports a lookup that has to find its own host. That it does not can be checked where
    /// the lookup is about that host, or a script names it.
    fn finds_itself(
        &self,
        name: &Name,
        started: &Started,
        peers: &Hosts,
        negated: bool,
    ) -> Option<String> {
        let found: IndexSet<String> = self.members(peers).into_iter().collect();
        let asking = self.members(&started.hosts);
        let own = asking.iter().find(|host| found.contains(*host))?;
        let is_tried = started.target.as_ref() == Some(own)
            || named_by_scripts(self.scenario).any(|hosts| self.members(hosts).contains(own));
        // Of several hosts each has to find, or not find, the others.
        if negated && (is_tried || asking.len() > 1) {
            return None;
        }
        let remedy = match found.len() {
            1 => "name other hosts".to_owned(),
            _ => format!("write `{},!{own}`", Word::write(peers)),
        };
        Some(format!(
            "`{}` is a lookup of `{own}`, and no lookup finds the host that performs it: {remedy}",
            name.0
        ))
    }

    /// Reports a lookup of hosts that never meet those that it has to find, or not to find.
    fn finds_strangers(&self, name: &Name, started: &Started, peers: &Hosts) -> Option<String> {
        let (asking, found) = (self.members(&started.hosts), self.members(peers));
        let (one, other) = self.apart(&asking, &found)?;
        Some(format!(
            "nothing brings `{one}`, the host of `{}`, and `{other}` together, so that it never finds it: \
             add a line or a `bootstrap` that does, or remove this line",
            name.0
        ))
    }

    /// Reports providers that no line makes some.
    fn never_provide(&self, name: &Name, peers: &Hosts) -> Option<String> {
        if !self.are_stores_known() || scripts(self.scenario).next().is_some() {
            return None;
        }
        let mut providers: IndexSet<String> = IndexSet::new();
        for action in actions(self.scenario) {
            match action.started() {
                Action::Provide { hosts, .. } => providers.extend(self.members(hosts)),
                Action::StoreProviderLocal { provider, .. } => {
                    providers.extend(self.members(provider));
                }
                _ => {}
            }
        }
        let peers = self.members(peers);
        let never = peers.iter().find(|peer| !providers.contains(*peer))?;
        Some(format!(
            "no line makes `{never}` a provider, so that `{}` never finds it: add `provide {never} KEY`, \
             or name another host",
            name.0
        ))
    }

    /// Without a server besides the host that asks, there is nothing to find.
    fn no_servers(&self, name: &Name, started: &Started) -> Option<String> {
        let servers = self.may_be_servers()?;
        let asking = self.members(&started.hosts);
        let has_other = |host: &String| servers.iter().any(|server| server != host);
        (!asking.iter().any(has_other)).then(|| {
            format!(
                "no host besides the one of `{}` is ever a server, so its recall is 1 whatever it \
                 finds: remove mode = \"client\", or use `peers`",
                name.0
            )
        })
    }

    /// Reports a success that needs the confirmation of more peers than there are. libp2p
    /// counts the quorum from the replication factor, not from the peers that it finds.
    fn too_few_confirm(&self, name: &Name, started: &Started) -> Option<String> {
        let quorum = started.quorum?;
        let others = self.certain.others?;
        let groups = self.groups_of(&started.hosts);
        let factors = groups.iter().map(|group| group.settings.replication.get());
        let all = factors.max()?;
        let needed = match quorum {
            Quorum::One => 1,
            Quorum::Majority => all / 2 + 1,
            Quorum::All => all,
            Quorum::Count(count) => all.min(count as usize),
        };
        (needed as u64 > others).then(|| {
            format!(
                "this is never true: the quorum of `{}` is {needed} peers, and {} \
                 besides its own: add quorum=one or another number to the `put`, or set \
                 `replication`",
                name.0,
                hosts_there(others)
            )
        })
    }

    /// Reports a quorum of more peers than libp2p stores a record at, which it lowers.
    pub(super) fn quorums(&mut self, action: &Action, at: &Range<usize>) {
        let query = action.started();
        let Action::Put {
            hosts,
            quorum: Some(Quorum::Count(count)),
            ..
        } = query
        else {
            return;
        };
        let groups = self.groups_of(hosts);
        let factors = groups.iter().map(|group| group.settings.replication.get());
        let most = factors.max().filter(|most| *count as usize > *most);
        let problem = most.filter(|_| self.prompt).map(|most| {
            format!(
                "a record is stored at {most} peers, the `replication` of the host, so that \
                 quorum={count} is the same as quorum=all: write that, or a number up to {most}"
            )
        });
        self.maybe(at, problem);
    }

    /// The hosts that may be servers at some time. `None` if that is not certain.
    pub(super) fn may_be_servers(&self) -> Option<IndexSet<String>> {
        let servers = || may_be_servers(self.scenario, &self.groups);
        self.prompt.then(servers)
    }

    /// Reports a former identity of a host that keeps its own.
    pub(super) fn former_identities(&mut self, condition: &Condition, at: &Range<usize>) {
        let Condition::KnowsFormer { peers, .. } = condition.whole() else {
            return;
        };
        let renamed = self.certain.renamed.iter();
        let given_up: IndexSet<String> = renamed.flat_map(|hosts| self.members(hosts)).collect();
        let peers = self.members(peers);
        let problem = peers.iter().find(|peer| !given_up.contains(*peer));
        let problem = problem.map(|peer| {
            format!(
                "`{peer}` has had one identity only: add `restart {peer} lose-identity`, or use \
                 `knows`"
            )
        });
        self.maybe(at, problem);
    }

    /// Reports a number of entries that no table, or every one, has.
    pub(super) fn table_sizes(&mut self, condition: &Condition, at: &Range<usize>) {
        if let Condition::Pending { hosts, .. } = condition.whole() {
            return self.never_pending(hosts, at);
        }
        let (hosts, bound, buckets) = match condition.whole() {
            Condition::Table { hosts, size, .. } => (hosts, size, BUCKETS),
            Condition::Bucket { hosts, size, .. } | Condition::Buckets { hosts, size } => {
                (hosts, size, 1)
            }
            _ => return,
        };
        let of_others = self.certain.others.and_then(|others| {
            let why = match others {
                1 => "there is 1 other host that a table can hold".to_owned(),
                _ => format!("there are {others} other hosts that a table can hold"),
            };
            told(beyond(bound, others), why)
        });
        let of_identities = || {
            let most = self.certain.identities?;
            let why = format!(
                "with the identities that hosts give up there are at most {most} others that a \
                 table can hold: write a number near to what it can be"
            );
            told(beyond(bound, most), why)
        };
        let of_size = || {
            let groups = self.groups_of(hosts);
            let sizes = groups.iter().map(|group| group.settings.bucket_size.get());
            let size = sizes.max()? as u64;
            let most = size.saturating_mul(buckets);
            let why = format!("`bucket_size` is {size}, so that it is at most {most}");
            // That libp2p keeps the limit itself may be checked.
            told(beyond(bound, most + 1), why)
        };
        let problem = of_others.or_else(of_identities).or_else(of_size);
        self.maybe(at, problem);
    }
}

impl Validator<'_> {
    /// Reports a peer that waits for a place in a bucket that has room for all others.
    fn never_pending(&mut self, hosts: &Hosts, at: &Range<usize>) {
        let Some(most) = self.certain.identities else {
            return;
        };
        let groups = self.groups_of(hosts);
        let sizes = groups.iter().map(|group| group.settings.bucket_size.get());
        let room = sizes.min().filter(|size| most <= *size as u64);
        let problem = room.map(|size| {
            format!(
                "this is never true: `bucket_size` is {size}, and there {} that a table can hold, so \
                 that no bucket is ever full: add hosts, or a smaller `bucket_size`",
                match most {
                    1 => "is 1 other host".to_owned(),
                    _ => format!("are {most} other hosts"),
                }
            )
        });
        self.maybe(at, problem);
    }
}

/// The hosts with a DHT that may be servers at some time.
pub(super) fn may_be_servers(
    scenario: &ScenarioFile,
    groups: &IndexMap<String, Vec<String>>,
) -> IndexSet<String> {
    let mut servers: IndexSet<String> = IndexSet::new();
    for group in &scenario.hosts {
        let is_client = group.settings.mode == Some(kad::Mode::Client);
        if group.script.is_none() && !is_client {
            servers.extend(group.members());
        }
    }
    for action in actions(scenario) {
        if let Action::SetMode { hosts, mode } = action
            && *mode != Mode::Client
        {
            servers.extend(members(hosts, groups));
        }
    }
    servers
}

/// The hosts whose identities an action replaces.
fn renamed(action: &Action) -> Option<&Hosts> {
    match action {
        Action::Restart {
            hosts,
            lose_identity: true,
            ..
        }
        | Action::Churn {
            hosts,
            lose_identity: true,
            ..
        } => Some(hosts),
        _ => None,
    }
}

/// Whether an action replaces identities as often as hosts go down in it.
fn renamed_by_churn(action: &Action) -> bool {
    matches!(action, Action::Churn { lose_identity, .. } if *lose_identity)
}

/// The hosts that scripts name in their answers.
fn named_by_scripts(scenario: &ScenarioFile) -> impl Iterator<Item = &Hosts> {
    let first = scenario
        .hosts
        .iter()
        .filter_map(|group| group.peers.as_ref());
    let later = actions(scenario).filter_map(|action| match action {
        Action::SetScript { peers, .. } => peers.as_ref(),
        _ => None,
    });
    first.chain(later)
}

/// Whether a number from 1 always satisfies a bound, or never. `None` if it depends.
fn below_one(bound: &Bound<u64>) -> Option<bool> {
    match (bound.compare, bound.value) {
        (Compare::AtLeast, 0 | 1) | (Compare::More, 0) => Some(true),
        (Compare::Equal | Compare::AtMost, 0) | (Compare::Less, 0 | 1) => Some(false),
        _ => None,
    }
}

/// How many other hosts there are, as a part of a sentence.
fn hosts_there(others: u64) -> String {
    match others {
        1 => "there is 1 host".to_owned(),
        _ => format!("there are {others} hosts"),
    }
}

/// The problem of a bound that is decided.
pub(super) fn told(decided: Option<bool>, why: String) -> Option<String> {
    let how = if decided? { "always" } else { "never" };
    Some(format!("this is {how} true: {why}"))
}
