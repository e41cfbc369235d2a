//! What running queries are after.

use libp2p::kad::{
    self, AddProviderContext, AddProviderPhase, PutRecordContext, PutRecordPhase, QueryId,
    QueryInfo, QueryStats, store::RecordStore,
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
    /// How many peers it has wanted to ask so far. Of a bootstrap those for its present key.
    pub requests: u32,
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
            let earlier = before(query.info()).map_or(0, QueryStats::num_requests);
            QueryAim {
                id: query.id(),
                kind,
                key,
                requests: earlier + query.stats().num_requests(),
            }
        });
        aims.collect()
    }
}

/// What a query has done before its present phase.
fn before(info: &QueryInfo) -> Option<&QueryStats> {
    match info {
        QueryInfo::PutRecord {
            phase:
                PutRecordPhase::PutRecord {
                    get_closest_peers_stats: before,
                    ..
                },
            ..
        }
        | QueryInfo::AddProvider {
            phase:
                AddProviderPhase::AddProvider {
                    get_closest_peers_stats: before,
                    ..
                },
            ..
        } => Some(before),
        _ => None,
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
