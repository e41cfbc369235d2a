//! What running queries are after.

use libp2p::kad::{
    self, AddProviderContext, PutRecordContext, QueryId, QueryInfo, store::RecordStore,
};

/// What a query that the DHT is running is after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryAim {
    /// The query's id in the behaviour.
    pub id: QueryId,
    /// The kind, as [`QueryRecord::kind`](super::QueryRecord::kind) names it, or `replicate`:
    /// kad passes records on to peers that are closer to their keys, and reports nothing.
    pub kind: &'static str,
    /// The key that it looks for now. Of a bootstrap it is a peer id, which changes.
    pub key: Vec<u8>,
}

impl QueryAim {
    /// The aims of the running queries of a DHT.
    pub(crate) fn all<S>(kad: &kad::Behaviour<S>) -> Vec<Self>
    where
        S: RecordStore + Send + 'static,
    {
        let queries = kad.iter_queries();
        let aims = queries.map(|query| {
            let (kind, key) = aim(query.info());
            QueryAim {
                id: query.id(),
                kind,
                key,
            }
        });
        aims.collect()
    }
}

fn aim(info: &QueryInfo) -> (&'static str, Vec<u8>) {
    match info {
        QueryInfo::Bootstrap { peer, .. } => ("bootstrap", peer.to_bytes()),
        QueryInfo::GetClosestPeers { key, .. } => ("closest-peers", key.clone()),
        QueryInfo::GetProviders { key, .. } => ("get-providers", key.to_vec()),
        QueryInfo::AddProvider { key, context, .. } => match context {
            AddProviderContext::Publish => ("provide", key.to_vec()),
            AddProviderContext::Republish => ("republish-provider", key.to_vec()),
        },
        QueryInfo::PutRecord {
            record, context, ..
        } => match context {
            PutRecordContext::Publish | PutRecordContext::Custom => ("put", record.key.to_vec()),
            PutRecordContext::Republish => ("republish", record.key.to_vec()),
            PutRecordContext::Replicate => ("replicate", record.key.to_vec()),
        },
        QueryInfo::GetRecord { key, .. } => ("get", key.to_vec()),
    }
}
