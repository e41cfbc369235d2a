//! Limits on the resources of a host.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, as_in_catalog,
        phrase,
    },
    invariants::view::open_hosts,
    net::{HostId, IdHash},
    world::{HostStatus, World},
};

/// A host uses no more resources than its connections and queries explain.
pub(crate) struct ResourcesBounded {
    streams: usize,
}

/// The tasks and timers of a host apart from those of its connections and queries:
/// those of the driver, the behaviours and the application.
const OWN: usize = 32;

/// The streams of other protocols on a connection: identify and ping in both
/// directions, and some that are being opened.
const OTHER_STREAMS: usize = 16;

/// Timers of a connection: the idle timer and one or two for each behaviour.
const TIMERS_OF_CONNECTION: usize = 16;

const TASKS: FindingKind = FindingKind::new("too-many-tasks", "a host has too many tasks");
const TIMERS: FindingKind = FindingKind::new("too-many-timers", "a host has too many timers");
const STREAMS: FindingKind = FindingKind::new("too-many-streams", "a host has too many streams");

impl ResourcesBounded {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "resources-bounded",
        statement: "a host has no more tasks, timers and streams than its connections account for",
        kinds: &[TASKS, TIMERS, STREAMS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tasks, timers, the resources of the network, network_info",
        allows: "32 tasks and timers of the host itself, and for each connection a task, 16 timers, \
                 16 streams of other protocols and as many of the DHT as the limits say, each \
                 with a timer",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(ResourcesBounded::of(limits)),
    };

    /// Creates the invariant for DHTs with this limit on the streams of a connection.
    pub(crate) fn of(limits: &Limits) -> Self {
        ResourcesBounded {
            streams: 2 * limits.streams + OTHER_STREAMS,
        }
    }
}

impl Invariant for ResourcesBounded {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            let Some(attempts) = world.attempts(host) else {
                continue;
            };
            let resources = world.resources(host);
            let connections = attempts as usize
                + resources.connections as usize
                + resources.dials as usize
                + resources.accepts as usize;
            let mut at_most = |kind: FindingKind, what: &'static str, most: usize, count: usize| {
                if count > most {
                    report
                        .violated(kind)
                        .at(host)
                        .subject(what)
                        .expected(phrase!(
                            "at most {} {} with {} connections and dials",
                            most,
                            what,
                            connections
                        ))
                        .seen(count);
                }
            };
            let streams = connections * self.streams;
            let timers = OWN + connections * TIMERS_OF_CONNECTION + resources.streams as usize;
            let tasks = OWN + connections;
            at_most(TASKS, "tasks", tasks, world.engine.tasks().alive(host));
            at_most(TIMERS, "timers", timers, world.timers(host));
            at_most(STREAMS, "streams", streams, resources.streams as usize);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// A host without traffic hardly runs.
pub(crate) struct NoBusyLoop {
    most: u32,
    seen: IndexMap<HostId, Calm, IdHash>,
}

/// The activity of a host in the current second.
struct Calm {
    since: VirtualInstant,
    traffic: u64,
    runs: u32,
}

const BUSY: FindingKind = FindingKind::new("busy-loop", "a host without traffic runs too often");

impl NoBusyLoop {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-busy-loop",
        statement: "a host without traffic does not run too often in a second",
        kinds: &[BUSY],
        moments: &[Moment::AfterEvent],
        data: "the hosts that run after an event, and what they send, receive and dial",
        allows: "hosts with traffic",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(NoBusyLoop::at_most(limits.runs_per_second)),
    };

    /// Allows a host without traffic to run this often per second.
    pub(crate) fn at_most(runs: u32) -> Self {
        NoBusyLoop {
            most: runs,
            seen: IndexMap::default(),
        }
    }
}

impl Invariant for NoBusyLoop {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        let now = world.now();
        for host in touched {
            let calm = self.seen.entry(*host).or_insert(Calm {
                since: now,
                traffic: 0,
                runs: 0,
            });
            calm.runs += 1;
            if now.as_nanos() - calm.since.as_nanos() >= 1_000_000_000 {
                calm.since = now;
                calm.runs = 1;
            }
            if calm.runs <= self.most || world.status(*host) != HostStatus::Open {
                continue;
            }
            // The traffic is only read for hosts that run often.
            let traffic = world.traffic(*host);
            let traffic = [
                traffic.sent.count,
                traffic.received.count,
                traffic.accepted.count,
                traffic.dialled.count,
            ]
            .iter()
            .sum();
            if std::mem::replace(&mut calm.traffic, traffic) == traffic {
                report
                    .violated(BUSY)
                    .at(*host)
                    .subject("runs")
                    .since(calm.since)
                    .expected(phrase!(
                        "at most {} runs in a second without traffic",
                        self.most
                    ))
                    .seen(phrase!("{} runs", calm.runs));
            }
            calm.since = now;
            calm.runs = 0;
        }
    }
}
