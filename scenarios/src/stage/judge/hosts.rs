//! What is demanded of hosts and their connections.

use dht_harness::{SimError, net::HostId, sim::World};
use libp2p::kad;

use super::super::play::Stage;
use crate::{
    condition::Condition,
    words::{Bound, Hosts, Mode},
};

use super::{Fact, counted, fact};

impl Stage {
    pub(super) fn hosts(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Connected { hosts, whom } => self.each_pair(hosts, whom, |host, other| {
                let peer = other.peer();
                let connected = world
                    .swarm(host.id())
                    .is_some_and(|swarm| swarm.connected.contains(&peer));
                let how = if connected {
                    "connected"
                } else {
                    "not connected"
                };
                fact(
                    connected,
                    format!("{}: {how} to {}", host.name(), other.name()),
                )
            }),
            Condition::Connections { hosts, count, to } => {
                self.connections_of(world, hosts, to.as_ref(), count)
            }
            Condition::Dials { hosts, count, to } => {
                self.dials_of(world, hosts, to.as_ref(), count)
            }
            Condition::UnderWay { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let pending = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.pending as usize);
                counted(&name, "dials and handshakes under way", pending, count)
            }),
            Condition::Listeners { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let listeners = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.listeners.len());
                counted(&name, "addresses listened on", listeners, count)
            }),
            Condition::External { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let external = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.external.len());
                counted(&name, "external addresses", external, count)
            }),
            Condition::Sockets { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(&name, "sockets", sockets(world, host.id()), count)
            }),
            Condition::Tasks { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(&name, "tasks", world.tasks().alive(host.id()), count)
            }),
            Condition::State { hosts, state } => self.facts_of_each(hosts, |host, name| {
                let life = format!("{:?}", world.life(host.id())).to_lowercase();
                fact(life == *state, format!("{name} is {life}"))
            }),
            Condition::InMode { hosts, mode } => self.facts_of_each(hosts, |host, name| {
                let seen = world.mode(host.id());
                let holds = match mode {
                    Mode::Server => seen == Some(kad::Mode::Server),
                    Mode::Client => seen == Some(kad::Mode::Client),
                    Mode::Auto => false,
                };
                let seen = seen.map_or("without a DHT".to_owned(), |mode| format!("a {mode}"));
                fact(holds, format!("{name} is {seen}"))
            }),
            Condition::Queries { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(
                    &name,
                    "queries running",
                    world.running_queries(host.id()).len(),
                    count,
                )
            }),
            Condition::Bootstraps { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let ended = world.ledger(host.id(), |ledger| {
                    let queries = ledger.queries.iter();
                    queries
                        .filter(|(_, query)| query.kind == "bootstrap" && query.is_finished())
                        .count()
                });
                counted(&name, "bootstraps ended", ended, count)
            }),
            _ => Ok(Vec::new()),
        }
    }

    pub(super) fn connections_of(
        &self,
        world: &World,
        hosts: &Hosts,
        to: Option<&Hosts>,
        count: &Bound<u64>,
    ) -> Result<Vec<Fact>, SimError> {
        let Some(to) = to else {
            return self.facts_of_each(hosts, |host, name| {
                let open = world.established(host.id()).unwrap_or(0) as usize;
                counted(&name, "connections", open, count)
            });
        };
        self.each_pair(hosts, to, |host, other| {
            let peer = other.peer();
            let open = match world.established(host.id()) {
                None => 0,
                Some(_) => world.ledger(host.id(), |ledger| {
                    ledger
                        .open_connections()
                        .filter(|(_, record)| record.peer == peer)
                        .count()
                }),
            };
            counted(
                &host.name(),
                &format!("connections to {}", other.name()),
                open,
                count,
            )
        })
    }

    pub(super) fn dials_of(
        &self,
        world: &World,
        hosts: &Hosts,
        to: Option<&Hosts>,
        count: &Bound<u64>,
    ) -> Result<Vec<Fact>, SimError> {
        let Some(to) = to else {
            return self.facts_of_each(hosts, |host, name| {
                let dials = world.ledger(host.id(), |ledger| ledger.dials.len());
                counted(&name, "dials", dials, count)
            });
        };
        self.each_pair(hosts, to, |host, other| {
            let peer = Some(other.peer());
            let dials = world.ledger(host.id(), |ledger| {
                ledger
                    .dials
                    .values()
                    .filter(|record| record.peer == peer)
                    .count()
            });
            counted(
                &host.name(),
                &format!("dials of {}", other.name()),
                dials,
                count,
            )
        })
    }
}

/// What the network holds of a host, substreams aside.
fn sockets(world: &World, host: HostId) -> usize {
    let census = world.census(host);
    (census.listeners + census.dials + census.accepts + census.connections) as usize
}
