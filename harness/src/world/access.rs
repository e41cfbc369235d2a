//! How the DHT of a behaviour is reached, if it has one.

use libp2p::{
    PeerId, StreamProtocol,
    kad::{self, KBucketKey, ProviderRecord, Record, RecordKey, store::RecordStore},
    swarm::NetworkBehaviour,
};

use super::legacy::Legacy;
use crate::dht::{DhtBehaviour, RunningQuery, StoreContents, TableSnapshot};

/// How the DHT of a behaviour is reached, if it has one.
pub(crate) trait Access<B: NetworkBehaviour>: 'static {
    fn kad_event(event: &B::ToSwarm) -> Option<&kad::Event>;
    fn read_table(local: PeerId, behaviour: &mut B) -> Option<TableSnapshot>;
    fn mode(behaviour: &mut B) -> Option<kad::Mode>;
    /// The names of the DHT's protocol.
    fn protocols(behaviour: &mut B) -> Vec<StreamProtocol>;
    fn running_queries(behaviour: &mut B) -> Vec<RunningQuery>;
    fn store(behaviour: &mut B) -> Option<StoreContents>;
    fn record(behaviour: &mut B, key: &RecordKey) -> Option<Record>;
    fn providers(behaviour: &mut B, key: &RecordKey) -> Vec<ProviderRecord>;
    fn closest_known(behaviour: &mut B, key: &[u8]) -> Vec<PeerId>;
    /// What a behaviour that is about to be dropped leaves for a restart.
    fn bequeath(local: PeerId, behaviour: &mut B) -> Legacy;
}

/// The behaviour has a DHT.
pub(crate) struct WithDht;

impl<B: DhtBehaviour> Access<B> for WithDht {
    fn kad_event(event: &B::ToSwarm) -> Option<&kad::Event> {
        B::kad_event(event)
    }

    fn read_table(local: PeerId, behaviour: &mut B) -> Option<TableSnapshot> {
        Some(TableSnapshot::read(local, behaviour.kad()))
    }

    fn mode(behaviour: &mut B) -> Option<kad::Mode> {
        Some(behaviour.kad().mode())
    }

    fn protocols(behaviour: &mut B) -> Vec<StreamProtocol> {
        behaviour.kad().protocol_names().to_vec()
    }

    fn running_queries(behaviour: &mut B) -> Vec<RunningQuery> {
        RunningQuery::all(behaviour.kad())
    }

    fn store(behaviour: &mut B) -> Option<StoreContents> {
        Some(StoreContents::read(behaviour.kad().store_mut()))
    }

    fn record(behaviour: &mut B, key: &RecordKey) -> Option<Record> {
        let store = behaviour.kad().store_mut();
        store.get(key).map(|record| record.into_owned())
    }

    fn providers(behaviour: &mut B, key: &RecordKey) -> Vec<ProviderRecord> {
        behaviour.kad().store_mut().providers(key)
    }

    fn closest_known(behaviour: &mut B, key: &[u8]) -> Vec<PeerId> {
        let key = KBucketKey::new(key.to_vec());
        let closest = behaviour.kad().get_closest_local_peers(&key);
        closest.map(KBucketKey::into_preimage).collect()
    }

    fn bequeath(local: PeerId, behaviour: &mut B) -> Legacy {
        Legacy::of(local, behaviour)
    }
}

/// The behaviour has none: a scripted peer, an application without DHT.
pub(crate) struct NoDht;

impl<B: NetworkBehaviour> Access<B> for NoDht {
    fn kad_event(_: &B::ToSwarm) -> Option<&kad::Event> {
        None
    }

    fn read_table(_: PeerId, _: &mut B) -> Option<TableSnapshot> {
        None
    }

    fn mode(_: &mut B) -> Option<kad::Mode> {
        None
    }

    fn protocols(_: &mut B) -> Vec<StreamProtocol> {
        Vec::new()
    }

    fn running_queries(_: &mut B) -> Vec<RunningQuery> {
        Vec::new()
    }

    fn store(_: &mut B) -> Option<StoreContents> {
        None
    }

    fn record(_: &mut B, _: &RecordKey) -> Option<Record> {
        None
    }

    fn providers(_: &mut B, _: &RecordKey) -> Vec<ProviderRecord> {
        Vec::new()
    }

    fn closest_known(_: &mut B, _: &[u8]) -> Vec<PeerId> {
        Vec::new()
    }

    fn bequeath(_: PeerId, _: &mut B) -> Legacy {
        Legacy::default()
    }
}
