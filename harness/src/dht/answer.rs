//! The results that the DHT reports for the steps of a query.

use std::{fmt, num::NonZeroUsize};

use libp2p::{
    PeerId,
    kad::{
        self, AddProviderError, BootstrapError, GetClosestPeersError, GetClosestPeersOk,
        GetProvidersError, GetProvidersOk, GetRecordError, GetRecordOk, PutRecordError,
        QueryResult, Record,
    },
};

use crate::noun::counted;

/// The result of a step of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The peers closest to the key that answered.
    Peers {
        /// The peers.
        peers: Vec<PeerId>,
        /// Whether the query ran out of time before it was done.
        timed_out: bool,
    },
    /// A bootstrap step.
    Bootstrap {
        /// How many bucket refreshes remain.
        remaining: Option<u32>,
        /// Whether the step ran out of time.
        timed_out: bool,
    },
    /// A record was found.
    Record {
        /// The record.
        record: Box<Record>,
        /// The peer that returned it; `None` for the local store.
        from: Option<PeerId>,
    },
    /// Nothing more will be found.
    NoMore {
        /// The peers closest to the key that had no record of it, closest first. The
        /// record can be stored at them, so that it is found sooner.
        cache_at: Vec<PeerId>,
    },
    /// No record was found, or fewer than requested.
    NotFound,
    /// The record was stored with the quorum.
    Stored,
    /// The record was stored at fewer peers than the quorum.
    QuorumFailed {
        /// The peers that have confirmed.
        success: Vec<PeerId>,
        /// The required number of peers.
        quorum: NonZeroUsize,
    },
    /// The host was announced as a provider.
    Provided,
    /// Providers were found.
    Providers(Vec<PeerId>),
    /// The query ran out of time.
    TimedOut,
}

impl Answer {
    /// Whether the step was successful.
    pub fn is_ok(&self) -> bool {
        match self {
            Answer::Peers { timed_out, .. } | Answer::Bootstrap { timed_out, .. } => !timed_out,
            Answer::NotFound | Answer::QuorumFailed { .. } | Answer::TimedOut => false,
            _ => true,
        }
    }

    pub(super) fn of(result: &QueryResult) -> Answer {
        let peers = |peers: &[kad::PeerInfo]| peers.iter().map(|info| info.peer_id).collect();
        match result {
            QueryResult::GetClosestPeers(Ok(GetClosestPeersOk { peers: found, .. })) => {
                Answer::Peers {
                    peers: peers(found),
                    timed_out: false,
                }
            }
            QueryResult::GetClosestPeers(Err(GetClosestPeersError::Timeout {
                peers: found,
                ..
            })) => Answer::Peers {
                peers: peers(found),
                timed_out: true,
            },
            QueryResult::Bootstrap(Ok(ok)) => Answer::Bootstrap {
                remaining: Some(ok.num_remaining),
                timed_out: false,
            },
            QueryResult::Bootstrap(Err(BootstrapError::Timeout { num_remaining, .. })) => {
                Answer::Bootstrap {
                    remaining: *num_remaining,
                    timed_out: true,
                }
            }
            QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => Answer::Record {
                record: Box::new(found.record.clone()),
                from: found.peer,
            },
            QueryResult::GetRecord(Ok(GetRecordOk::FinishedWithNoAdditionalRecord {
                cache_candidates,
            })) => Answer::NoMore {
                cache_at: cache_candidates.values().copied().collect(),
            },
            QueryResult::GetRecord(Err(GetRecordError::NotFound { .. })) => Answer::NotFound,
            // Nothing constructs it, and 0.57 has removed it.
            #[cfg(not(feature = "libp2p-0-57"))]
            QueryResult::GetRecord(Err(GetRecordError::QuorumFailed { .. })) => Answer::NotFound,
            QueryResult::PutRecord(Ok(_)) | QueryResult::RepublishRecord(Ok(_)) => Answer::Stored,
            QueryResult::PutRecord(Err(PutRecordError::QuorumFailed {
                success, quorum, ..
            }))
            | QueryResult::RepublishRecord(Err(PutRecordError::QuorumFailed {
                success,
                quorum,
                ..
            })) => Answer::QuorumFailed {
                success: success.clone(),
                quorum: *quorum,
            },
            QueryResult::StartProviding(Ok(_)) | QueryResult::RepublishProvider(Ok(_)) => {
                Answer::Provided
            }
            QueryResult::GetProviders(Ok(GetProvidersOk::FoundProviders { providers, .. })) => {
                let mut providers: Vec<_> = providers.iter().copied().collect();
                // libp2p returns a hash set, so the order has no meaning.
                providers.sort();
                Answer::Providers(providers)
            }
            QueryResult::GetProviders(Ok(GetProvidersOk::FinishedWithNoAdditionalRecord {
                ..
            })) => Answer::NoMore {
                cache_at: Vec::new(),
            },
            QueryResult::GetRecord(Err(GetRecordError::Timeout { .. }))
            | QueryResult::PutRecord(Err(PutRecordError::Timeout { .. }))
            | QueryResult::RepublishRecord(Err(PutRecordError::Timeout { .. }))
            | QueryResult::StartProviding(Err(AddProviderError::Timeout { .. }))
            | QueryResult::RepublishProvider(Err(AddProviderError::Timeout { .. }))
            | QueryResult::GetProviders(Err(GetProvidersError::Timeout { .. })) => Answer::TimedOut,
        }
    }
}

/// A short text, with numbers instead of peers.
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let late = |timed_out: &bool| if *timed_out { "timed out with " } else { "" };
        match self {
            Answer::Peers { peers, timed_out } => {
                let peers = counted(peers.len(), "peer", "peers");
                write!(f, "{}{peers} found", late(timed_out))
            }
            Answer::Bootstrap {
                remaining,
                timed_out,
            } => {
                let remaining = remaining.unwrap_or(0);
                let buckets = counted(remaining as usize, "bucket", "buckets");
                write!(f, "{}{buckets} left", late(timed_out))
            }
            Answer::Record { .. } => f.write_str("a record found"),
            Answer::NoMore { .. } => f.write_str("nothing more to find"),
            Answer::NotFound => f.write_str("no record found, or fewer than asked for"),
            Answer::Stored => f.write_str("stored with the quorum"),
            Answer::QuorumFailed { success, quorum } => {
                let peers = counted(success.len(), "peer", "peers");
                write!(f, "stored at {peers}, and the quorum is {quorum}")
            }
            Answer::Provided => f.write_str("announced as a provider"),
            Answer::Providers(peers) => {
                let providers = counted(peers.len(), "provider", "providers");
                write!(f, "{providers} found")
            }
            Answer::TimedOut => f.write_str("timed out"),
        }
    }
}
