//! What is demanded of routing tables.

use dht_harness::{
    SimError, World,
    dht::{EntryStatus, TableSnapshot},
};
use libp2p::Multiaddr;

use crate::condition::Condition;
use crate::runner::scenario::Runner;

use super::{Fact, counted, fact};

impl Runner {
    pub(super) fn tables(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let is = |truth: bool| if truth { "is" } else { "is not" };
        match condition {
            Condition::Knows { hosts, whom } => self.each_pair(hosts, whom, |host, other| {
                let knows = world.table(host.id()).contains(&other.peer());
                fact(
                    knows,
                    format!(
                        "{}: {} {} in its table",
                        host.name(),
                        other.name(),
                        is(knows)
                    ),
                )
            }),
            Condition::Table { hosts, size } => self.facts_of_each(hosts, |host, name| {
                counted(
                    &name,
                    "entries in its table",
                    world.table(host.id()).len(),
                    size,
                )
            }),
            Condition::Bucket {
                hosts,
                bucket,
                size,
            } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let entries = bucket_of(&table, *bucket).map_or(0, |bucket| bucket.entries.len());
                counted(&name, &format!("entries in bucket {bucket}"), entries, size)
            }),
            Condition::Buckets { hosts, size } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let sizes: Vec<usize> = table
                    .buckets
                    .iter()
                    .map(|bucket| bucket.entries.len())
                    .filter(|entries| *entries > 0)
                    .collect();
                let all = sizes.iter().all(|entries| size.holds(&(*entries as u64)));
                fact(all, format!("{name}: buckets of {sizes:?} entries"))
            }),
            Condition::Pending { hosts, bucket } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let waits = bucket_of(&table, *bucket).is_some_and(|bucket| bucket.has_pending);
                let who = if waits { "somebody" } else { "nobody" };
                fact(
                    waits,
                    format!("{name}: {who} waits for a place in bucket {bucket}"),
                )
            }),
            Condition::EntryConnected { hosts, whom } => {
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let status = table.entry(&other.peer()).map(|entry| entry.status);
                    let seen = match status {
                        None => "is not in the table".to_owned(),
                        Some(status) => format!("is {status:?} in the table").to_lowercase(),
                    };
                    fact(
                        status == Some(EntryStatus::Connected),
                        format!("{}: {} {seen}", host.name(), other.name()),
                    )
                })
            }
            Condition::EntryAddresses { hosts, whom, count } => {
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let addresses = table
                        .entry(&other.peer())
                        .map_or(0, |entry| entry.addresses.len());
                    counted(
                        &host.name(),
                        &format!("addresses of {}", other.name()),
                        addresses,
                        count,
                    )
                })
            }
            Condition::EntryAddress {
                hosts,
                whom,
                address,
            } => {
                let address = self.registry.address(world, address)?;
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let entry = table.entry(&other.peer());
                    let known = entry.map(|entry| &entry.addresses[..]).unwrap_or_default();
                    let (there, known) = among(&address, known);
                    fact(
                        there,
                        format!("{}: of {} it has {known:?}", host.name(), other.name()),
                    )
                })
            }
            Condition::ToldAddress {
                hosts,
                whom,
                address,
            } => {
                let address = self.registry.address(world, address)?;
                self.each_pair(hosts, whom, |host, other| {
                    let (there, told) = world.swarm_log(host.id(), |ledger| {
                        among(
                            &address,
                            ledger.told.get(&other.peer()).into_iter().flatten(),
                        )
                    });
                    let (name, other) = (host.name(), other.name());
                    fact(
                        there,
                        format!("{name}: its behaviours were told {told:?} of {other}"),
                    )
                })
            }
            Condition::SameTable { hosts, snapshot } => self.facts_of_each(hosts, |host, name| {
                let snapshots = self.snapshots.borrow();
                let Some(before) = snapshots.get(&(snapshot.clone(), host.id())) else {
                    return fact(false, format!("{name}: no snapshot of its table"));
                };
                let lines = before
                    .diff(&world.table(host.id()))
                    .lines(|peer| world.name_of(peer));
                let seen = if lines.is_empty() {
                    "the same".to_owned()
                } else {
                    lines.join("; ")
                };
                fact(
                    lines.is_empty(),
                    format!("{name}: its table against `{}`: {seen}", snapshot.0),
                )
            }),
            _ => Ok(Vec::new()),
        }
    }
}

/// Whether an address is one of these, with the id of its peer or without; and
/// these.
fn among<'a>(
    address: &Multiaddr,
    known: impl IntoIterator<Item = &'a Multiaddr>,
) -> (bool, Vec<String>) {
    let wanted = address.to_string();
    let known: Vec<String> = known.into_iter().map(ToString::to_string).collect();
    let there = known
        .iter()
        .any(|known| known.split("/p2p/").next() == Some(&wanted));
    (there, known)
}

/// The bucket of this number, if it is not empty: 255 is the farthest.
fn bucket_of(table: &TableSnapshot, number: u64) -> Option<&dht_harness::dht::BucketView> {
    table
        .buckets
        .iter()
        .find(|bucket| bucket.range.1.ilog2().map(u64::from) == Some(number))
}
