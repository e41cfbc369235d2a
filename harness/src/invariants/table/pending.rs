//! Peers that wait for a place in a full bucket.

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

/// Whoever waits for the place of a disconnected entry gets it.
pub(crate) struct PendingGetsPlace {
    timeout: Duration,
    /// Whose places are waited for, by host and the entry itself.
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
        allows: "an entry whose peer was connected between two looks keeps its place; and the peer that \
                 has come since then may be another who waits, or may wait anew",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(PendingGetsPlace::within(limits.pending_timeout)),
    };

    /// For tables in which a peer waits for so long.
    pub(crate) fn within(timeout: Duration) -> Self {
        PendingGetsPlace {
            timeout,
            waited_for: IndexMap::default(),
        }
    }
}

/// When a peer can last have begun to wait for the place of `eldest`: its peer was
/// there then, or a peer came that may be the one that waits.
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
                        .expected(phrase!("it is another's after {}", self.timeout))
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
