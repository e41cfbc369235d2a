//! What a swarm leaves behind when it is dropped.

use libp2p::{PeerId, kad::store::MemoryStore};

use crate::dht::{AnyDht, TableSnapshot};

/// What a swarm leaves behind when it is dropped.
#[derive(Default)]
pub(crate) struct Legacy {
    /// The records of its DHT, if they can be taken over.
    pub(crate) store: Option<MemoryStore>,
    pub(crate) table: TableSnapshot,
}

impl Legacy {
    /// Takes over what `dht` has, which is about to be dropped.
    pub(crate) fn of(local: PeerId, dht: &mut dyn AnyDht) -> Self {
        let table = dht.read_table(local);
        let store = dht.take_store(local);
        Legacy { store, table }
    }
}
