//! The actual state of the whole network, computed by brute force over all hosts.
//!
//! Responsible for the reference results with which invariants, scenario files and
//! tests compare lookups, tables and stores. It must not know how the results are
//! used. The functions are expensive: call them at steps, at the end or for single
//! queries, but not at each event.

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

/// The hosts that are up, are DHT servers, and can be dialled.
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

/// The `count` hosts of these that are closest to a key, closest first.
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

/// The live hosts that store a record with this key, and the record.
pub fn holders(world: &World, key: &RecordKey) -> Vec<(HostId, Record)> {
    open_hosts(world)
        .filter_map(|host| Some((host, world.record_at(host, key)?)))
        .collect()
}

/// The live hosts that store provider records for this key, and the records.
pub(crate) fn provider_holders(
    world: &World,
    key: &RecordKey,
) -> Vec<(HostId, Vec<ProviderRecord>)> {
    open_hosts(world)
        .map(|host| (host, world.providers_at(host, key)))
        .filter(|(_, providers)| !providers.is_empty())
        .collect()
}

/// The time of the last disturbance of the network: a host started, stopped or was
/// declared dead, or a fault that separates hosts was installed or healed. `None`
/// while such a fault is in force or a host is paused.
pub(crate) fn calm_since(world: &World) -> Option<VirtualInstant> {
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

/// The time from which data between two connected hosts arrives. `None` while a fault
/// prevents that.
pub(crate) fn in_touch_since(world: &World, a: HostId, b: HostId) -> Option<VirtualInstant> {
    let mut since = VirtualInstant::ZERO;
    for fault in world.fabric().faults() {
        if fault.fault.hinders(a, b) {
            since = since.max(fault.over_at()?);
        }
    }
    Some(since)
}

/// Whether there was no disturbance of the network after this time.
pub(crate) fn undisturbed_since(world: &World, since: VirtualInstant) -> bool {
    calm_since(world).is_some_and(|calm| calm <= since)
}

/// Whether the peers are sorted by increasing distance to the key, without
/// duplicates.
pub(crate) fn is_sorted(key: &[u8], peers: &[PeerId]) -> bool {
    let distances: Vec<_> = peers.iter().map(|peer| distance(key, peer)).collect();
    distances.windows(2).all(|pair| pair[0] < pair[1])
}
