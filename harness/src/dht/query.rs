//! Queries as values.

use std::fmt;

use libp2p::kad::{
    self, NoKnownPeers, QueryId, Quorum, Record, RecordKey, store, store::RecordStore,
};
use thiserror::Error;

/// An operation on the DHT that may use the network.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Query {
    /// Find the peers closest to a key.
    ClosestPeers(Vec<u8>),
    /// Bootstrap: look up the local id and refresh the buckets.
    Bootstrap,
    /// Find a record.
    Get(RecordKey),
    /// Store a record at the closest peers, of which a quorum must confirm.
    Put(Record, Quorum),
    /// Announce the local host as a provider.
    Provide(RecordKey),
    /// Find providers.
    GetProviders(RecordKey),
}

/// The error of a query that could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The table is empty, so there is no peer to bootstrap from.
    #[error("cannot bootstrap: the routing table is empty; add an address or connect first")]
    NoKnownPeers,
    /// The local store rejected the record or provider. The text is the reason.
    #[error("the local store refused: {0}")]
    Store(String),
}

impl Query {
    /// The kind, as [`QueryRecord::kind`](super::QueryRecord::kind) names it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Query::ClosestPeers(_) => "closest-peers",
            Query::Bootstrap => "bootstrap",
            Query::Get(_) => "get",
            Query::Put(..) => "put",
            Query::Provide(_) => "provide",
            Query::GetProviders(_) => "get-providers",
        }
    }

    /// The key that it is about; `None` for a bootstrap.
    pub(crate) fn key(&self) -> Option<&[u8]> {
        match self {
            Query::ClosestPeers(key) => Some(key),
            Query::Get(key) | Query::Provide(key) | Query::GetProviders(key) => Some(key.as_ref()),
            Query::Put(record, _) => Some(record.key.as_ref()),
            Query::Bootstrap => None,
        }
    }

    /// Starts the query. The swarm must be polled afterwards.
    ///
    /// # Errors
    /// Returns [`StartError`] if no query was started.
    pub(crate) fn start<S>(self, kad: &mut kad::Behaviour<S>) -> Result<QueryId, StartError>
    where
        S: RecordStore + Send + 'static,
    {
        match self {
            Query::ClosestPeers(key) => Ok(kad.get_closest_peers(key)),
            Query::Bootstrap => kad
                .bootstrap()
                .map_err(|NoKnownPeers()| StartError::NoKnownPeers),
            Query::Get(key) => Ok(kad.get_record(key)),
            Query::Put(record, quorum) => kad.put_record(record, quorum).map_err(refused),
            Query::Provide(key) => kad.start_providing(key).map_err(refused),
            Query::GetProviders(key) => Ok(kad.get_providers(key)),
        }
    }
}

/// The kind and the key, in short form even for large records.
impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Query::Bootstrap => Ok(()),
            Query::ClosestPeers(key) => write!(f, " {}", brief(key)),
            Query::Get(key) | Query::Provide(key) | Query::GetProviders(key) => {
                write!(f, " {}", brief(key.as_ref()))
            }
            Query::Put(record, quorum) => write!(
                f,
                " {} of {} bytes, quorum {quorum:?}",
                brief(record.key.as_ref()),
                record.value.len()
            ),
        }
    }
}

/// The key if it is short, printable text, else its length.
fn brief(key: &[u8]) -> String {
    match std::str::from_utf8(key) {
        Ok(text) if text.len() <= 40 => format!("{text:?}"),
        _ => format!("a key of {} bytes", key.len()),
    }
}

fn refused(error: store::Error) -> StartError {
    StartError::Store(error.to_string())
}

/// A query that the DHT is running. The counts are those of its current phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunningQuery {
    /// The query's id in the behaviour.
    pub id: QueryId,
    /// Requests sent.
    pub requests: u32,
    /// Requests that succeeded.
    pub successes: u32,
    /// Requests that failed.
    pub failures: u32,
}

impl RunningQuery {
    /// The running queries of a DHT.
    pub(crate) fn all<S>(kad: &kad::Behaviour<S>) -> Vec<Self>
    where
        S: RecordStore + Send + 'static,
    {
        let queries = kad.iter_queries();
        queries
            .map(|query| RunningQuery {
                id: query.id(),
                requests: query.stats().num_requests(),
                successes: query.stats().num_successes(),
                failures: query.stats().num_failures(),
            })
            .collect()
    }
}
