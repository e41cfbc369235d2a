//! How far a check has read the lists that grow with a run.

use std::ops::Range;

use dht_harness_clock::VirtualInstant;

use crate::{net::HostId, world::World};

/// One position for each host.
///
/// A host that comes back has new lists: they are read from their beginning.
#[derive(Debug, Default)]
pub(super) struct Cursor(
    /// By host number: when the host came up, and how far its list is read.
    Vec<(VirtualInstant, usize)>,
);

impl Cursor {
    /// What of a list of this length the check has not seen, taken as seen from
    /// now on.
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
