//! What the tables of all hosts make together: a graph in which every host must
//! be found.
//!
//! Responsible for what a recovered network looks like. It must not know when
//! it has to look so.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    rc::Rc,
};

use libp2p::{Multiaddr, PeerId, kad::K_VALUE, multiaddr::Protocol};

use crate::{
    check::{FindingKind, Unmet, Value, phrase},
    dht::TableSnapshot,
    invariants::oracle,
    net::HostId,
    world::World,
};

/// The tables of the live servers.
pub(super) struct Graph {
    servers: Vec<HostId>,
    by_peer: BTreeMap<PeerId, HostId>,
    tables: BTreeMap<HostId, Rc<TableSnapshot>>,
}

/// Somebody whose table is not as it should be, and why.
pub(super) struct Flaw {
    pub(super) host: HostId,
    pub(super) kind: FindingKind,
    pub(super) why: Value,
}

/// What can be wrong with the table of a host among those of all.
pub(super) mod flaws {
    use crate::check::FindingKind;

    pub(crate) const LACKS_SERVERS: FindingKind = FindingKind::new(
        "lacks-servers",
        "a bucket of a live server lacks live servers for which it has room",
    );
    pub(crate) const NO_WAY_TO: FindingKind =
        FindingKind::new("no-way-to", "the tables do not lead to a live server");
    pub(crate) const NO_WAY_FROM: FindingKind = FindingKind::new(
        "no-way-from",
        "the tables do not lead on from a live server",
    );
    pub(crate) const NO_SERVER: FindingKind =
        FindingKind::new("no-server", "an entry is of no live server");
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
    /// Of the tables of all live servers, as last read.
    pub(super) fn of(world: &World) -> Self {
        Self::among(world, oracle::servers(world))
    }

    /// Of the tables of these hosts, as last read.
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

    /// Hosts that do not know a live server for which they have room: a bucket
    /// holds every live server in its range, or as many as it can.
    pub(super) fn gaps(&self, world: &World, bucket_size: usize) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for host in &self.servers {
            let known: BTreeSet<HostId> = self.known(*host).collect();
            let local = world.peer(*host).to_bytes();
            // By bucket: how many live servers belong there, and who is missing.
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

    /// Hosts that cannot be reached from the first one by going from table to
    /// table, or that cannot reach it.
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
            why: phrase!("no way leads to it from {}", first()),
        });
        let unreaching = self.servers.iter().filter(|host| !back.contains(host));
        let unreaching = unreaching.map(|host| Flaw {
            host: *host,
            kind: flaws::NO_WAY_FROM,
            why: phrase!("no way leads from it to {}", first()),
        });
        unreached.chain(unreaching).collect()
    }

    /// Hosts with an entry that leads to no host: its peer is not a live server,
    /// or is not where all addresses of the entry say.
    pub(super) fn dead_ends(&self, world: &World) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for host in &self.servers {
            for entry in self.tables[host].entries() {
                let peer = || Value::peer(world, &entry.peer);
                let (kind, why) = match self.by_peer.get(&entry.peer) {
                    None => (
                        flaws::NO_SERVER,
                        phrase!("has an entry of {}, which is no live server", peer()),
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

    /// Lookups that would not find a live server: of each pair of hosts up to
    /// [`ALL_PAIRS`] of them, else of each host and the next one.
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

    /// A lookup in which every host answers, over the tables as they are.
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

/// Up to how many hosts every pair is looked at.
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
    addresses.iter().any(|address| {
        let bare: Multiaddr = address
            .iter()
            .take_while(|part| !matches!(part, Protocol::P2p(_)))
            .collect();
        own.contains(&bare)
    })
}

/// The hosts that the tables do not lead to from the first of these, and from which
/// they do not lead to it. Reads the tables.
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
