//! What is true of the whole network, found by brute force over all hosts.
//!
//! Responsible for the truth that lookups, tables and stores are held against,
//! by invariants, by scenario files and by tests. It must not know what is made
//! of it. Nothing here is cheap: it is for steps, ends and single queries, not
//! for events.

use dht_harness_clock::VirtualInstant;
use libp2p::{
    PeerId,
    kad::{KBucketDistance, KBucketKey, Mode, ProviderRecord, Record, RecordKey},
};

use crate::{
    invariants::view::open_hosts,
    net::{Fault, HostId},
    world::World,
};

/// The hosts that live, serve the DHT and can be dialled.
pub fn servers(world: &World) -> Vec<HostId> {
    open_hosts(world)
        .filter(|host| world.mode(*host) == Some(Mode::Server))
        .filter(|host| {
            world
                .swarm(*host)
                .is_some_and(|swarm| !swarm.listeners.is_empty())
        })
        .collect()
}

/// The distance of a peer to a key, as the DHT measures it.
pub fn distance(key: &[u8], peer: &PeerId) -> KBucketDistance {
    KBucketKey::new(key.to_vec()).distance(&KBucketKey::from(*peer))
}

/// The `count` hosts closest to a key among these, closest first.
pub fn closest(
    world: &World,
    among: impl IntoIterator<Item = HostId>,
    key: &[u8],
    count: usize,
) -> Vec<HostId> {
    let mut hosts: Vec<_> = among.into_iter().collect();
    hosts.sort_by_cached_key(|host| distance(key, &world.peer(*host)));
    hosts.truncate(count);
    hosts
}

/// The living hosts that hold a record of this key, and the record.
pub fn holders(world: &World, key: &RecordKey) -> Vec<(HostId, Record)> {
    open_hosts(world)
        .filter_map(|host| Some((host, world.record_at(host, key)?)))
        .collect()
}

/// The living hosts that hold provider records of this key, and those.
pub fn provider_holders(world: &World, key: &RecordKey) -> Vec<(HostId, Vec<ProviderRecord>)> {
    open_hosts(world)
        .map(|host| (host, world.providers_at(host, key)))
        .filter(|(_, providers)| !providers.is_empty())
        .collect()
}

/// When the network was last disturbed: a host came, went or was declared
/// dead, or a fault that keeps hosts apart was installed or healed. `None`
/// while such a fault stands or a host is paused.
pub fn calm_since(world: &World) -> Option<VirtualInstant> {
    let mut calm = VirtualInstant::ZERO;
    for fault in world.fabric().faults() {
        if matches!(fault.fault, Fault::Latency { .. } | Fault::Bandwidth { .. }) {
            continue;
        }
        calm = calm.max(fault.over_at()?);
    }
    for host in world.hosts() {
        if world.is_paused(host) {
            return None;
        }
        calm = calm.max(world.since(host));
        calm = calm.max(world.declared_dead(host).unwrap_or_default());
    }
    Some(calm)
}

/// Since when what two connected hosts tell each other arrives. `None` while a fault
/// keeps it from arriving.
pub fn in_touch_since(world: &World, a: HostId, b: HostId) -> Option<VirtualInstant> {
    let mut since = VirtualInstant::ZERO;
    for fault in world.fabric().faults() {
        if fault.fault.hinders(a, b) {
            since = since.max(fault.over_at()?);
        }
    }
    Some(since)
}

/// Whether nothing has disturbed the network since then.
pub fn undisturbed_since(world: &World, since: VirtualInstant) -> bool {
    calm_since(world).is_some_and(|calm| calm <= since)
}

/// Whether each of the peers is farther from the key than the one before.
pub(crate) fn is_sorted(key: &[u8], peers: &[PeerId]) -> bool {
    let distances: Vec<_> = peers.iter().map(|peer| distance(key, peer)).collect();
    distances.windows(2).all(|pair| pair[0] < pair[1])
}
