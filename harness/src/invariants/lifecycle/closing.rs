//! The founding invariants: a closed host is really closed (go-libp2p issue 2911).

use std::time::Duration;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        at_each_host, phrase,
    },
    net::HostId,
    noun,
    world::{HostStatus, World},
};

/// After its close a host has no swarm, listener, connection, dial, stream, task or
/// timer. The swarm, the network, the executor and the clock are checked.
#[derive(Default)]
pub(crate) struct ClosedHoldsNothing {
    /// Whether tasks of unknown hosts were already reported. They stay alive, so they
    /// are reported once.
    reported: bool,
}

const CONNECT_ACCEPTED: FindingKind = FindingKind::new(
    "connect-accepted",
    "a closed host accepts a request to connect",
);
const FOREIGN_TASKS: FindingKind = FindingKind::new(
    "foreign-tasks",
    "tasks of a bare `tokio::spawn`, or their timers, outlive the hosts that spawned them",
);
const SWARM: FindingKind = FindingKind::new("swarm", "a closed host has a swarm");
const LISTENERS: FindingKind = FindingKind::new("listeners", "a closed host listens");
const DIALS: FindingKind = FindingKind::new("dials", "a closed host dials");
const UNTAKEN: FindingKind = FindingKind::new(
    "untaken-connections",
    "inbound connections wait to be accepted by a closed host",
);
const CONNECTIONS: FindingKind = FindingKind::new(
    "connections",
    "a closed host has connections in the network",
);
const STREAMS: FindingKind = FindingKind::new("streams", "a closed host has streams");
const TASKS: FindingKind = FindingKind::new("tasks", "tasks of a closed host are alive");
const TIMERS: FindingKind = FindingKind::new("timers", "a closed host has timers");

impl ClosedHoldsNothing {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "closed-holds-nothing",
        statement: "after its close a host has no swarm, listener, connection, dial, stream, task or timer",
        kinds: &[
            CONNECT_ACCEPTED,
            FOREIGN_TASKS,
            SWARM,
            LISTENERS,
            DIALS,
            UNTAKEN,
            CONNECTIONS,
            STREAMS,
            TASKS,
            TIMERS,
        ],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "swarm, resources of the network, tasks, timers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ClosedHoldsNothing::default()),
    };
}

impl Invariant for ClosedHoldsNothing {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            look(world, *host, report);
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            look(world, host, report);
        }
        self.look_for_foreign_tasks(world, report);
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }

    fn connect_after_close_accepted(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        report
            .violated(CONNECT_ACCEPTED)
            .at(host)
            .subject("connect")
            .since(world.since(host))
            .expected("connect answers HostClosed at once")
            .seen("the dial was accepted");
    }
}

impl ClosedHoldsNothing {
    /// Tasks that hosts spawned with a bare `tokio::spawn`, and their timers, can
    /// only be counted together. They are attributed to the closed hosts once no open
    /// host could own them.
    fn look_for_foreign_tasks(&mut self, world: &World, report: &mut Reporter) {
        let spawners: Vec<HostId> = world
            .hosts()
            .filter(|host| world.engine.tasks().foreign_spawned(*host) > 0)
            .collect();
        let all_over = spawners.iter().all(|host| world.status(*host).is_over());
        if spawners.is_empty() || !all_over || self.reported {
            return;
        }
        let (tasks, timers) = (world.foreign_tasks(), world.foreign_timers());
        if tasks + timers == 0 {
            return;
        }
        self.reported = true;
        report
            .violated(FOREIGN_TASKS)
            .hosts(&spawners)
            .subject("foreign tasks")
            .expected("every task spawned by closed hosts has ended, with its timers")
            .seen(phrase!(
                "{} tasks spawned with tokio::spawn are alive, and {} timers",
                tasks,
                timers
            ));
    }
}

fn look(world: &World, host: HostId, report: &mut Reporter) {
    if !world.status(host).is_over() {
        return;
    }
    let since = world.since(host);
    let mut none = |kind: FindingKind, (one, what): (&'static str, &'static str), count: usize| {
        if count > 0 {
            report
                .violated(kind)
                .at(host)
                .subject(what)
                .since(since)
                .expected(phrase!("no {} after close", what))
                .seen(phrase!("{} {}", count, noun(count, one, what)));
        }
    };
    let has_swarm = usize::from(world.swarm(host).is_some());
    none(SWARM, ("swarm", "swarm"), has_swarm);
    let resources = world.resources(host);
    let listeners = resources.listeners as usize;
    none(LISTENERS, ("listener", "listeners"), listeners);
    none(DIALS, ("dial", "dials"), resources.dials as usize);
    let untaken = ("untaken inbound connection", "untaken inbound connections");
    none(UNTAKEN, untaken, resources.accepts as usize);
    let connections = resources.connections as usize;
    none(CONNECTIONS, ("connection", "connections"), connections);
    none(STREAMS, ("stream", "streams"), resources.streams as usize);
    none(TASKS, ("task", "tasks"), world.engine.tasks().alive(host));
    none(TIMERS, ("timer", "timers"), world.timers(host));
}

/// A closed host is silent in the network: it neither dials, accepts, sends nor
/// receives.
pub(crate) struct ClosedIsSilent;

const DIALLED: FindingKind = FindingKind::new("dial", "a closed host dials");
const ACCEPTED: FindingKind = FindingKind::new("accept", "a closed host accepts a connection");
const SENT: FindingKind = FindingKind::new("send", "a closed host sends");
const RECEIVED: FindingKind = FindingKind::new("receive", "a closed host receives");

impl ClosedIsSilent {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "closed-is-silent",
        statement: "a closed host neither dials, accepts, sends nor receives",
        kinds: &[DIALLED, ACCEPTED, SENT, RECEIVED],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "what hosts do in the network",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ClosedIsSilent),
    };
}

impl Invariant for ClosedIsSilent {
    as_in_catalog!();

    at_each_host!(listen);
}

fn listen(world: &World, host: HostId, report: &mut Reporter) {
    if !world.status(host).is_over() {
        return;
    }
    let since = world.since(host);
    let traffic = world.traffic(host);
    let deeds = [
        (DIALLED, traffic.dialled.last),
        (ACCEPTED, traffic.accepted.last),
        (SENT, traffic.sent.last),
        (RECEIVED, traffic.received.last),
    ];
    for (deed, last) in deeds {
        if let Some(at) = last.filter(|at| *at > since) {
            let what = Value::Id(deed.name.into());
            report
                .violated(deed)
                .at(host)
                .since(since)
                .expected(phrase!("no {} after the close", what.clone()))
                .seen(phrase!("{} at {}", what, at));
        }
    }
}

/// Once the notice of a close can have arrived, no remote counts a connection to the
/// closed host.
pub(crate) struct PeersNoticeClose {
    /// The maximum delay of a notice.
    notice: Duration,
}

impl PeersNoticeClose {
    /// Allows this much virtual time for the notice to arrive.
    pub(crate) fn within(notice: Duration) -> Self {
        PeersNoticeClose { notice }
    }
}

/// Ten seconds: far above any latency of the default network.
impl Default for PeersNoticeClose {
    fn default() -> Self {
        PeersNoticeClose::within(Duration::from_secs(10))
    }
}

const CONNECTED_TO_CLOSED: FindingKind = FindingKind::new(
    "connected-to-closed",
    "a remote counts a connection to a closed host",
);

impl PeersNoticeClose {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "peers-notice-close",
        statement: "once the notice can have arrived, no remote is connected to a closed host",
        kinds: &[CONNECTED_TO_CLOSED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "connected_peers, the states of hosts",
        allows: "crashes, cut links and paused hosts: no notice arrives, over a cut link until some \
                 time after it is healed; connections that the host had lost before and could not \
                 tell of, as by a move",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(PeersNoticeClose::within(limits.notice)),
    };
}

impl Invariant for PeersNoticeClose {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        for host in world.hosts() {
            // A crash sends no notice, and none arrives over a cut link before it is healed.
            let told = world.status(host) == HostStatus::Closed
                && now > world.since(host) + self.notice
                && !world.has_cuts()
                && world
                    .cuts_healed_at()
                    .is_none_or(|healed| now > healed + self.notice);
            if !told {
                continue;
            }
            let peer = world.peer(host);
            for remote in world.hosts() {
                let believes = !world.is_paused(remote)
                    && world.host_of(&peer) == Some(host)
                    && world.is_connected(remote, &peer) == Some(true)
                    && !world.fabric().is_half_open(remote, host);
                if believes {
                    report
                        .violated(CONNECTED_TO_CLOSED)
                        .hosts([host, remote])
                        .subject("connection")
                        .since(world.since(host))
                        .expected(phrase!(
                            "no connection left {} after the close",
                            self.notice
                        ))
                        .seen(phrase!("{} is connected to it", Value::host(world, remote)));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
