//! How far a check has read the lists that grow with a run.

use std::ops::Range;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use crate::{
    net::{HostId, IdHash},
    sim::World,
};

/// One position for each host.
///
/// A host that comes back has new lists: they are read from their beginning.
#[derive(Debug, Default)]
pub(super) struct Cursor(IndexMap<HostId, (VirtualInstant, usize), IdHash>);

impl Cursor {
    /// What of a list of this length the check has not seen, taken as seen from
    /// now on.
    pub(super) fn unseen(&mut self, world: &World, host: HostId, length: usize) -> Range<usize> {
        let born = world.born(host);
        let (of, seen) = self.0.entry(host).or_insert((born, 0));
        if *of != born {
            (*of, *seen) = (born, 0);
        }
        std::mem::replace(seen, length)..length
    }
}
