//! Finds times that the run is too short for, and buckets that no host of a file falls into.

use std::time::Duration;

use dht_fixtures::{KadSettings, identities};
use indexmap::IndexMap;
use libp2p::PeerId;

use super::{bounds::Certain, is_prompt, lists::actions};
use crate::{
    condition::Condition,
    file::{
        members::members_for_report,
        network::NetworkSettings,
        router::RouterGroup,
        scenario::{HostGroup, ScenarioFile},
    },
    step::{Fails, Step},
};

/// How many hosts a file has at most whose ids are compared: the effort grows with the square.
const MOST: usize = 256;

/// A time of a host or a router, and what it is without a word in the file.
struct Time {
    key: &'static str,
    set: Duration,
    usual: Option<Duration>,
    /// Whether a condition is about what comes of it.
    is_read: fn(&Condition) -> bool,
}

impl Time {
    fn new(
        key: &'static str,
        set: impl Into<Option<Duration>>,
        usual: impl Into<Option<Duration>>,
        is_read: fn(&Condition) -> bool,
    ) -> Option<Self> {
        let (set, usual) = (set.into()?, usual.into());
        // That something never takes place is said with `never`.
        (Some(set) != usual).then_some(Time {
            key,
            set,
            usual,
            is_read,
        })
    }
}

impl ScenarioFile {
    /// The settings whose time is longer than the run, where their default is longer too.
    pub(super) fn overlong_settings(&self) -> Vec<String> {
        let groups = self.members_of_groups();
        let Some(longest) = self.longest(&groups) else {
            return Vec::new();
        };
        let conditions = actions(self).filter_map(|action| action.condition());
        let conditions: Vec<&Condition> = conditions.map(Condition::whole).collect();
        let is_idle = |time: &Time| {
            let is_late = |due: Duration| due > longest;
            is_late(time.set)
                && time.usual.is_none_or(is_late)
                && !conditions.iter().any(|condition| (time.is_read)(condition))
        };
        let tell = |time: Time, whose: &str| {
            format!(
                "`{}`{whose}: it is {}, and all steps have ended at the latest {} after the start",
                time.key,
                humantime::format_duration(time.set),
                humantime::format_duration(longest)
            )
        };
        let mut told = Vec::new();
        for group in &self.hosts {
            let times = times_of(group, self.size()).into_iter();
            let idle = times.filter(is_idle);
            told.extend(idle.map(|time| tell(time, &format!(" of `{}`", group.name))));
        }
        let usual = RouterGroup::default();
        for group in &self.routers {
            let times = [
                Time::new("lifetime", group.lifetime, usual.lifetime, |_| false),
                Time::new(
                    "udp_lifetime",
                    group.udp_lifetime,
                    usual.udp_lifetime,
                    |_| false,
                ),
            ];
            let idle = times.into_iter().flatten().filter(is_idle);
            told.extend(idle.map(|time| tell(time, &format!(" of `{}`", group.name))));
        }
        let (network, usual) = (&self.network, NetworkSettings::default());
        let dials = Time::new(
            "dial_timeout",
            network.dial_timeout,
            usual.dial_timeout,
            |_| false,
        );
        told.extend(
            dials
                .filter(is_idle)
                .map(|time| tell(time, " of `network`")),
        );
        told
    }

    /// The conditions on a bucket that hold whatever happens, since too few hosts of the file
    /// fall into it.
    pub(super) fn unreachable_buckets(&self) -> Vec<String> {
        let about = |step: &Step| {
            let condition = step.action.condition().map(Condition::whole);
            matches!(
                condition,
                Some(Condition::Bucket { .. } | Condition::Pending { .. })
            )
        };
        let is_closed = Certain::of(self, is_prompt(self)).hosts().is_some();
        // Where ids are searched for, the file is about their bucket.
        let has_ground = self.hosts.iter().any(|group| group.ground.is_some());
        if self.size() > MOST || !is_closed || has_ground || !self.steps.iter().any(about) {
            return Vec::new();
        }
        let numbers = self.identities().into_iter();
        let peers: IndexMap<String, PeerId> = numbers
            .map(|(host, number)| (host, identities::identity(number).public().to_peer_id()))
            .collect();
        let groups = self.members_of_groups();
        let steps = self.steps.iter().enumerate();
        let told = steps.filter_map(|(index, step)| {
            let condition = step
                .action
                .condition()
                .filter(|_| step.fails == Fails::No)?;
            let (hosts, bucket) = match condition.whole() {
                Condition::Bucket { hosts, bucket, .. } | Condition::Pending { hosts, bucket } => {
                    (hosts, usize::from(bucket.0))
                }
                _ => return None,
            };
            let counts = members_for_report(hosts, &groups).into_iter();
            let counts: Vec<(String, u64)> = counts
                .map(|host| {
                    let count = in_bucket(&peers, &host, bucket);
                    (host, count)
                })
                .collect();
            let holds_always = counts.iter().all(|(host, most)| match condition.whole() {
                Condition::Bucket { size, .. } => {
                    (0..=*most).all(|number| condition.with(size.holds(&number)))
                }
                _ => condition.with(false) && *most <= self.bucket_size_of(host),
            });
            let (host, most) = counts.first().filter(|_| holds_always)?;
            let fall = match most {
                0 => "no host of the file falls".to_owned(),
                1 => "1 host of the file falls".to_owned(),
                _ => format!("{most} hosts of the file fall"),
            };
            Some(format!(
                "`{}`, step {}: it cannot fail, since by their ids {fall} into bucket {bucket} of \
                 `{host}`",
                step.action,
                index + 1
            ))
        });
        told.collect()
    }

    /// How many entries a bucket of a host can hold.
    fn bucket_size_of(&self, host: &str) -> u64 {
        let mut groups = self.hosts.iter();
        let group = groups.find(|group| group.members().iter().any(|member| member == host));
        group.map_or(0, |group| group.settings.bucket_size.get() as u64)
    }
}

/// How many of these peers fall into a bucket of a host.
fn in_bucket(peers: &IndexMap<String, PeerId>, host: &str, bucket: usize) -> u64 {
    let Some(own) = peers.get(host) else {
        return 0;
    };
    let fall = |peer: &&PeerId| identities::bucket_of(own, peer) == Some(bucket);
    peers.values().filter(fall).count() as u64
}

/// The times of a group that do not have their default, in a file of so many hosts.
fn times_of(group: &HostGroup, hosts: usize) -> Vec<Time> {
    let (settings, usual) = (&group.settings, KadSettings::default());
    let stored: fn(&Condition) -> bool = |condition| {
        matches!(
            condition,
            Condition::Stores { .. }
                | Condition::Records { .. }
                | Condition::Holders { .. }
                | Condition::Provider { .. }
                | Condition::Providers { .. }
                | Condition::Provides { .. }
                | Condition::Values { .. }
                | Condition::Asked { .. }
        )
    };
    let refreshed: fn(&Condition) -> bool = |condition| {
        matches!(
            condition,
            Condition::Bootstraps { .. } | Condition::Queries { .. } | Condition::Asked { .. }
        )
    };
    let connected: fn(&Condition) -> bool = |condition| {
        matches!(
            condition,
            Condition::Connected { .. }
                | Condition::Connections { .. }
                | Condition::Direct { .. }
                | Condition::Relayed { .. }
                | Condition::Sockets { .. }
        )
    };
    let other: fn(&Condition) -> bool = |_| false;
    let usual_ping = dht_fixtures::settings::PingSettings::default();
    let usual_requests = dht_fixtures::settings::RequestSettings::default();
    let ping = settings.neighbours.ping.as_ref();
    let requests = settings.neighbours.request_response.as_ref();
    // Beyond so many hosts a record lives shorter the farther from its key it is stored.
    let is_full = hosts <= settings.replication.get();
    let times = [
        Time::new(
            "query_timeout",
            settings.query_timeout,
            usual.query_timeout,
            other,
        ),
        Time::new(
            "substreams_timeout",
            settings.substreams_timeout,
            usual.substreams_timeout,
            other,
        ),
        Time::new(
            "pending_timeout",
            settings.pending_timeout,
            usual.pending_timeout,
            |condition| matches!(condition, Condition::Pending { .. }),
        ),
        Time::new(
            "idle_timeout",
            settings.idle_timeout,
            usual.idle_timeout,
            connected,
        ),
        Time::new(
            "periodic_bootstrap",
            settings.periodic_bootstrap,
            usual.periodic_bootstrap,
            refreshed,
        ),
        Time::new("record_ttl", settings.record_ttl, usual.record_ttl, stored).filter(|_| is_full),
        Time::new(
            "provider_ttl",
            settings.provider_ttl,
            usual.provider_ttl,
            stored,
        ),
        Time::new(
            "replication_interval",
            settings.replication_interval,
            usual.replication_interval,
            stored,
        ),
        Time::new(
            "publication_interval",
            settings.publication_interval,
            usual.publication_interval,
            stored,
        ),
        Time::new(
            "provider_interval",
            settings.provider_interval,
            usual.provider_interval,
            stored,
        ),
        Time::new(
            "identify.interval",
            settings.identify.interval,
            usual.identify.interval,
            |condition| matches!(condition, Condition::Candidates { .. }),
        ),
        ping.and_then(|ping| Time::new("ping.interval", ping.interval, usual_ping.interval, other)),
        ping.and_then(|ping| Time::new("ping.timeout", ping.timeout, usual_ping.timeout, other)),
        requests.and_then(|requests| {
            Time::new(
                "request_response.timeout",
                requests.timeout,
                usual_requests.timeout,
                |condition| matches!(condition, Condition::RequestAnswers { .. }),
            )
        }),
    ];
    times.into_iter().flatten().collect()
}
