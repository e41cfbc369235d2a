//! The state of a DHT that is kept when its swarm is dropped.

use libp2p::{PeerId, kad::store::MemoryStore};

use crate::dht::{AnyDht, TableSnapshot};

/// The state of a DHT that is kept when its swarm is dropped.
#[derive(Default)]
pub(crate) struct Legacy {
    /// The record store, if its type can be kept.
    pub(crate) store: Option<MemoryStore>,
    pub(crate) table: TableSnapshot,
}

impl Legacy {
    /// Takes the state of a DHT that is about to be dropped.
    pub(crate) fn of(local: PeerId, dht: &mut dyn AnyDht) -> Self {
        let table = dht.read_table(local);
        let store = dht.take_store(local);
        Legacy { store, table }
    }
}
