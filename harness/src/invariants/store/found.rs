//! Queries find what is stored.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use libp2p::{PeerId, kad::RecordKey};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::{Query, QueryRecord},
    invariants::{cursor::Cursor, oracle, view::asked_since, view::newly_ended},
    net::HostId,
    world::World,
};

/// A query finds what the closest hosts store.
pub(crate) struct StoredIsFound {
    replication: usize,
    notice: Duration,
    seen: Cursor,
}

const RECORD: FindingKind = FindingKind::new(
    "record-not-found",
    "a query finds no record although one of the closest servers holds it",
);
const PROVIDER: FindingKind = FindingKind::new(
    "provider-not-found",
    "a query finds no provider although one of the closest servers knows it",
);

impl StoredIsFound {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "stored-is-found",
        statement: "without faults a query finds a record or provider that one of the live servers \
                    closest to the key holds",
        kinds: &[RECORD, PROVIDER],
        moments: &[Moment::AfterEvent],
        data: "query results, the stores of all hosts",
        allows: "queries during which the network was disturbed or something was stored under \
                 their key, including announcements less than a notice before; a host is not told that \
                 it is itself a provider",
        standard: false,
        demand: Demand::Certain,
        requires: &[
            Requirement::CertainResults,
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
        ],
        make: |limits| Box::new(StoredIsFound::of(limits)),
    };

    /// Creates the invariant for DHTs with this replication factor.
    pub(crate) fn of(limits: &Limits) -> Self {
        StoredIsFound {
            replication: limits.replication.get(),
            notice: limits.notice,
            seen: Cursor::default(),
        }
    }
}

impl Invariant for StoredIsFound {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let started = query.started.unwrap_or_default();
                let (kind, key, holders) = match &query.asked {
                    Some(Query::Get(key)) if query.records().is_empty() => {
                        (RECORD, key, record_holders(world, key))
                    }
                    Some(Query::GetProviders(key)) if query.peers().is_empty() => {
                        let asker = world.peer(*host);
                        (PROVIDER, key, holders_of_others(world, key, asker))
                    }
                    _ => continue,
                };
                if holders.is_empty()
                    || !oracle::undisturbed_since(world, started)
                    || self.was_written(world, key, started)
                {
                    continue;
                }
                let servers = oracle::servers(world);
                let closest = oracle::closest(world, servers, key.as_ref(), self.replication);
                if let Some(holder) = closest.iter().find(|host| holders.contains(host)) {
                    let asked = Value::Id(query.kind.into());
                    report
                        .violated(kind)
                        .at(*host)
                        .subject(phrase!("{} query {}", asked, Value::id(&id)))
                        .since(query.started)
                        .expected(phrase!(
                            "it finds what {} holds",
                            Value::host(world, *holder)
                        ))
                        .seen("it finds nothing");
                }
            }
        }
    }
}

impl StoredIsFound {
    /// Whether something was being stored under a key at this time or later.
    /// Announcements are not answered, so their messages may still be in transit when
    /// the query ends.
    fn was_written(&self, world: &World, key: &RecordKey, since: VirtualInstant) -> bool {
        let is_put = |query: &QueryRecord| matches!(&query.asked, Some(Query::Put(put, _)) if put.key == *key);
        let is_announced = |query: &QueryRecord| matches!(&query.asked, Some(Query::Provide(provided)) if provided == key);
        asked_since(world, since, is_put)
            || asked_since(world, since.saturating_sub(self.notice), is_announced)
    }
}

/// The hosts with an unexpired record for this key.
fn record_holders(world: &World, key: &RecordKey) -> Vec<HostId> {
    oracle::holders(world, key)
        .into_iter()
        .filter(|(holder, record)| !record.is_expired(world.instant(*holder)))
        .map(|(holder, _)| holder)
        .collect()
}

/// The hosts with an unexpired provider record for this key whose provider is not the
/// asking peer.
fn holders_of_others(world: &World, key: &RecordKey, asker: PeerId) -> Vec<HostId> {
    oracle::provider_holders(world, key)
        .into_iter()
        .filter(|(holder, held)| {
            let now = world.instant(*holder);
            let mut held = held.iter();
            held.any(|held| held.provider != asker && !held.is_expired(now))
        })
        .map(|(holder, _)| holder)
        .collect()
}
