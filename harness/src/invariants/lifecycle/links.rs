//! Compares the connections that swarms report with each other and with the network.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use super::connections::connections;
use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    invariants::view::open_hosts,
    net::{ConnKind, HostId, IdHash},
    world::{ConnectionRecord, HostStatus, World},
};

/// A swarm has no more connections than the network has for its host.
pub(crate) struct ConnectionsAreReal;

const UNREAL: FindingKind = FindingKind::new(
    "unreal-connections",
    "a swarm counts connections that the network does not have",
);

impl ConnectionsAreReal {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "connections-are-real",
        statement: "a swarm counts no more connections than its host has in the network",
        kinds: &[UNREAL],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "network_info, the resources of the network",
        allows: "fewer: connections that are being negotiated or dropped; connections through a \
                 relay, which are streams; hosts that are slow, \
                 paused or at this instant resumed, whose swarm has not heard what tasks that are \
                 tokio's own did meanwhile",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ConnectionsAreReal),
    };
}

impl Invariant for ConnectionsAreReal {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let goes_on = |host: &HostId| {
            let awake = world.awake_since(*host);
            awake.is_some_and(|awake| awake < world.now()) && world.slowness(*host).is_none()
        };
        for host in open_hosts(world).filter(goes_on) {
            // A relayed connection is a stream of the connection to its relay.
            let relayed = world.swarm_log(host, |swarm_log| swarm_log.relayed.len() as u32);
            let counted = world.established(host).unwrap_or(0);
            let counted = counted.saturating_sub(relayed);
            let real = world.resources(host).connections;
            if counted > real {
                report
                    .violated(UNREAL)
                    .at(host)
                    .subject("connections")
                    .expected(phrase!(
                        "at most {} {}, as many as the network has",
                        real,
                        connections(real as usize)
                    ))
                    .seen(phrase!("{} {}", counted, connections(counted as usize)));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// If one of two hosts is connected to the other, the other is connected to it.
pub(crate) struct ConnectionsAreMutual {
    notice: Duration,
    /// The pairs in which only the first host counts the connection, and since when.
    alone: IndexMap<(HostId, HostId), VirtualInstant, IdHash>,
}

const ONE_SIDED: FindingKind = FindingKind::new(
    "one-sided-connection",
    "a host is connected to another that is not connected to it",
);

impl ConnectionsAreMutual {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "connections-are-mutual",
        statement: "a host is connected to every peer that is connected to it",
        kinds: &[ONE_SIDED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "connected_peers of both",
        allows: "the time of a notice, hosts that are down or paused, cut links, and \
                 connections that the peer has lost and could not tell of, as by a crash, a move or \
                 a router that has forgotten them",
        standard: false,
        demand: Demand::Always,
        // A stream connection or a dial from a former address fails without notice.
        requires: &[Requirement::NoMoves],
        make: |limits| Box::new(ConnectionsAreMutual::within(limits.notice)),
    };

    /// Allows this much virtual time for the notice of a close to arrive.
    pub(crate) fn within(notice: Duration) -> Self {
        ConnectionsAreMutual {
            notice,
            alone: IndexMap::default(),
        }
    }
}

impl Invariant for ConnectionsAreMutual {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        let before = std::mem::take(&mut self.alone);
        if world.has_cuts() {
            return;
        }
        for host in open_hosts(world).filter(|host| !world.is_paused(*host)) {
            let peer = world.peer(host);
            let connected = world.swarm(host).map(|swarm| swarm.connected);
            for remote in connected.iter().flatten() {
                let Some(remote) = world.host_of(remote) else {
                    continue;
                };
                let answered = world.status(remote) != HostStatus::Open
                    || world.is_paused(remote)
                    || world.swarm_log(remote, |swarm_log| swarm_log.connected.contains_key(&peer));
                if answered || world.fabric().is_half_open(host, remote) {
                    continue;
                }
                let Some(alone) = alone_since(world, host, remote) else {
                    continue;
                };
                // It was seen at the last step, and has not ended in between.
                let before = before.get(&(host, remote)).filter(|seen| **seen >= alone);
                let since = *before.unwrap_or(&now);
                self.alone.insert((host, remote), since);
                if now.saturating_since(since) > self.notice {
                    report
                        .violated(ONE_SIDED)
                        .hosts([host, remote])
                        .subject("connection")
                        .since(since)
                        .expected(phrase!(
                            "{} is connected to it as well",
                            Value::host(world, remote)
                        ))
                        .seen("it is not");
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// The earliest time from which only `host` can have had a connection to this life of
/// `remote`: when its connection was established, or when the last one of `remote`
/// closed. `None` if `host` has no connection to this life.
fn alone_since(world: &World, host: HostId, remote: HostId) -> Option<VirtualInstant> {
    let (peer, other, started_at) = (
        world.peer(host),
        world.peer(remote),
        world.started_at(remote),
    );
    let opened = world.swarm_log(host, |swarm_log| {
        swarm_log
            .open_connections()
            .filter(|(_, record)| record.peer == other && record.opened_at >= started_at)
            .map(|(_, record)| record.opened_at)
            .min()
    })?;
    let parted = world.swarm_log(remote, |swarm_log| {
        let of_host = |record: &&ConnectionRecord| record.peer == peer;
        let records = swarm_log.connections.values().filter(of_host);
        records.filter_map(|record| record.closed_at).max()
    });
    Some(parted.map_or(opened, |parted| parted.max(opened)))
}

/// A connection without activity is closed.
pub(crate) struct IdleConnectionsClose {
    allowed: Duration,
}

const IDLE: FindingKind = FindingKind::new(
    "idle-connections",
    "connections without streams and traffic stay open",
);

impl IdleConnectionsClose {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "idle-connections-close",
        statement: "a host without streams or traffic for the idle timeout has no connections",
        kinds: &[IDLE],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the resources of the network, what hosts send and receive",
        allows: "the time of a notice; byte pipes, whose streams cannot be seen; links that are \
                 cut; hosts that are paused, and that time from then on",
        standard: false,
        demand: Demand::Always,
        // A relay keeps connections for reservations, and idle ones as well (U34).
        requires: &[Requirement::NoTraversal],
        make: |limits| {
            Box::new(IdleConnectionsClose::within(
                limits.idle_timeout + limits.notice,
            ))
        },
    };

    /// Allows a connection to be idle for this long.
    pub(crate) fn within(allowed: Duration) -> Self {
        IdleConnectionsClose { allowed }
    }
}

impl Invariant for IdleConnectionsClose {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        if world.has_cuts() {
            return;
        }
        for host in open_hosts(world) {
            let Some(awake) = world.awake_since(host) else {
                continue;
            };
            let established = world.established(host).unwrap_or(0);
            let traffic = world.traffic(host);
            let last = [
                &traffic.sent,
                &traffic.received,
                &traffic.accepted,
                &traffic.dialled,
            ]
            .into_iter()
            .filter_map(|counter| counter.last)
            .max();
            let Some(since) = last.map(|last| last.max(awake)) else {
                continue;
            };
            let idle = world.now().saturating_since(since) > self.allowed
                && world.resources(host).streams == 0;
            if established == 0 || !idle {
                continue;
            }
            let muxed = world
                .fabric()
                .connections_of(host)
                .iter()
                .all(|connection| connection.kind == ConnKind::Mux);
            if muxed {
                report
                    .violated(IDLE)
                    .at(host)
                    .subject("connections")
                    .since(since)
                    .expected(phrase!(
                        "no connections after {} without streams",
                        self.allowed
                    ))
                    .seen(phrase!(
                        "{} {}",
                        established,
                        connections(established as usize)
                    ));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
