//! The contents of a DHT store, as values.

use libp2p::kad::{ProviderRecord, Record, store::RecordStore};

/// The records of one host's store, in the order of their keys.
#[derive(Clone, Debug, Default)]
pub struct StoreContents {
    /// The records.
    pub records: Vec<Record>,
    /// The provider records in which the host itself is the provider. Those of
    /// other providers can only be requested by key.
    pub provided: Vec<ProviderRecord>,
}

impl StoreContents {
    /// Reads a store without changing it.
    pub(crate) fn read(store: &impl RecordStore) -> Self {
        let mut records: Vec<_> = store.records().map(|record| record.into_owned()).collect();
        records.sort_by_key(|record| record.key.to_vec());
        let mut provided: Vec<_> = store.provided().map(|own| own.into_owned()).collect();
        provided.sort_by_key(|own| own.key.to_vec());
        StoreContents { records, provided }
    }
}
