//! Conditions on hosts and their connections.

use std::collections::BTreeMap;

use dht_harness::{SimError, World, check::Value, net::HostId, phrase, world::HostStatus};
use libp2p::{PeerId, kad};

use crate::runner::{
    neighbours::neighbours_of,
    perform::{no_arm, raw},
    scenario::Runner,
};
use crate::{
    condition::Condition,
    syntax::{Bound, DhtMode, HostState, Hosts, Word},
};

use super::{Fact, Things, counted_of, fact, named};

impl Runner {
    pub(super) fn hosts(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Connected { hosts, peers } => self.each_pair(hosts, peers, |host, other| {
                let peer = other.peer();
                let connected = world
                    .swarm(host.id())
                    .is_some_and(|swarm| swarm.connected.contains(&peer));
                let seen = match connected {
                    true => phrase!("{}: connected to {}", named(host), named(other)),
                    false => phrase!("{}: not connected to {}", named(host), named(other)),
                };
                fact(host.id(), connected, seen)
            }),
            Condition::Connections { hosts, count, to } => self.tallied(
                hosts,
                to.as_ref(),
                ("connection", "connections", "to"),
                count,
                |host, peer| connections(world, host, peer),
            ),
            Condition::RequestAnswers { hosts, count, from } => {
                let mut answers = BTreeMap::new();
                for handle in self.registry.all(hosts)? {
                    neighbours_of(&*handle, |neighbours| {
                        answers.insert(handle.id(), neighbours.answers().clone());
                    })?;
                }
                self.tallied(
                    hosts,
                    from.as_ref(),
                    ("answer to a request", "answers to requests", "of"),
                    count,
                    |host, peer| match peer {
                        Some(peer) => answers[&host].get(&peer).copied().unwrap_or(0),
                        None => answers[&host].values().sum(),
                    },
                )
            }
            Condition::Publications { hosts, count, from } => {
                let mut received = BTreeMap::new();
                for handle in self.registry.all(hosts)? {
                    neighbours_of(&*handle, |neighbours| {
                        received.insert(handle.id(), neighbours.publications().clone());
                    })?;
                }
                self.tallied(
                    hosts,
                    from.as_ref(),
                    ("message of gossipsub", "messages of gossipsub", "of"),
                    count,
                    |host, peer| match peer {
                        Some(peer) => received[&host].get(&peer).copied().unwrap_or(0),
                        None => received[&host].values().sum(),
                    },
                )
            }
            Condition::LastEvents { hosts, count, to } => {
                let mut reported = BTreeMap::new();
                for handle in self.registry.all(hosts)? {
                    raw(&*handle, |peer| {
                        reported.insert(handle.id(), peer.kad.last_events().clone());
                    })?;
                }
                self.tallied(
                    hosts,
                    to.as_ref(),
                    (
                        "last event of connections",
                        "last events of connections",
                        "to",
                    ),
                    count,
                    |host, peer| match peer {
                        Some(peer) => reported[&host].get(&peer).copied().unwrap_or(0),
                        None => reported[&host].values().sum(),
                    },
                )
            }
            Condition::Dials { hosts, count, to } => self.tallied(
                hosts,
                to.as_ref(),
                ("dial", "dials", "of"),
                count,
                |host, peer| dials(world, host, peer),
            ),
            Condition::InboundFailures { hosts, count, from } => self.tallied(
                hosts,
                from.as_ref(),
                (
                    "failed inbound connection",
                    "failed inbound connections",
                    "of",
                ),
                count,
                |host, peer| inbound_failures(world, host, peer),
            ),
            Condition::UnderWay { hosts, count } => self.facts_of_each(hosts, |host| {
                let pending = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.pending as usize);
                counted_of(
                    host,
                    (
                        "dial or handshake under way",
                        "dials and handshakes under way",
                    ),
                    pending,
                    count,
                )
            }),
            Condition::Listeners { hosts, count } => self.facts_of_each(hosts, |host| {
                let listeners = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.listeners.len());
                counted_of(
                    host,
                    ("address listened on", "addresses listened on"),
                    listeners,
                    count,
                )
            }),
            Condition::External { hosts, count } => self.facts_of_each(hosts, |host| {
                let external = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.external.len());
                counted_of(
                    host,
                    ("external address", "external addresses"),
                    external,
                    count,
                )
            }),
            Condition::Candidates { hosts, count } => self.facts_of_each(hosts, |host| {
                let offered = world.swarm_log(host.id(), |log| log.candidates as usize);
                counted_of(
                    host,
                    (
                        "offer of an external address",
                        "offers of an external address",
                    ),
                    offered,
                    count,
                )
            }),
            Condition::Sockets { hosts, count } => self.facts_of_each(hosts, |host| {
                counted_of(
                    host,
                    ("socket", "sockets"),
                    sockets(world, host.id()),
                    count,
                )
            }),
            Condition::Tasks { hosts, count } => self.facts_of_each(hosts, |host| {
                counted_of(host, ("task", "tasks"), world.tasks(host.id()), count)
            }),
            Condition::State { hosts, state } => self.facts_of_each(hosts, |host| {
                let status = state_of(world.status(host.id()));
                let word = Word::write(&status);
                let seen = phrase!("{} is {}", named(host), Value::id(word));
                fact(host.id(), status == *state, seen)
            }),
            Condition::InMode { hosts, mode } => self.facts_of_each(hosts, |host| {
                let seen = world.mode(host.id());
                let holds = match mode {
                    DhtMode::Server => seen == Some(kad::Mode::Server),
                    DhtMode::Client => seen == Some(kad::Mode::Client),
                };
                let seen = seen.map_or("without a DHT".into(), |mode| phrase!("a {}", mode));
                fact(host.id(), holds, phrase!("{} is {}", named(host), seen))
            }),
            Condition::Queries { hosts, count } => self.facts_of_each(hosts, |host| {
                counted_of(
                    host,
                    ("query running", "queries running"),
                    world.running_queries(host.id()).len(),
                    count,
                )
            }),
            Condition::Bootstraps { hosts, count } => self.facts_of_each(hosts, |host| {
                let ended = world.swarm_log(host.id(), |log| {
                    let queries = log.queries.iter();
                    queries
                        .filter(|(_, query)| query.kind == "bootstrap" && query.is_finished())
                        .count()
                });
                counted_of(host, ("bootstrap ended", "bootstraps ended"), ended, count)
            }),
            _ => no_arm("hosts", condition),
        }
    }

    /// A count for each host, or for each pair of a host and one of `to`.
    pub(super) fn tallied(
        &self,
        hosts: &Hosts,
        to: Option<&Hosts>,
        (one, many, with): (&'static str, &'static str, &'static str),
        count: &Bound<u64>,
        tally: impl Fn(HostId, Option<PeerId>) -> usize,
    ) -> Result<Vec<Fact>, SimError> {
        match to {
            None => self.facts_of_each(hosts, |host| {
                counted_of(host, (one, many), tally(host.id(), None), count)
            }),
            Some(to) => self.each_pair(hosts, to, |host, other| {
                let found = tally(host.id(), Some(other.peer()));
                let things = Things::of(one, many, phrase!("{} {}", with, named(other)));
                counted_of(host, things, found, count)
            }),
        }
    }
}

/// The number of connections of a host, optionally only those to `peer`.
fn connections(world: &World, host: HostId, peer: Option<PeerId>) -> usize {
    let open = world.established(host).unwrap_or(0) as usize;
    let Some(peer) = peer.filter(|_| open > 0) else {
        return open;
    };
    world.swarm_log(host, |log| {
        let open = log.open_connections();
        open.filter(|(_, record)| record.peer == peer).count()
    })
}

/// The number of dials by the behaviours of a host, optionally only those to `peer`.
fn dials(world: &World, host: HostId, peer: Option<PeerId>) -> usize {
    world.swarm_log(host, |log| {
        let dials = log.dials.values();
        dials
            .filter(|dial| peer.is_none() || dial.peer == peer)
            .count()
    })
}

/// The number of failed inbound connections of a host, optionally only those from
/// `peer`.
fn inbound_failures(world: &World, host: HostId, peer: Option<PeerId>) -> usize {
    world.swarm_log(host, |log| {
        let failures = log.inbound_failures.iter();
        failures
            .filter(|from| peer.is_none() || **from == peer)
            .count()
    })
}

/// The number of sockets of a host in the network, without substreams.
fn sockets(world: &World, host: HostId) -> usize {
    let census = world.resources(host);
    (census.listeners + census.dials + census.accepts + census.connections) as usize
}

fn state_of(status: HostStatus) -> HostState {
    match status {
        HostStatus::Open => HostState::Open,
        HostStatus::Closing => HostState::Closing,
        HostStatus::Closed => HostState::Closed,
        HostStatus::Crashed => HostState::Crashed,
        HostStatus::Dead => HostState::Dead,
    }
}
