//! Invariants of where records are stored.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use libp2p::{
    PeerId,
    kad::{Quorum, Record, RecordKey},
};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::{Answer, Query, QueryRecord},
    invariants::{cursor::Cursor, oracle, view::asked_since, view::newly_ended},
    net::HostId,
    world::World,
};

/// The number of hosts that must store a record for this quorum.
fn needed(quorum: Quorum, replication: usize) -> usize {
    match quorum {
        Quorum::One => 1,
        Quorum::Majority => replication / 2 + 1,
        Quorum::All => replication,
        Quorum::N(n) => n.get().min(replication),
    }
}

/// The record that a query has stored, if any.
fn stored(query: &QueryRecord) -> Option<(&Record, Quorum)> {
    match (&query.asked, query.answer()) {
        (Some(Query::Put(record, quorum)), Some(Answer::Stored)) => Some((record, *quorum)),
        _ => None,
    }
}

/// The number of live hosts, without `putter`, that store this record, or that store
/// a record with which another put replaced it. Only puts that had not ended by
/// `since` count.
fn copies(world: &World, putter: HostId, record: &Record, since: VirtualInstant) -> usize {
    let holders = oracle::holders(world, &record.key);
    let others = holders.iter().filter(|(host, _)| *host != putter);
    let was_put =
        |held: &Record| puts_since(world, &held.key, since, |put, _| put.value == held.value);
    others
        .filter(|(_, held)| held.value == record.value || was_put(held))
        .count()
}

/// Whether one of the puts of a key that were running at this time or later satisfies
/// the predicate.
fn puts_since(
    world: &World,
    key: &RecordKey,
    since: VirtualInstant,
    kind: impl Fn(&Record, &QueryRecord) -> bool,
) -> bool {
    asked_since(world, since, |query| match &query.asked {
        Some(Query::Put(put, _)) => put.key == *key && kind(put, query),
        _ => false,
    })
}

/// A record that was stored with a quorum is held by that many hosts.
pub(crate) struct PutReachesQuorum {
    replication: usize,
    notice: Duration,
    seen: Cursor,
}

const TOO_FEW_COPIES: FindingKind = FindingKind::new(
    "too-few-copies",
    "fewer hosts hold a stored record than its quorum says",
);

impl PutReachesQuorum {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "put-reaches-quorum",
        statement: "as many others hold a record as its quorum says, once it was stored",
        kinds: &[TOO_FEW_COPIES],
        moments: &[Moment::AfterEvent],
        data: "the ends of puts, the stores of all hosts",
        allows: "puts during which the network was disturbed, and records with which another put at \
                 about that time replaced them",
        standard: false,
        demand: Demand::Certain,
        // A scripted peer confirms a record without storing it.
        requires: &[
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
            Requirement::NoScriptedHosts,
            Requirement::Undisturbed,
        ],
        make: |limits| Box::new(PutReachesQuorum::of(limits)),
    };

    /// Creates the invariant for DHTs with this replication factor.
    pub(crate) fn of(limits: &Limits) -> Self {
        PutReachesQuorum {
            replication: limits.replication.get(),
            notice: limits.notice,
            seen: Cursor::default(),
        }
    }
}

impl Invariant for PutReachesQuorum {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let (Some((record, quorum)), Some(started)) = (stored(&query), query.started)
                else {
                    continue;
                };
                if !oracle::undisturbed_since(world, started) {
                    continue;
                }
                let needed = needed(quorum, self.replication);
                // A query that ends may leave requests in transit.
                let since = started.saturating_sub(self.notice);
                let copies = copies(world, *host, record, since);
                if copies < needed {
                    report
                        .violated(TOO_FEW_COPIES)
                        .at(*host)
                        .subject(phrase!("put {}", Value::id(&id)))
                        .since(query.started)
                        .expected(phrase!("{} others hold the record", needed))
                        .seen(phrase!("{} do", copies));
                }
            }
        }
    }
}

/// A stored record is held by a live host.
pub(crate) struct RecordsSurvive {
    replication: usize,
    /// The time to live of a record that is not published again.
    record_ttl: Option<Duration>,
    seen: Cursor,
    kept: Vec<Stored>,
}

/// A record that was stored.
struct Stored {
    by: HostId,
    /// When the put started, and when it ended.
    put: (VirtualInstant, VirtualInstant),
    needed: usize,
    record: Record,
}

impl Stored {
    /// Whether another put of its key may have replaced the record: one that had not
    /// ended when this one started.
    fn was_replaced(&self, world: &World) -> bool {
        let (started, ended) = self.put;
        puts_since(world, &self.record.key, started, |put, query| {
            (&put.value, query.ended()) != (&self.record.value, Some(ended))
        })
    }
}

const LOST: FindingKind = FindingKind::new(
    "lost-record",
    "no live host holds a stored record, although few hosts have stopped",
);

impl RecordsSurvive {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "records-survive",
        statement: "a stored record is held by a live host until it expires, unless as many hosts have \
                    stopped as its quorum says",
        kinds: &[LOST],
        moments: &[Moment::AfterEvent, Moment::AtEnd],
        data: "the ends of puts, the stores and states of all hosts",
        allows: "records that were put again by any host with any outcome, that have expired, \
                 or that have reached the maximum age and whose publisher has stopped",
        standard: false,
        demand: Demand::Certain,
        // A host stops publishing its record if it is replaced by that of another
        // host.
        requires: &[
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
            Requirement::NoScriptedHosts,
            Requirement::RoomForRecords,
            Requirement::RecordsLast,
        ],
        make: |limits| Box::new(RecordsSurvive::of(limits)),
    };

    /// Creates the invariant for DHTs with this replication factor.
    pub(crate) fn of(limits: &Limits) -> Self {
        RecordsSurvive {
            replication: limits.replication.get(),
            record_ttl: limits.record_ttl,
            seen: Cursor::default(),
            kept: Vec::new(),
        }
    }
}

impl Invariant for RecordsSurvive {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], _: &mut Reporter) {
        for host in touched {
            for (_, query) in newly_ended(world, *host, &mut self.seen) {
                let put = query.started.zip(query.ended());
                if let (Some((record, quorum)), Some(put)) = (stored(&query), put) {
                    self.kept.retain(|kept| kept.record.key != record.key);
                    self.kept.push(Stored {
                        by: *host,
                        put,
                        needed: needed(quorum, self.replication),
                        record: record.clone(),
                    });
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        for stored in &self.kept {
            let Stored { by, record, .. } = stored;
            let (_, at) = stored.put;
            let gone = world
                .hosts()
                .filter(|host| world.since(*host) > at && host != by)
                .count();
            let age = world.now().saturating_since(at);
            let is_left = world.since(*by) > at && self.record_ttl.is_some_and(|life| age >= life);
            if gone >= stored.needed || is_left || record.is_expired(world.instant(*by)) {
                continue;
            }
            if oracle::holders(world, &record.key).is_empty() && !stored.was_replaced(world) {
                report
                    .violated(LOST)
                    .at(*by)
                    .subject(phrase!("record {}", record.key.clone()))
                    .since(at)
                    .expected("a live host holds the record")
                    .seen(phrase!(
                        "none does, although only {} hosts have stopped",
                        gone
                    ));
            }
        }
    }
}

/// A stored item whose copies have to be at the closest hosts after a while.
struct Placed {
    by: HostId,
    at: VirtualInstant,
    key: RecordKey,
}

/// Stored items are at the hosts closest to their keys.
pub(crate) struct StoredAtClosest {
    what: What,
    notice: Duration,
    replication: usize,
    seen: Cursor,
    placed: Vec<Placed>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Records,
    Providers,
}

const NOT_AT_CLOSEST: FindingKind = FindingKind::new(
    "not-at-closest",
    "some of the live servers closest to the key do not hold what was stored",
);

impl StoredAtClosest {
    pub(crate) const RECORDS: CatalogEntry = CatalogEntry {
        name: "records-at-closest",
        statement: "without faults a stored record is at all of the closest live servers",
        kinds: &[NOT_AT_CLOSEST],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the ends of puts, the stores of all hosts",
        allows: "the time of a notice, and what was stored while the network was disturbed",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| Box::new(StoredAtClosest::of(What::Records, limits)),
    };

    pub(crate) const PROVIDERS: CatalogEntry = CatalogEntry {
        name: "providers-at-closest",
        statement: "without faults a provider is known to all of the live servers closest to the key",
        kinds: &[NOT_AT_CLOSEST],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the ends of announcements, the stores of all hosts",
        allows: "the time of a notice, and announcements while the network was disturbed",
        standard: false,
        demand: Demand::Certain,
        requires: &[
            Requirement::CertainResults,
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
            Requirement::RoomForProviders,
        ],
        make: |limits| Box::new(StoredAtClosest::of(What::Providers, limits)),
    };

    fn of(what: What, limits: &Limits) -> Self {
        StoredAtClosest {
            what,
            notice: limits.notice,
            replication: limits.replication.get(),
            seen: Cursor::default(),
            placed: Vec::new(),
        }
    }

    fn key(&self, query: &QueryRecord) -> Option<RecordKey> {
        match (self.what, &query.asked, query.answer()?) {
            (What::Records, Some(Query::Put(record, _)), Answer::Stored) => {
                Some(record.key.clone())
            }
            (What::Providers, Some(Query::Provide(key)), Answer::Provided) => Some(key.clone()),
            _ => None,
        }
    }

    fn holds(&self, world: &World, host: HostId, key: &RecordKey, by: &PeerId) -> bool {
        match self.what {
            What::Records => world.record_at(host, key).is_some(),
            What::Providers => world
                .providers_at(host, key)
                .iter()
                .any(|provider| provider.provider == *by),
        }
    }
}

impl Invariant for StoredAtClosest {
    fn name(&self) -> &'static str {
        match self.what {
            What::Records => Self::RECORDS.name,
            What::Providers => Self::PROVIDERS.name,
        }
    }

    fn statement(&self) -> &'static str {
        match self.what {
            What::Records => Self::RECORDS.statement,
            What::Providers => Self::PROVIDERS.statement,
        }
    }

    fn kinds(&self) -> &'static [FindingKind] {
        Self::RECORDS.kinds
    }

    fn after_event(&mut self, world: &World, touched: &[HostId], _: &mut Reporter) {
        for host in touched {
            for (_, query) in newly_ended(world, *host, &mut self.seen) {
                let (Some(key), Some(started)) = (self.key(&query), query.started) else {
                    continue;
                };
                if oracle::undisturbed_since(world, started) {
                    self.placed.push(Placed {
                        by: *host,
                        at: world.now(),
                        key,
                    });
                }
            }
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let due = |placed: &mut Placed| world.now().saturating_since(placed.at) > self.notice;
        let due: Vec<_> = self.placed.extract_if(.., due).collect();
        for placed in due {
            if !oracle::undisturbed_since(world, placed.at) {
                continue;
            }
            let by = world.peer(placed.by);
            let others = oracle::servers(world).into_iter();
            let others = others.filter(|host| *host != placed.by);
            let closest = oracle::closest(world, others, placed.key.as_ref(), self.replication);
            let without: Vec<_> = closest
                .iter()
                .filter(|host| !self.holds(world, **host, &placed.key, &by))
                .collect();
            if !without.is_empty() {
                report
                    .violated(NOT_AT_CLOSEST)
                    .at(placed.by)
                    .subject(phrase!("key {}", placed.key))
                    .since(placed.at)
                    .expected(phrase!("the {} closest servers hold it", closest.len()))
                    .seen(phrase!(
                        "{} do not: {}",
                        without.len(),
                        Value::hosts(world, without)
                    ));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quorums_are_those_of_libp2p() {
        assert_eq!(needed(Quorum::One, 20), 1);
        assert_eq!(needed(Quorum::Majority, 20), 11);
        assert_eq!(needed(Quorum::All, 20), 20);
        assert_eq!(needed(Quorum::N(3.try_into().unwrap()), 2), 2);
    }
}
