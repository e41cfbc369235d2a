//! The results that a host should find, computed from the whole network.
//!
//! Responsible for the expected results from the point of view of one host. It must
//! not know scenarios.

use std::num::NonZeroUsize;

use dht_harness::{World, invariants::oracle, net::HostId};
use libp2p::{PeerId, kad::KBucketKey};

/// The `count` servers closest to a key, nearest first, without the host `asking`
/// itself.
pub(super) fn closest(world: &World, asking: HostId, key: &[u8], count: usize) -> Vec<PeerId> {
    let others = oracle::servers(world)
        .into_iter()
        .filter(|host| *host != asking);
    oracle::closest(world, others, key, count)
        .into_iter()
        .map(|host| world.peer(host))
        .collect()
}

/// Whether peers are sorted by their distance to a key.
pub(super) fn is_sorted(key: &[u8], peers: &[PeerId]) -> bool {
    peers.is_sorted_by_key(|peer| oracle::distance(key, peer))
}

/// The hosts of `live` that are missing from the table of a host although it has room
/// for them.
pub(super) fn missing_at(
    world: &World,
    host: HostId,
    live: &[HostId],
    bucket_size: NonZeroUsize,
) -> Vec<HostId> {
    let table = world.table(host);
    let local = KBucketKey::from(world.peer(host));
    let mut missing = Vec::new();
    for other in live.iter().filter(|other| **other != host) {
        let peer = world.peer(*other);
        if table.contains(&peer) {
            continue;
        }
        let distance = local.distance(&KBucketKey::from(peer));
        let full = table.buckets.iter().any(|bucket| {
            let (low, high) = bucket.range;
            low <= distance && distance <= high && bucket.entries.len() >= bucket_size.get()
        });
        if !full {
            missing.push(*other);
        }
    }
    missing
}
