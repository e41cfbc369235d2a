//! Invariants of adding, changing and removing entries.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use dht_harness_clock::VirtualInstant;
use indexmap::{IndexMap, IndexSet};
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::TableEntry,
    invariants::{
        oracle,
        view::{ChangedTables, tables},
    },
    net::{HostId, IdHash},
    world::World,
};

/// An entry does not accumulate addresses.
pub(crate) struct AddressesBounded {
    most: usize,
    changed: ChangedTables,
}

const TOO_MANY: FindingKind = FindingKind::new(
    "too-many-addresses",
    "an entry has more addresses than it may",
);

impl AddressesBounded {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "addresses-bounded",
        statement: "an entry has no more addresses than the bound",
        kinds: &[TOO_MANY],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables",
        allows: "nothing; libp2p itself sets no bound",
        standard: false,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(AddressesBounded::at_most(limits.addresses_per_entry)),
    };

    /// Allows this many addresses.
    pub(crate) fn at_most(most: usize) -> Self {
        AddressesBounded {
            most,
            changed: ChangedTables::default(),
        }
    }
}

impl Invariant for AddressesBounded {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in self.changed.take(world) {
            for entry in table.entries() {
                if entry.addresses.len() > self.most {
                    report
                        .violated(TOO_MANY)
                        .at(host)
                        .subject(phrase!("addresses of {}", world.name_of(&entry.peer)))
                        .expected(phrase!("at most {}", self.most))
                        .seen(entry.addresses.len());
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Every entry, with each of its addresses, was announced by an event.
#[derive(Default)]
pub(crate) struct EntriesAreAnnounced {
    /// The entries that were not announced when they were first seen. Reading a table
    /// may insert a pending entry, whose event follows later.
    unannounced: IndexMap<(HostId, PeerId), VirtualInstant, IdHash>,
    changed: ChangedTables,
    /// The IP addresses that each peer has had.
    ips: BTreeMap<PeerId, BTreeSet<Ipv4Addr>>,
}

const ENTRY_UNANNOUNCED: FindingKind = FindingKind::new(
    "unannounced-entry",
    "an entry was never announced, or was announced as replaced",
);
const ADDRESS_UNANNOUNCED: FindingKind = FindingKind::new(
    "unannounced-address",
    "an entry was announced without an address that it has",
);

impl EntriesAreAnnounced {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "entries-are-announced",
        statement: "every entry was announced with each of its addresses, and is removed once it was \
                    announced as replaced",
        kinds: &[ENTRY_UNANNOUNCED, ADDRESS_UNANNOUNCED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, RoutingUpdated",
        allows: "entries inserted by the current read, whose event follows; the time until a paused \
                 or slow host runs; addresses to which a connected \
                 peer has moved, once or several times",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(EntriesAreAnnounced::default()),
    };
}

impl Invariant for EntriesAreAnnounced {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            let ip = world.fabric().ip(host);
            self.ips.entry(world.peer(host)).or_default().insert(ip);
        }
        let before = std::mem::take(&mut self.unannounced);
        for (host, table) in self.changed.take(world) {
            for entry in table.entries() {
                let Some((kind, seen)) = self.fault_of(world, host, entry) else {
                    continue;
                };
                let since = *before.get(&(host, entry.peer)).unwrap_or(&world.now());
                self.unannounced.insert((host, entry.peer), since);
                self.changed.again(host);
                let had_its_turn = world.awake_since(host).is_some_and(|awake| {
                    let turn = world.slowness(host).unwrap_or_default();
                    since.max(awake).saturating_add(turn) < world.now()
                });
                if had_its_turn && since >= world.started_at(host) {
                    report
                        .violated(kind)
                        .at(host)
                        .subject(phrase!("entry {}", world.name_of(&entry.peer)))
                        .since(since)
                        .expected("the entry was announced as it is")
                        .seen(phrase!("{} {}", Value::peer(world, &entry.peer), seen));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

impl EntriesAreAnnounced {
    fn fault_of(
        &self,
        world: &World,
        host: HostId,
        entry: &TableEntry,
    ) -> Option<(FindingKind, Value)> {
        world.swarm_log(host, |swarm_log| {
            let Some(announced) = swarm_log.announced.get(&entry.peer) else {
                let seen = "was never announced, or was announced as replaced".into();
                return Some((ENTRY_UNANNOUNCED, seen));
            };
            let unknown = entry.addresses.iter().find(|address| {
                !announced.addresses.contains(address) && !self.has_moved_to(&entry.peer, address)
            })?;
            let seen = phrase!("was announced without {}", unknown.clone());
            Some((ADDRESS_UNANNOUNCED, seen))
        })
    }

    /// Whether the address contains an IP address that the peer has or had.
    fn has_moved_to(&self, peer: &PeerId, address: &Multiaddr) -> bool {
        let Some(Protocol::Ip4(ip)) = address.iter().next() else {
            return false;
        };
        self.ips.get(peer).is_some_and(|ips| ips.contains(&ip))
    }
}

/// An entry is only removed to make room for another one.
#[derive(Default)]
pub(crate) struct EntriesLeaveAnnounced {
    before: IndexMap<HostId, (VirtualInstant, IndexSet<PeerId, IdHash>)>,
}

const LEFT: FindingKind = FindingKind::new(
    "unannounced-leave",
    "an entry was removed without a replacement",
);

impl EntriesLeaveAnnounced {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "entries-leave-announced",
        statement: "an entry leaves its table only when another one replaces it",
        kinds: &[LEFT],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, RoutingUpdated",
        allows: "nothing",
        standard: false,
        demand: Demand::Always,
        // The DHT does not report entries that are removed.
        requires: &[Requirement::NoEvictions, Requirement::NoRemovedEntries],
        make: |_| Box::new(EntriesLeaveAnnounced::default()),
    };
}

impl Invariant for EntriesLeaveAnnounced {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            let started_at = world.started_at(host);
            let now: IndexSet<PeerId, IdHash> = table.entries().map(|entry| entry.peer).collect();
            let full = |peer: &PeerId| {
                // A pending entry that this read has inserted replaces another one.
                // The DHT reports that later.
                let distance = oracle::distance(&world.peer(host).to_bytes(), peer);
                table.buckets.iter().any(|bucket| {
                    let (lowest, highest) = bucket.range;
                    lowest <= distance
                        && distance <= highest
                        && bucket.entries.iter().any(|entry| {
                            world.swarm_log(host, |swarm_log| {
                                swarm_log.announced.get(&entry.peer).is_none()
                            })
                        })
                })
            };
            if let Some((of, before)) = self.before.get(&host)
                && *of == started_at
            {
                for peer in before.difference(&now) {
                    let replaced = world.swarm_log(host, |swarm_log| {
                        swarm_log.announced.replaced_at(peer).is_some()
                    });
                    if !replaced && !full(peer) {
                        report
                            .violated(LEFT)
                            .at(host)
                            .subject(phrase!("entry {}", world.name_of(peer)))
                            .expected(phrase!(
                                "{} leaves the table only for a replacement",
                                Value::peer(world, peer)
                            ))
                            .seen("it was not replaced");
                    }
                }
            }
            self.before.insert(host, (started_at, now));
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
