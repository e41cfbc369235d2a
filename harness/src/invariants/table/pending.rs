//! Invariants of pending peers, which wait for a slot in a full bucket.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{PeerId, kad::KBucketKey};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    dht::{BucketView, EntryStatus},
    invariants::{view::last_heard, view::tables},
    net::{HostId, IdHash},
    world::World,
};

/// A pending peer replaces a disconnected entry in time.
pub(crate) struct PendingGetsPlace {
    timeout: Duration,
    /// The entries that a pending peer may replace, by host and peer, and since when.
    waited_for: IndexMap<(HostId, PeerId), VirtualInstant, IdHash>,
}

const STILL_PENDING: FindingKind = FindingKind::new(
    "still-pending",
    "a peer waits for the place of a disconnected entry for longer than the timeout",
);

impl PendingGetsPlace {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "pending-gets-place",
        statement: "no peer waits for the place of a disconnected entry for longer than the timeout",
        kinds: &[STILL_PENDING],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, connection events",
        allows: "an entry whose peer was connected between two reads keeps its slot; and the peer that \
                 connected since then may be the pending one, or may be pending again",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(PendingGetsPlace::within(limits.pending_timeout)),
    };

    /// Creates the invariant for tables with this pending timeout.
    pub(crate) fn within(timeout: Duration) -> Self {
        PendingGetsPlace {
            timeout,
            waited_for: IndexMap::default(),
        }
    }
}

/// The latest time at which a peer can have become pending for the slot of `eldest`:
/// when the peer of `eldest` was last connected, or when a peer connected that may be
/// the pending one.
fn anew_since(world: &World, host: HostId, bucket: &BucketView, eldest: &PeerId) -> VirtualInstant {
    let local = KBucketKey::from(world.peer(host));
    let (low, high) = bucket.range;
    let may_wait = |peer: &PeerId| {
        let distance = local.distance(&KBucketKey::from(*peer));
        low <= distance && distance <= high && bucket.entries.iter().all(|it| it.peer != *peer)
    };
    let came = world.swarm_log(host, |swarm_log| {
        let connections = swarm_log.connections.values();
        connections
            .filter(|it| may_wait(&it.peer))
            .map(|it| it.opened_at)
            .max()
    });
    came.max(last_heard(world, host, eldest))
        .unwrap_or_default()
}

impl Invariant for PendingGetsPlace {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let before = std::mem::take(&mut self.waited_for);
        for (host, table) in tables(world) {
            for bucket in table.buckets.iter().filter(|bucket| bucket.has_pending) {
                let Some(first) = bucket.entries.first() else {
                    continue;
                };
                if first.status != EntryStatus::Disconnected {
                    continue;
                }
                let since = *before.get(&(host, first.peer)).unwrap_or(&world.now());
                let since = since.max(anew_since(world, host, bucket, &first.peer));
                self.waited_for.insert((host, first.peer), since);
                if world.now().saturating_since(since) > self.timeout {
                    report
                        .violated(STILL_PENDING)
                        .at(host)
                        .subject(phrase!("place of {}", world.name_of(&first.peer)))
                        .since(since)
                        .expected(phrase!("its slot is taken after {}", self.timeout))
                        .seen(phrase!(
                            "{}, disconnected, still has it",
                            Value::peer(world, &first.peer)
                        ));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
