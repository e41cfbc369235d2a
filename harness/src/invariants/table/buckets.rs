//! Invariants of the contents of a routing table.

use std::num::NonZeroUsize;

use libp2p::{PeerId, kad::K_VALUE};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    dht::EntryStatus,
    invariants::{
        cursor::Cursor, view::ChangedTables, view::last_heard, view::newly_ended, view::tables,
    },
    noun,
    world::World,
};

/// The id of a host is not in its own table, query results or connections.
#[derive(Default)]
pub(crate) struct NoSelfEntry {
    seen: Cursor,
}

const IN_TABLE: FindingKind = FindingKind::new("in-own-table", "a host's own id is in its table");
const IN_CONNECTIONS: FindingKind =
    FindingKind::new("connected-to-itself", "a host is connected to its own id");
const IN_RESULTS: FindingKind =
    FindingKind::new("in-own-results", "a lookup finds the querying host");

impl NoSelfEntry {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-self-entry",
        statement: "a host's own id is not in its table, its query results or its connections",
        kinds: &[IN_TABLE, IN_CONNECTIONS, IN_RESULTS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, query results, connected_peers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(NoSelfEntry::default()),
    };
}

impl Invariant for NoSelfEntry {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            let local = world.peer(host);
            let mut absent = |kind: FindingKind, place: &'static str, present: bool| {
                if present {
                    report
                        .violated(kind)
                        .at(host)
                        .subject(place)
                        .expected(phrase!("the own id is not in its {}", place))
                        .seen("it is");
                }
            };
            absent(IN_TABLE, "table", table.contains(&local));
            let connected = world.is_connected(host, &local) == Some(true);
            absent(IN_CONNECTIONS, "connections", connected);
            let ended = newly_ended(world, host, &mut self.seen);
            let answered = ended
                .iter()
                .any(|(_, query)| query.kind == "closest-peers" && query.peers().contains(&local));
            absent(IN_RESULTS, "query results", answered);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Buckets respect their size, and their entries belong to them.
pub(crate) struct BucketsHold {
    size: NonZeroUsize,
    changed: ChangedTables,
}

impl BucketsHold {
    /// Creates the invariant for tables whose buckets have `size` entries.
    pub(crate) fn of_size(size: NonZeroUsize) -> Self {
        BucketsHold {
            size,
            changed: ChangedTables::default(),
        }
    }
}

/// libp2p's default of 20 entries.
impl Default for BucketsHold {
    fn default() -> Self {
        BucketsHold::of_size(K_VALUE)
    }
}

const TOO_MANY: FindingKind = FindingKind::new(
    "too-many-entries",
    "a bucket holds more entries than it may",
);
const OUT_OF_RANGE: FindingKind = FindingKind::new(
    "out-of-range",
    "an entry is in a bucket whose range does not contain its distance",
);
const TWICE: FindingKind = FindingKind::new("duplicate-entry", "a peer is in the table twice");

impl BucketsHold {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "buckets-hold",
        statement: "a bucket holds at most K entries, each in its range of distances and once in the table",
        kinds: &[TOO_MANY, OUT_OF_RANGE, TWICE],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(BucketsHold::of_size(limits.bucket_size)),
    };
}

impl Invariant for BucketsHold {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in self.changed.take(world) {
            for bucket in &table.buckets {
                if bucket.entries.len() > self.size.get() {
                    report
                        .violated(TOO_MANY)
                        .at(host)
                        .subject("size")
                        .expected(phrase!(
                            "at most {} {} in a bucket",
                            self.size.get(),
                            noun(self.size.get(), "entry", "entries")
                        ))
                        .seen(phrase!("{} entries", bucket.entries.len()));
                }
                let (lowest, highest) = bucket.range;
                for entry in &bucket.entries {
                    if entry.distance < lowest || entry.distance > highest {
                        report
                            .violated(OUT_OF_RANGE)
                            .at(host)
                            .subject("range")
                            .expected("each entry is in the range of its bucket")
                            .seen(phrase!("{} does not", Value::peer(world, &entry.peer)));
                    }
                }
            }
            let mut peers: Vec<PeerId> = table.entries().map(|entry| entry.peer).collect();
            peers.sort();
            if let Some(twice) = peers.windows(2).find(|pair| pair[0] == pair[1]) {
                report
                    .violated(TWICE)
                    .at(host)
                    .subject("twice")
                    .expected("each peer is in the table once")
                    .seen(phrase!("{} is in it twice", Value::peer(world, &twice[0])));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// An entry that the table marks as connected has a live connection.
pub(crate) struct StatusMeansConnected;

const NOT_CONNECTED: FindingKind = FindingKind::new(
    "not-connected",
    "an entry is marked as connected but has no connection",
);

impl StatusMeansConnected {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "status-means-connected",
        statement: "an entry that the table marks as connected has a live connection",
        kinds: &[NOT_CONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, connected_peers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(StatusMeansConnected),
    };
}

impl Invariant for StatusMeansConnected {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            for entry in table.entries() {
                let claims = entry.status == EntryStatus::Connected;
                if claims && world.is_connected(host, &entry.peer) == Some(false) {
                    report
                        .violated(NOT_CONNECTED)
                        .at(host)
                        .subject("status")
                        .since(last_heard(world, host, &entry.peer))
                        .expected("an entry that is marked as connected has a connection")
                        .seen(phrase!(
                            "{} is marked as connected, and has none",
                            Value::peer(world, &entry.peer)
                        ));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
