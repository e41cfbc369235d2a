//! The state of a DHT that is kept when its swarm is dropped.

use libp2p::{PeerId, kad::store::MemoryStore};

use crate::dht::{AnyDht, TableSnapshot};

/// The state of a DHT that is kept when its swarm is dropped.
#[derive(Default)]
pub(crate) struct KeptDht {
    /// The record store, if its type can be kept.
    pub(crate) store: Option<MemoryStore>,
    pub(crate) table: TableSnapshot,
}

impl KeptDht {
    /// Takes the state of a DHT that is about to be dropped.
    pub(crate) fn of(local: PeerId, dht: &mut dyn AnyDht) -> Self {
        let table = dht.read_table(local);
        let store = dht.take_store(local);
        KeptDht { store, table }
    }
}
