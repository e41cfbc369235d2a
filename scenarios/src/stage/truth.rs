//! What is true of the network as a whole, by looking at all of it.
//!
//! Responsible for answers that no host can know. It must not know of
//! scenarios.

use std::num::NonZeroUsize;

use dht_harness::{
    net::HostId,
    sim::{Life, World},
};
use indexmap::IndexSet;
use libp2p::{
    PeerId,
    kad::{KBucketKey, Mode, RecordKey},
};

/// The hosts that answer requests.
pub(super) fn servers(world: &World) -> Vec<HostId> {
    world
        .hosts()
        .filter(|host| world.life(*host) == Life::Open && world.mode(*host) == Some(Mode::Server))
        .collect()
}

/// The `count` servers closest to a key, nearest first, as `asking` should find
/// them: without itself.
pub(super) fn closest(world: &World, asking: HostId, key: &[u8], count: usize) -> Vec<PeerId> {
    let target = KBucketKey::new(RecordKey::new(&key));
    let mut peers: Vec<PeerId> = servers(world)
        .into_iter()
        .filter(|host| *host != asking)
        .map(|host| world.peer(host))
        .collect();
    peers.sort_by_key(|peer| target.distance(&KBucketKey::from(*peer)));
    peers.truncate(count);
    peers
}

/// Whether peers come in the order of their distance to a key.
pub(super) fn is_sorted(key: &[u8], peers: &[PeerId]) -> bool {
    let target = KBucketKey::new(RecordKey::new(&key));
    peers.is_sorted_by_key(|peer| target.distance(&KBucketKey::from(*peer)))
}

/// Whom of `live` a host misses in its table although there is room.
pub(super) fn missing_at(
    world: &World,
    host: HostId,
    live: &[HostId],
    bucket_size: NonZeroUsize,
) -> Vec<String> {
    let table = world.table(host);
    let local = KBucketKey::from(world.peer(host));
    let mut unmet = Vec::new();
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
            unmet.push(format!(
                "{}: {} is not in its table, and there is room",
                world.name(host),
                world.name(*other)
            ));
        }
    }
    unmet
}

/// Whom one does not come to from the first of `live` by tables, or who does
/// not come to the first.
pub(super) fn unlinked(world: &World, live: &[HostId]) -> Vec<String> {
    let Some(first) = live.first() else {
        return Vec::new();
    };
    let knows: Vec<Vec<usize>> = live
        .iter()
        .map(|host| {
            let table = world.table(*host);
            (0..live.len())
                .filter(|other| table.contains(&world.peer(live[*other])))
                .collect()
        })
        .collect();
    let mut known_by = vec![Vec::new(); live.len()];
    for (from, others) in knows.iter().enumerate() {
        for to in others {
            known_by[*to].push(from);
        }
    }
    let first = world.name(*first);
    let mut unmet = Vec::new();
    for (edges, what) in [
        (&knows, "does not lead to"),
        (&known_by, "is not led to from"),
    ] {
        let reached = reach(edges);
        for (number, host) in live.iter().enumerate() {
            if !reached.contains(&number) {
                unmet.push(format!(
                    "{first}: its part of the table graph {what} {}",
                    world.name(*host)
                ));
            }
        }
    }
    unmet
}

fn reach(edges: &[Vec<usize>]) -> IndexSet<usize> {
    let mut reached = IndexSet::from([0]);
    let mut next = 0;
    while let Some(from) = reached.get_index(next).copied() {
        reached.extend(edges[from].iter().copied());
        next += 1;
    }
    reached
}
