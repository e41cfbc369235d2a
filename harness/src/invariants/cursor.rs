//! Tracks how far a check has read the lists that grow during a run.

use std::ops::Range;

use dht_harness_clock::VirtualInstant;

use crate::{net::HostId, world::World};

/// A position for each host.
///
/// A restarted host has new lists, which are read from the start.
#[derive(Debug, Default)]
pub(super) struct Cursor(
    /// By host number: when the host came up, and how much of its list was read.
    Vec<(VirtualInstant, usize)>,
);

impl Cursor {
    /// The range of a list of this length that the check has not seen yet. Marks it
    /// as seen.
    pub(super) fn unseen(&mut self, world: &World, host: HostId, length: usize) -> Range<usize> {
        let started_at = world.started_at(host);
        let index = host.0 as usize;
        if self.0.len() <= index {
            self.0.resize(index + 1, (started_at, 0));
        }
        let (of, seen) = &mut self.0[index];
        if *of != started_at {
            (*of, *seen) = (started_at, 0);
        }
        std::mem::replace(seen, length)..length
    }
}
