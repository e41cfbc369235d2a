//! The graph of all routing tables, in which every host must be reachable.
//!
//! Responsible for the properties of a recovered network. It must not know by when
//! the network has to recover.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};

use libp2p::{Multiaddr, PeerId, kad::K_VALUE};

use crate::{
    check::{FindingKind, Unmet, Value, phrase},
    dht::TableSnapshot,
    invariants::oracle,
    net::{HostId, without_peer},
    world::World,
};

/// The graph of the tables of the live servers.
pub(super) struct Graph {
    servers: Vec<HostId>,
    by_peer: BTreeMap<PeerId, HostId>,
    tables: BTreeMap<HostId, Rc<TableSnapshot>>,
}

/// A host whose table is wrong, and the reason.
pub(super) struct Flaw {
    pub(super) host: HostId,
    pub(super) kind: FindingKind,
    pub(super) why: Value,
}

/// The kinds of problems of a table in the graph.
pub(super) mod flaws {
    use crate::check::FindingKind;

    pub(crate) const LACKS_SERVERS: FindingKind = FindingKind::new(
        "lacks-servers",
        "a bucket of a live server lacks live servers for which it has room",
    );
    pub(crate) const NO_WAY_TO: FindingKind = FindingKind::new(
        "no-way-to",
        "a live server cannot be reached through the tables",
    );
    pub(crate) const NO_WAY_FROM: FindingKind = FindingKind::new(
        "no-way-from",
        "no other live server can be reached from a live server through the tables",
    );
    pub(crate) const NO_SERVER: FindingKind =
        FindingKind::new("no-server", "the peer of an entry is not a live server");
    pub(crate) const WRONG_ADDRESS: FindingKind = FindingKind::new(
        "wrong-address",
        "an entry has no address at which its peer listens",
    );
    pub(crate) const NOT_FOUND: FindingKind = FindingKind::new(
        "server-not-found",
        "a lookup over the tables does not find a live server",
    );
}

impl Graph {
    /// Creates the graph of all live servers from their last read tables.
    pub(super) fn of(world: &World) -> Self {
        Self::among(world, oracle::servers(world))
    }

    /// Creates the graph of these hosts from their last read tables.
    pub(super) fn among(world: &World, servers: Vec<HostId>) -> Self {
        let table = |host: &HostId| (*host, world.latest_table(*host));
        Graph {
            by_peer: servers
                .iter()
                .map(|host| (world.peer(*host), *host))
                .collect(),
            tables: servers.iter().map(table).collect(),
            servers,
        }
    }

    /// The live servers in a host's table.
    fn known(&self, host: HostId) -> impl Iterator<Item = HostId> {
        self.tables[&host]
            .entries()
            .filter_map(|entry| self.by_peer.get(&entry.peer).copied())
    }

    /// Hosts that lack a live server in their table although there is room for it: a
    /// bucket should contain every live server in its range, up to its size.
    pub(super) fn gaps(&self, world: &World, bucket_size: usize) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for host in &self.servers {
            let known: BTreeSet<HostId> = self.known(*host).collect();
            let local = world.peer(*host).to_bytes();
            // By bucket: the number of live servers that belong there, and the
            // missing ones.
            let mut buckets: BTreeMap<Option<u32>, (usize, Vec<HostId>)> = BTreeMap::new();
            for other in self.servers.iter().filter(|other| *other != host) {
                let bucket = oracle::distance(&local, &world.peer(*other)).ilog2();
                let (belong, missing) = buckets.entry(bucket).or_default();
                *belong += 1;
                if !known.contains(other) {
                    missing.push(*other);
                }
            }
            for (bucket, (belong, missing)) in buckets {
                let holds = belong - missing.len();
                if holds < belong.min(bucket_size) {
                    flaws.push(Flaw {
                        host: *host,
                        kind: flaws::LACKS_SERVERS,
                        why: phrase!(
                            "knows {} of {} live servers at distance 2^{}, not {}",
                            holds,
                            belong,
                            bucket.unwrap_or(0),
                            Value::hosts(world, &missing)
                        ),
                    });
                }
            }
        }
        flaws
    }

    /// Hosts that the first host cannot reach through the tables, or that cannot
    /// reach the first host.
    pub(super) fn parts(&self, world: &World) -> Vec<Flaw> {
        let Some(first) = self.servers.first().copied() else {
            return Vec::new();
        };
        let mut inward: BTreeMap<HostId, Vec<HostId>> = BTreeMap::new();
        for host in &self.servers {
            for known in self.known(*host) {
                inward.entry(known).or_default().push(*host);
            }
        }
        let out = reach(first, |host| self.known(host).collect());
        let back = reach(first, |host| inward.get(&host).cloned().unwrap_or_default());
        let first = || Value::host(world, first);
        let unreached = self.servers.iter().filter(|host| !out.contains(host));
        let unreached = unreached.map(|host| Flaw {
            host: *host,
            kind: flaws::NO_WAY_TO,
            why: phrase!("it cannot be reached from {}", first()),
        });
        let unreaching = self.servers.iter().filter(|host| !back.contains(host));
        let unreaching = unreaching.map(|host| Flaw {
            host: *host,
            kind: flaws::NO_WAY_FROM,
            why: phrase!("it cannot reach {}", first()),
        });
        unreached.chain(unreaching).collect()
    }

    /// Hosts with an entry that leads to no host: its peer is not a live server, or
    /// does not listen at any address of the entry.
    pub(super) fn dead_ends(&self, world: &World) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for host in &self.servers {
            for entry in self.tables[host].entries() {
                let peer = || Value::peer(world, &entry.peer);
                let (kind, why) = match self.by_peer.get(&entry.peer) {
                    None => (
                        flaws::NO_SERVER,
                        phrase!("has an entry of {}, which is not a live server", peer()),
                    ),
                    Some(remote) if !listens_at(world, *remote, &entry.addresses) => (
                        flaws::WRONG_ADDRESS,
                        phrase!(
                            "has an entry of {} without an address at which it listens",
                            peer()
                        ),
                    ),
                    Some(_) => continue,
                };
                let host = *host;
                flaws.push(Flaw { host, kind, why });
            }
        }
        flaws
    }

    /// Lookups that would not find a live server. Up to [`ALL_PAIRS`] hosts every
    /// pair is checked, otherwise each host and the next one.
    pub(super) fn lost(&self, world: &World) -> Vec<Flaw> {
        let count = self.servers.len();
        let mut flaws = Vec::new();
        for (index, from) in self.servers.iter().enumerate() {
            let targets = match count <= ALL_PAIRS {
                true => 1..count,
                false => 1..2,
            };
            for step in targets {
                let target = self.servers[(index + step) % count];
                if !self.finds(world, *from, target) {
                    flaws.push(Flaw {
                        host: *from,
                        kind: flaws::NOT_FOUND,
                        why: phrase!("a lookup does not find {}", Value::host(world, target)),
                    });
                }
            }
        }
        flaws
    }

    /// Simulates a lookup on the current tables in which every host answers.
    fn finds(&self, world: &World, from: HostId, target: HostId) -> bool {
        let key = world.peer(target).to_bytes();
        let mut asked = BTreeSet::from([from]);
        let mut known: BTreeSet<HostId> = self.known(from).collect();
        loop {
            let closest = oracle::closest(world, known.iter().copied(), &key, K_VALUE.get());
            if closest.contains(&target) {
                return true;
            }
            let Some(next) = closest.iter().find(|host| !asked.contains(host)) else {
                return false;
            };
            asked.insert(*next);
            let answer = self.known(*next).filter(|host| *host != from);
            known.extend(oracle::closest(world, answer, &key, K_VALUE.get()));
        }
    }
}

/// The maximum number of hosts for which every pair is checked.
const ALL_PAIRS: usize = 16;

fn reach(from: HostId, next: impl Fn(HostId) -> Vec<HostId>) -> BTreeSet<HostId> {
    let mut reached = BTreeSet::from([from]);
    let mut queue = VecDeque::from([from]);
    while let Some(host) = queue.pop_front() {
        for other in next(host) {
            if reached.insert(other) {
                queue.push_back(other);
            }
        }
    }
    reached
}

/// Whether the host listens at one of these addresses.
fn listens_at(world: &World, host: HostId, addresses: &[Multiaddr]) -> bool {
    let listeners = world.swarm(host).map(|swarm| swarm.listeners);
    let own = listeners.unwrap_or_default();
    addresses
        .iter()
        .any(|address| own.contains(&without_peer(address)))
}

/// The hosts that the first of these hosts cannot reach through the tables, or that
/// cannot reach it. Reads the tables.
pub fn unlinked(world: &World, among: &[HostId]) -> Vec<Unmet> {
    for host in among {
        world.table(*host);
    }
    Graph::among(world, among.to_vec())
        .parts(world)
        .into_iter()
        .map(|flaw| Unmet::at(world, flaw.host, flaw.why))
        .collect()
}
