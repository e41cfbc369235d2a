//! Checks that a file asks for nothing that exceeds a limit.

use std::{ops::Range, time::Duration};

use dht_harness::net::Latency;

use super::Validator;
use crate::{
    action::Action,
    file::scenario::HostGroup,
    limit,
    step::Step,
    syntax::{Hosts, Word},
};

/// The shortest time that a churning host is down, in nanoseconds.
const LEAST_DOWN: u128 = 2_000_000_000;

impl Validator<'_> {
    /// Whether the file has so many hosts that nothing else of it is checked.
    pub(super) fn is_too_large(&mut self) -> bool {
        let scenario = self.scenario;
        let mut hosts: usize = 0;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            hosts = hosts.saturating_add(group.size());
            if hosts > limit::HOSTS {
                self.complain(
                    at,
                    format!(
                        "a file has at most {} hosts, and these make it {hosts}",
                        limit::HOSTS
                    ),
                );
                return true;
            }
        }
        false
    }

    pub(super) fn limits(&mut self) {
        self.searches();
        let scenario = self.scenario;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let problem =
                beyond_setting(group).map(|problem| format!("`{}`: {problem}", group.name));
            self.maybe(at, problem);
            if let Some(known) = &group.bootstrap {
                let pairs = self.members(known).len().saturating_mul(group.size());
                self.maybe(at, too_many_pairs(pairs));
            }
        }
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            let last = fault.until.unwrap_or_default().max(fault.at);
            let late = last > limit::RUN;
            self.maybe(
                at,
                late.then(|| format!("a fault is at most {} after the start", years(limit::RUN))),
            );
        }
        let mut sum = Duration::ZERO;
        let planned = scenario.faults.iter().map(|fault| &fault.action);
        let mut moves: usize = planned.map(|action| self.moved(action)).sum();
        for (step, at) in scenario.steps.iter().zip(&self.places.steps) {
            let before = sum;
            sum = sum.saturating_add(time_of(step));
            if before <= limit::RUN && sum > limit::RUN {
                self.complain(at, format!(
                    "all steps together take at most {} of virtual time, and this one makes them take longer",
                    years(limit::RUN)
                ));
            }
            let moved = self.moved(&step.action);
            if moved > 0 {
                moves += moved;
                let beyond = moves > limit::MOVES;
                self.maybe(
                    at,
                    beyond.then(|| {
                        format!(
                            "all moves together need {moves} addresses, and there are {}",
                            limit::MOVES
                        )
                    }),
                );
            }
        }
    }

    /// How many hosts an action gives a fresh address.
    fn moved(&self, action: &Action) -> usize {
        match action {
            Action::Move { hosts, to: None } => self.members(hosts).len(),
            _ => 0,
        }
    }

    /// Checks how long the search for identities would take.
    fn searches(&mut self) {
        let scenario = self.scenario;
        let mut tries: u64 = 0;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let Some(ground) = &group.ground else {
                continue;
            };
            let each = 1_u64 << (256 - u32::from(ground.bucket)).min(63);
            tries = tries.saturating_add(each.saturating_mul(group.size() as u64));
            if tries > limit::IDENTITIES {
                return self.complain(at, format!(
                    "all `ground` together take about {tries} tries, and {} are allowed: use a farther bucket or fewer hosts",
                    limit::IDENTITIES
                ));
            }
        }
    }

    /// Checks the numbers of a line.
    pub(super) fn line_limits(&mut self, action: &Action, lists: &[Hosts], at: &Range<usize>) {
        if let [one, other, ..] = lists {
            let pairs = self
                .members(one)
                .len()
                .saturating_mul(self.members(other).len());
            self.maybe(at, too_many_pairs(pairs));
        }
        let problem =
            match action {
                Action::Skew {
                    ahead,
                    behind,
                    gains,
                    loses,
                    ..
                } => {
                    let offset = ahead.iter().chain(behind).max();
                    let rate = gains.iter().chain(loses).max();
                    if offset.is_some_and(|offset| *offset > limit::CLOCK_OFFSET) {
                        Some(format!(
                            "a wall clock is at most {} ahead or behind",
                            years(limit::CLOCK_OFFSET)
                        ))
                    } else {
                        rate.is_some_and(|rate| *rate > limit::CLOCK_RATE).then(|| {
                            format!(
                                "a clock gains or loses at most {} millionths",
                                limit::CLOCK_RATE
                            )
                        })
                    }
                }
                Action::SetBandwidth { rate, up, .. } => {
                    let mut rates = std::iter::once(*rate).chain(*up);
                    rates
                        .find(|rate| *rate > limit::BANDWIDTH)
                        .map(|rate| rate_problem(rate, "write 0 for unlimited links"))
                }
                Action::HoldStreams { count, .. } => (*count > limit::STREAMS)
                    .then(|| format!("a line opens at most {} streams", limit::STREAMS)),
                Action::Churn {
                    hosts,
                    time,
                    up,
                    down,
                    ..
                } => {
                    let cycle = up.mean().as_nanos() + down.mean().as_nanos().max(LEAST_DOWN);
                    let each = time.as_nanos() / cycle;
                    let restarts = each.saturating_mul(self.members(hosts).len() as u128);
                    (restarts > limit::RESTARTS).then(|| format!(
                    "this is about {restarts} stops and starts, and a `churn` has at most {}",
                    limit::RESTARTS
                ))
                }
                _ => None,
            };
        self.maybe(at, problem);
    }
}

fn years(time: Duration) -> String {
    format!("{} years", time.as_secs() / 31_557_600)
}

fn too_many_pairs(pairs: usize) -> Option<String> {
    (pairs > limit::PAIRS).then(|| {
        format!(
            "this is about {pairs} pairs of hosts, and at most {} are possible",
            limit::PAIRS
        )
    })
}

/// The virtual time that a step may take by what it says.
fn time_of(step: &Step) -> Duration {
    match &step.action {
        Action::Run { time } | Action::Always { time, .. } | Action::Churn { time, .. } => *time,
        Action::Eventually { within, .. } | Action::Recover { within } => *within,
        Action::Settle { within } => within.unwrap_or_default(),
        _ => Duration::ZERO,
    }
}

/// The setting of a group that exceeds its limit.
fn beyond_setting(group: &HostGroup) -> Option<String> {
    let settings = &group.settings;
    for (name, size) in [
        ("bucket_size", settings.bucket_size),
        ("replication", settings.replication),
        ("parallelism", settings.parallelism),
    ] {
        if size.get() > limit::BUCKET_SIZE {
            return Some(format!("`{name}` is at most {}", limit::BUCKET_SIZE));
        }
    }
    if settings.max_packet_size > limit::PACKET_BYTES {
        return Some(format!(
            "`max_packet_size` is at most {}",
            limit::PACKET_BYTES
        ));
    }
    if settings.max_packet_size == 0 {
        return Some(
            "with a `max_packet_size` of 0 no message can be sent: write at least 1".to_owned(),
        );
    }
    if settings.query_timeout.is_zero() {
        return Some(
            "with a `query_timeout` of 0s each query ends at once: write a time above 0s"
                .to_owned(),
        );
    }
    // An interval of 0s is what libp2p has to cope with; less than a millisecond is time that
    // never passes.
    let intervals = [
        ("periodic_bootstrap", settings.periodic_bootstrap),
        ("replication_interval", settings.replication_interval),
        ("publication_interval", settings.publication_interval),
        ("provider_interval", settings.provider_interval),
        ("identify.interval", Some(settings.identify.interval)),
    ];
    let is_short = |(name, time): &(&str, Option<Duration>)| {
        let may_be_zero = *name != "identify.interval";
        time.is_some_and(|time| time < limit::INTERVAL && !(may_be_zero && time.is_zero()))
    };
    if let Some((name, _)) = intervals.into_iter().find(is_short) {
        return Some(format!("`{name}` is at least 1ms"));
    }
    let lives = [
        ("record_ttl", settings.record_ttl),
        ("provider_ttl", settings.provider_ttl),
    ];
    let no_life =
        |(_, time): &(_, Option<Duration>)| time.is_some_and(|time| time < limit::INTERVAL);
    if let Some((name, _)) = lives.into_iter().find(no_life) {
        return Some(format!(
            "with a `{name}` below 1ms everything has expired at once: write a longer time, or \"never\""
        ));
    }
    let protocol = settings.protocol.as_ref();
    if protocol.len() > limit::PROTOCOL_BYTES {
        return Some(format!(
            "`protocol` has at most {} bytes",
            limit::PROTOCOL_BYTES
        ));
    }
    if protocol.contains(['\n', '\r', '\0']) {
        return Some("`protocol` is one line".to_owned());
    }
    // A connection without end may be idle for ever.
    let times = [
        ("query_timeout", Some(settings.query_timeout)),
        ("substreams_timeout", Some(settings.substreams_timeout)),
        ("periodic_bootstrap", settings.periodic_bootstrap),
        ("pending_timeout", Some(settings.pending_timeout)),
        ("record_ttl", settings.record_ttl),
        ("replication_interval", settings.replication_interval),
        ("publication_interval", settings.publication_interval),
        ("provider_ttl", settings.provider_ttl),
        ("provider_interval", settings.provider_interval),
        ("identify.interval", Some(settings.identify.interval)),
    ];
    let long = times
        .into_iter()
        .find(|(_, time)| time.is_some_and(|time| time > limit::TIME));
    long.map(|(name, _)| format!("`{name}` is at most {}", years(limit::TIME)))
}

/// The problem of a rate that limits nothing.
pub(super) fn rate_problem(rate: u64, remedy: &str) -> String {
    format!(
        "{rate} bytes per second limit nothing: the rate of a link is at most {}; {remedy}",
        limit::BANDWIDTH
    )
}

/// Less than this is not a difference between latencies, in seconds.
const LEAST_SPREAD: f64 = 1e-6;

/// A usual time of a distribution, and about how far apart the least and the greatest of a
/// thousand times are, in seconds. `None` where the distribution has no such form.
fn spread(latency: &Latency) -> Option<(Duration, f64)> {
    let seconds = Duration::as_secs_f64;
    Some(match latency {
        Latency::Uniform { min, max } => (*min, seconds(&max.saturating_sub(*min))),
        Latency::Exponential { min, mean } => (*min, 7.0 * seconds(&mean.saturating_sub(*min))),
        Latency::LogNormal { median, sigma } => (*median, 6.0 * sigma * seconds(median)),
        Latency::Weibull { scale, shape } => (*scale, 9.0 / shape * seconds(scale)),
        Latency::Pareto { min, shape } => (*min, 7.0 / shape * seconds(min)),
        _ => return None,
    })
}

/// A distribution whose times are latencies of links.
pub(super) fn latency_problem(latency: &Latency) -> Option<String> {
    let (longest, sigma) = match latency {
        Latency::Constant(time) => (*time, 0.0),
        Latency::Uniform { max, .. } => (*max, 0.0),
        Latency::Exponential { mean, .. } => (*mean, 0.0),
        Latency::LogNormal { median, sigma } => (*median, *sigma),
        Latency::Weibull { scale, .. } => (latency.mean().max(*scale), 0.0),
        Latency::Pareto { .. } => (latency.mean(), 0.0),
        Latency::Bimodal { usual, rare, .. } => (*usual.max(rare), 0.0),
        Latency::Empirical(samples) => (samples.values().last().copied().unwrap_or_default(), 0.0),
    };
    if longest > limit::LATENCY || sigma > limit::SIGMA {
        return Some(format!(
            "`{}` is too long: a latency is at most 24 hours, and its deviation at most {}",
            latency.write(),
            limit::SIGMA
        ));
    }
    let constant = match latency {
        Latency::Empirical(samples) => {
            let (first, last) = (samples.values().first(), samples.values().last());
            first.filter(|first| Some(*first) == last).copied()
        }
        _ => spread(latency)
            .filter(|(_, spread)| *spread < LEAST_SPREAD)
            .map(|(time, _)| time),
    };
    constant.map(|time| {
        format!(
            "`{}` is always the same: write `{}`, or different times",
            latency.write(),
            humantime::format_duration(time)
        )
    })
}
