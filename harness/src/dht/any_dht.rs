//! A DHT with any type of store.

use std::any::Any;

use libp2p::{
    Multiaddr, PeerId, StreamProtocol,
    kad::{
        self, KBucketKey, Mode, ProviderRecord, QueryId, Record, RecordKey,
        store::{self, MemoryStore, RecordStore},
    },
};

use super::{Query, QueryAim, RunningQuery, StartError, StoreContents, TableSnapshot};

/// A [`kad::Behaviour`] with its store type erased. Tests and the simulation
/// use it to act on a DHT and to read it without knowing the behaviour around
/// it.
///
/// A call that changes the DHT has to be followed by a poll of the swarm.
pub trait AnyDht {
    /// Adds an address of a peer to the routing table.
    fn add_address(&mut self, peer: &PeerId, address: Multiaddr);

    /// Removes an address of a peer from the routing table.
    fn remove_address(&mut self, peer: &PeerId, address: &Multiaddr);

    /// Removes a peer from the routing table.
    fn remove_peer(&mut self, peer: &PeerId);

    /// Sets the mode; `None` leaves it to libp2p.
    fn set_mode(&mut self, mode: Option<Mode>);

    /// The mode.
    fn mode(&mut self) -> Mode;

    /// The protocol names.
    fn protocol_names(&self) -> Vec<StreamProtocol>;

    /// Starts a query.
    ///
    /// # Errors
    /// The table has no peer to bootstrap from, or the store refused.
    fn start_query(&mut self, query: Query) -> Result<QueryId, StartError>;

    /// Ends a query early.
    fn stop_query(&mut self, query: &QueryId);

    /// The queries that are running.
    fn running_queries(&self) -> Vec<RunningQuery>;

    /// What the running queries are after.
    fn query_aims(&self) -> Vec<QueryAim>;

    /// Stops providing a key.
    fn stop_providing(&mut self, key: &RecordKey);

    /// Removes a record from the store, and stops publishing it.
    fn remove_record(&mut self, key: &RecordKey);

    /// The contents of the store.
    fn store(&mut self) -> StoreContents;

    /// The record of a key in the store.
    fn record(&mut self, key: &RecordKey) -> Option<Record>;

    /// The providers of a key in the store.
    fn providers(&mut self, key: &RecordKey) -> Vec<ProviderRecord>;

    /// Puts a record into the store directly, without a query.
    ///
    /// # Errors
    /// Fails if the store rejects it.
    fn store_local(&mut self, record: Record) -> Result<(), store::Error>;

    /// Puts a provider record into the store directly, without a query.
    ///
    /// # Errors
    /// Fails if the store rejects it.
    fn store_provider_local(&mut self, record: ProviderRecord) -> Result<(), store::Error>;

    /// Removes a record from the store directly, without a query.
    fn remove_local(&mut self, key: &RecordKey);

    /// The peers of the routing table, sorted by their distance to a key. Like
    /// [`read_table`](Self::read_table), this inserts pending entries that are due.
    fn closest_known(&mut self, key: &[u8]) -> Vec<PeerId>;

    /// Reads the routing table.
    ///
    /// Reading changes the table: it applies pending entries that are due and does not
    /// wake the task that would report it.
    fn read_table(&mut self, local: PeerId) -> TableSnapshot;

    /// Takes the store out and leaves an empty one; `None` if it is not a
    /// [`MemoryStore`].
    fn take_store(&mut self, local: PeerId) -> Option<MemoryStore>;

    /// Replaces the store, if it is a [`MemoryStore`].
    fn replace_store(&mut self, store: MemoryStore);
}

impl<S: RecordStore + Send + 'static> AnyDht for kad::Behaviour<S> {
    fn add_address(&mut self, peer: &PeerId, address: Multiaddr) {
        kad::Behaviour::add_address(self, peer, address);
    }

    fn remove_address(&mut self, peer: &PeerId, address: &Multiaddr) {
        kad::Behaviour::remove_address(self, peer, address);
    }

    fn remove_peer(&mut self, peer: &PeerId) {
        kad::Behaviour::remove_peer(self, peer);
    }

    fn set_mode(&mut self, mode: Option<Mode>) {
        kad::Behaviour::set_mode(self, mode);
    }

    fn mode(&mut self) -> Mode {
        super::mode::mode(self)
    }

    fn protocol_names(&self) -> Vec<StreamProtocol> {
        kad::Behaviour::protocol_names(self).to_vec()
    }

    fn start_query(&mut self, query: Query) -> Result<QueryId, StartError> {
        query.start(self)
    }

    fn stop_query(&mut self, query: &QueryId) {
        if let Some(mut query) = self.query_mut(query) {
            query.finish();
        }
    }

    fn running_queries(&self) -> Vec<RunningQuery> {
        RunningQuery::all(self)
    }

    fn query_aims(&self) -> Vec<QueryAim> {
        QueryAim::all(self)
    }

    fn stop_providing(&mut self, key: &RecordKey) {
        kad::Behaviour::stop_providing(self, key);
    }

    fn remove_record(&mut self, key: &RecordKey) {
        kad::Behaviour::remove_record(self, key);
    }

    fn store(&mut self) -> StoreContents {
        StoreContents::read(self.store_mut())
    }

    fn record(&mut self, key: &RecordKey) -> Option<Record> {
        let record = self.store_mut().get(key)?;
        Some(record.into_owned())
    }

    fn providers(&mut self, key: &RecordKey) -> Vec<ProviderRecord> {
        self.store_mut().providers(key)
    }

    fn store_local(&mut self, record: Record) -> Result<(), store::Error> {
        self.store_mut().put(record)
    }

    fn store_provider_local(&mut self, record: ProviderRecord) -> Result<(), store::Error> {
        self.store_mut().add_provider(record)
    }

    fn remove_local(&mut self, key: &RecordKey) {
        self.store_mut().remove(key);
    }

    fn closest_known(&mut self, key: &[u8]) -> Vec<PeerId> {
        let key = KBucketKey::new(key.to_vec());
        let closest = self.get_closest_local_peers(&key);
        closest.map(KBucketKey::into_preimage).collect()
    }

    fn read_table(&mut self, local: PeerId) -> TableSnapshot {
        TableSnapshot::read(local, self)
    }

    fn take_store(&mut self, local: PeerId) -> Option<MemoryStore> {
        let store: &mut dyn Any = self.store_mut();
        let store = store.downcast_mut::<MemoryStore>()?;
        Some(std::mem::replace(store, MemoryStore::new(local)))
    }

    fn replace_store(&mut self, store: MemoryStore) {
        let present: &mut dyn Any = self.store_mut();
        if let Some(present) = present.downcast_mut::<MemoryStore>() {
            *present = store;
        }
    }
}
