//! Peers that wait for a place in a full bucket.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use super::{Entry, Invariant, Moment, Reporter, catalog::as_in_catalog, view::tables};
use crate::{
    dht::EntryStatus,
    net::{HostId, IdHash},
    sim::World,
};

/// Whoever waits for the place of a disconnected entry gets it.
pub struct PendingGetsPlace {
    timeout: Duration,
    /// Whose places are waited for, by host and the entry itself.
    waited_for: IndexMap<(HostId, PeerId), VirtualInstant, IdHash>,
}

impl PendingGetsPlace {
    pub(super) const ENTRY: Entry = Entry {
        name: "pending-gets-place",
        statement: "nobody waits for the place of a disconnected entry for longer than the timeout",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables",
        allows: "an entry that was connected for a moment between two looks keeps its place",
        standard: true,
        make: |limits| Box::new(PendingGetsPlace::within(limits.pending_timeout)),
    };

    /// For tables in which a peer waits for so long.
    pub fn within(timeout: Duration) -> Self {
        PendingGetsPlace {
            timeout,
            waited_for: IndexMap::default(),
        }
    }
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
                self.waited_for.insert((host, first.peer), since);
                if world.now().saturating_since(since) > self.timeout {
                    let name = world.name_of(&first.peer);
                    report.violated(
                        &[host],
                        format!("place of {name}"),
                        Some(since),
                        format!("it is another's after {:?}", self.timeout),
                        format!("{name}, disconnected, still has it"),
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
