//! What a swarm leaves behind when it is dropped.

use std::any::Any;

use libp2p::{PeerId, kad::store::MemoryStore};

use crate::dht::{DhtBehaviour, TableSnapshot};

/// What a swarm leaves behind when it is dropped.
#[derive(Default)]
pub(crate) struct Legacy {
    store: Option<Box<dyn Any + Send>>,
    pub(crate) table: TableSnapshot,
}

impl Legacy {
    /// Takes over what `behaviour` has, which is about to be dropped.
    pub(crate) fn of<B: DhtBehaviour>(local: PeerId, behaviour: &mut B) -> Self {
        let kad = behaviour.kad();
        let table = TableSnapshot::read(local, kad);
        let store: &mut dyn Any = kad.store_mut();
        let store = store.downcast_mut::<MemoryStore>().map(|store| {
            let store = std::mem::replace(store, MemoryStore::new(local));
            Box::new(store) as Box<dyn Any + Send>
        });
        Legacy { store, table }
    }

    pub(crate) fn take_store<S: 'static>(&mut self) -> Option<S> {
        let store = self.store.take()?.downcast().ok()?;
        Some(*store)
    }
}
