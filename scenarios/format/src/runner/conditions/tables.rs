//! Conditions on routing tables.

use std::rc::Rc;

use dht_harness::{
    SimError, World,
    check::Value,
    dht::{EntryStatus, TableSnapshot},
    net::HostId,
    phrase,
};
use libp2p::{Multiaddr, multiaddr::Protocol};

use crate::condition::Condition;
use crate::runner::{perform::no_arm, scenario::Runner};
use crate::syntax::{Bucket, CauseKind, DhtName, Hosts, Word};

use super::{Fact, Things, counted_of, fact, named, open};

impl Runner {
    pub(super) fn tables(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Knows { hosts, peers, dht } => {
                self.each_pair(hosts, peers, |host, other| {
                    let knows = table_of(world, host.id(), *dht).contains(&other.peer());
                    let (name, other) = (named(host), named(other));
                    let seen = match knows {
                        true => phrase!("{}: {} is in its table", name, other),
                        false => phrase!("{}: {} is not in its table", name, other),
                    };
                    fact(host.id(), knows, seen)
                })
            }
            Condition::KnowsFormer { hosts, peers } => self.former(world, hosts, peers),
            Condition::Table { hosts, size, dht } => self.facts_of_each(hosts, |host| {
                counted_of(
                    host,
                    ("entry in its table", "entries in its table"),
                    table_of(world, host.id(), *dht).len(),
                    size,
                )
            }),
            Condition::Bucket {
                hosts,
                bucket,
                size,
            } => self.facts_of_each(hosts, |host| {
                let table = world.table(host.id());
                let entries = bucket_of(&table, *bucket).map_or(0, |bucket| bucket.entries.len());
                let number = u64::from(bucket.0);
                let what = Things::of("entry in bucket", "entries in bucket", number);
                counted_of(host, what, entries, size)
            }),
            Condition::Buckets { hosts, size } => self.facts_of_each(hosts, |host| {
                let table = world.table(host.id());
                let sizes: Vec<usize> = table
                    .buckets
                    .iter()
                    .map(|bucket| bucket.entries.len())
                    .filter(|entries| *entries > 0)
                    .collect();
                if sizes.is_empty() {
                    let why = "its table is empty, so no bucket has a size";
                    return open(host.id(), phrase!("{}: {}", named(host), why));
                }
                let all = sizes.iter().all(|entries| size.holds(&(*entries as u64)));
                let sizes: Vec<_> = sizes.into_iter().map(Value::from).collect();
                let seen = phrase!("{}: buckets of [{}] entries", named(host), sizes);
                fact(host.id(), all, seen)
            }),
            Condition::Pending { hosts, bucket } => self.facts_of_each(hosts, |host| {
                let table = world.table(host.id());
                let waits = bucket_of(&table, *bucket).is_some_and(|bucket| bucket.has_pending);
                let (name, bucket) = (named(host), u64::from(bucket.0));
                let seen = match waits {
                    true => phrase!("{}: a peer waits for a place in bucket {}", name, bucket),
                    false => phrase!("{}: no peer waits for a place in bucket {}", name, bucket),
                };
                fact(host.id(), waits, seen)
            }),
            Condition::EntryConnected { hosts, peers, dht } => {
                self.each_pair(hosts, peers, |host, other| {
                    let table = table_of(world, host.id(), *dht);
                    let status = table.entry(&other.peer()).map(|entry| entry.status);
                    let seen = match status {
                        None => "is not in the table",
                        Some(EntryStatus::Connected) => "is connected in the table",
                        Some(EntryStatus::Disconnected) => "is disconnected in the table",
                    };
                    fact(
                        host.id(),
                        status == Some(EntryStatus::Connected),
                        phrase!("{}: {} {}", named(host), named(other), seen),
                    )
                })
            }
            Condition::EntryAddresses {
                hosts,
                peers,
                count,
            } => self.each_pair(hosts, peers, |host, other| {
                let table = world.table(host.id());
                let addresses = table
                    .entry(&other.peer())
                    .map_or(0, |entry| entry.addresses.len());
                let what = Things::of("address of", "addresses of", named(other));
                counted_of(host, what, addresses, count)
            }),
            Condition::EntryAddress {
                hosts,
                peers,
                address,
            } => {
                let address = self.registry.address(world, address)?;
                self.each_pair(hosts, peers, |host, other| {
                    let table = world.table(host.id());
                    let entry = table.entry(&other.peer());
                    let known = entry.map(|entry| &entry.addresses[..]).unwrap_or_default();
                    let (there, known) = among(&address, known);
                    let seen = phrase!("{}: of {} it has [{}]", named(host), named(other), known);
                    fact(host.id(), there, seen)
                })
            }
            Condition::ToldAddress {
                hosts,
                peers,
                address,
            } => {
                let address = self.registry.address(world, address)?;
                self.each_pair(hosts, peers, |host, other| {
                    let (there, told) = world.swarm_log(host.id(), |log| {
                        among(&address, log.told.get(&other.peer()).into_iter().flatten())
                    });
                    let seen = phrase!(
                        "{}: its behaviours were told [{}] of {}",
                        named(host),
                        told,
                        named(other)
                    );
                    fact(host.id(), there, seen)
                })
            }
            Condition::Diagnosis {
                hosts,
                peers,
                cause,
            } => self.each_pair(hosts, peers, |host, other| {
                let found = world.explain_missing([(host.id(), other.peer())]);
                let causes: Vec<CauseKind> = found
                    .iter()
                    .filter_map(|diagnosis| CauseKind::of(&diagnosis.cause))
                    .collect();
                let words = causes.iter().map(|cause| Value::id(cause.write()));
                let (name, other) = (named(host), named(other));
                let seen = phrase!("{}: of {} [{}]", name, other, Value::List(words.collect()));
                fact(host.id(), causes.contains(cause), seen)
            }),
            Condition::SameTable { hosts, snapshot } => {
                let snapshots = self.snapshots.borrow();
                let mut facts = Vec::new();
                for host in self.registry.all(hosts)? {
                    let Some(before) = snapshots.get(&(snapshot.clone(), host.id())) else {
                        return Err(SimError::Other(format!(
                            "there is no snapshot `{}` of the table of {}",
                            snapshot.0,
                            host.name()
                        )));
                    };
                    let now = world.table(host.id());
                    let lines = before.changes(&now, |peer| world.name_of(peer));
                    let seen = if lines.is_empty() {
                        "the same".to_owned()
                    } else {
                        lines.join("; ")
                    };
                    let (name, snapshot) = (named(&*host), Value::id(&snapshot.0));
                    facts.push(fact(
                        host.id(),
                        lines.is_empty(),
                        phrase!("{}: its table against `{}`: {}", name, snapshot, seen),
                    ));
                }
                Ok(facts)
            }
            _ => no_arm("tables", condition),
        }
    }

    /// Whether the tables of hosts hold former identities of these peers, which may be
    /// the hosts themselves.
    fn former(&self, world: &World, hosts: &Hosts, peers: &Hosts) -> Result<Vec<Fact>, SimError> {
        let peers = self.registry.all(peers)?;
        let mut facts = Vec::new();
        for host in self.registry.all(hosts)? {
            let table = world.table(host.id());
            let entries = table.entries();
            let former: Vec<HostId> = entries
                .filter_map(|entry| world.former_host_of(&entry.peer))
                .collect();
            facts.extend(peers.iter().map(|other| {
                let knows = former.contains(&other.id());
                let (name, other) = (named(&*host), named(&**other));
                let seen = match knows {
                    true => phrase!("{}: a former identity of {} is in its table", name, other),
                    false => phrase!("{}: no former identity of {} is in its table", name, other),
                };
                fact(host.id(), knows, seen)
            }));
        }
        Ok(facts)
    }
}

/// Whether an address is one of `known`, compared with and without its peer id. Also
/// returns `known` as a value.
fn among<'a>(address: &Multiaddr, known: impl IntoIterator<Item = &'a Multiaddr>) -> (bool, Value) {
    let known: Vec<Multiaddr> = known.into_iter().cloned().collect();
    let there = known.iter().any(|known| {
        let parts = known.iter();
        let bare = parts.take_while(|part| !matches!(part, Protocol::P2p(_)));
        bare.eq(address)
    });
    let known = known.into_iter().map(Value::from).collect();
    (there, Value::List(known))
}

/// The table of a host, of its second DHT if that is named.
fn table_of(world: &World, host: HostId, dht: Option<DhtName>) -> Rc<TableSnapshot> {
    match dht {
        None => world.table(host),
        Some(DhtName::Lan) => Rc::new(world.lan_table(host).unwrap_or_default()),
    }
}

/// The bucket with this number, unless it is empty. Bucket 255 is the farthest.
fn bucket_of(table: &TableSnapshot, number: Bucket) -> Option<&dht_harness::dht::BucketView> {
    table
        .buckets
        .iter()
        .find(|bucket| bucket.range.1.ilog2() == Some(number.0.into()))
}
