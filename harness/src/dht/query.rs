//! Queries as values: what was requested, and the steps reported so far.

use std::{fmt, num::NonZeroUsize, time::Duration};

use dht_harness_clock::VirtualInstant;
use indexmap::{IndexMap, IndexSet};
use libp2p::{
    PeerId,
    kad::{
        self, AddProviderError, BootstrapError, GetClosestPeersError, GetClosestPeersOk,
        GetProvidersError, GetProvidersOk, GetRecordError, GetRecordOk, NoKnownPeers,
        PutRecordError, QueryId, QueryResult, QueryStats, Quorum, Record, RecordKey, store,
        store::RecordStore,
    },
};
use thiserror::Error;

/// An operation on the DHT that may need the network.
#[derive(Clone, Debug)]
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

/// Why a query could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The table is empty, so there is no peer to bootstrap from.
    #[error("cannot bootstrap: the routing table is empty; add an address or connect first")]
    NoKnownPeers,
    /// The local store rejected the record or provider; the text says why.
    #[error("the local store refused: {0}")]
    Store(String),
}

impl Query {
    /// The kind, as [`QueryRecord::kind`] names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Query::ClosestPeers(_) => "closest-peers",
            Query::Bootstrap => "bootstrap",
            Query::Get(_) => "get",
            Query::Put(..) => "put",
            Query::Provide(_) => "provide",
            Query::GetProviders(_) => "get-providers",
        }
    }

    /// The key that is looked up, stored or provided. A bootstrap has none.
    pub fn key(&self) -> Option<&[u8]> {
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
    pub fn start<S>(self, kad: &mut kad::Behaviour<S>) -> Result<QueryId, StartError>
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

/// The kind and the key, short even for large records.
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
    pub fn all<S>(kad: &kad::Behaviour<S>) -> Vec<Self>
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

/// The content of one step of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The peers closest to the key, of those that answered.
    Peers {
        /// The peers, closest first.
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
        /// The peer that had it; `None` for the local store.
        from: Option<PeerId>,
    },
    /// No further copies of the record will be found.
    NoMore {
        /// The peers closest to the key that did not have the record, closest
        /// first. It can be stored at them so that it is found sooner.
        cache_at: Vec<PeerId>,
    },
    /// No record was found, or fewer than requested.
    NotFound,
    /// The record was stored with the quorum.
    Stored,
    /// The record was stored at fewer peers than the quorum.
    QuorumFailed {
        /// The peers that confirmed.
        success: Vec<PeerId>,
        /// How many confirmations were required.
        quorum: NonZeroUsize,
    },
    /// Announced as provider.
    Provided,
    /// Providers were found.
    Providers(Vec<PeerId>),
    /// The query ran out of time.
    TimedOut,
}

impl Answer {
    /// Whether the step reports success.
    pub fn is_ok(&self) -> bool {
        match self {
            Answer::Peers { timed_out, .. } | Answer::Bootstrap { timed_out, .. } => !timed_out,
            Answer::NotFound | Answer::QuorumFailed { .. } | Answer::TimedOut => false,
            _ => true,
        }
    }

    fn of(result: &QueryResult) -> Answer {
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
                // libp2p returns a hash set, whose order has no meaning.
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

/// One step of a query.
#[derive(Clone, Debug)]
pub struct Step {
    /// The virtual time at which it was reported.
    pub at: VirtualInstant,
    /// Its number, counted from 1 as libp2p does.
    pub count: usize,
    /// Whether libp2p marks it as the last.
    pub last: bool,
    /// What the step reports.
    pub answer: Answer,
}

/// Everything known about one query.
#[derive(Clone, Debug)]
pub struct QueryRecord {
    /// The kind, named after libp2p's result type.
    pub kind: &'static str,
    /// The operation that the harness started; `None` for queries that the
    /// behaviour started itself.
    pub asked: Option<Query>,
    /// When the harness started it; `None` for queries that the behaviour
    /// started itself.
    pub started: Option<VirtualInstant>,
    /// Its steps so far.
    pub steps: Vec<Step>,
    /// Requests sent, as of the latest step.
    pub requests: u32,
    /// Requests that succeeded, as of the latest step.
    pub successes: u32,
    /// Requests that failed, as of the latest step.
    pub failures: u32,
    /// The duration that libp2p reports, once finished.
    pub duration: Option<Duration>,
}

impl QueryRecord {
    /// Whether the last step has been reported.
    pub fn is_finished(&self) -> bool {
        self.ended().is_some()
    }

    /// The latest answer.
    pub fn answer(&self) -> Option<&Answer> {
        self.steps.last().map(|step| &step.answer)
    }

    /// When the last step was reported, if it was.
    pub fn ended(&self) -> Option<VirtualInstant> {
        let last = self.steps.iter().find(|step| step.last)?;
        Some(last.at)
    }

    /// Time from start to last step; `None` for queries that the behaviour
    /// started itself and for unfinished ones.
    pub fn latency(&self) -> Option<Duration> {
        Some(self.ended()?.saturating_since(self.started?))
    }

    /// Requests that were sent and not answered. At least as many as
    /// `failures`: libp2p-kad does not count a peer that it gives up after 10 s
    /// as a failure.
    pub fn unanswered(&self) -> u32 {
        self.requests.saturating_sub(self.successes)
    }

    /// The peers the query found, over all steps, without duplicates.
    pub fn peers(&self) -> Vec<PeerId> {
        let mut found = Vec::new();
        for step in &self.steps {
            if let Answer::Peers { peers, .. } | Answer::Providers(peers) = &step.answer {
                for peer in peers {
                    if !found.contains(peer) {
                        found.push(*peer);
                    }
                }
            }
        }
        found
    }

    /// The records the query found, over all steps.
    pub fn records(&self) -> Vec<&Record> {
        self.steps
            .iter()
            .filter_map(|step| match &step.answer {
                Answer::Record { record, .. } => Some(&**record),
                _ => None,
            })
            .collect()
    }
}

/// The queries of one host.
#[derive(Clone, Debug, Default)]
pub struct QueryLog {
    queries: IndexMap<QueryId, QueryRecord>,
    /// The query that made the newest step.
    latest: Option<QueryId>,
    ended: Vec<QueryId>,
    running: IndexSet<QueryId>,
}

impl QueryLog {
    /// Records that the harness has started a query.
    pub fn started(&mut self, id: QueryId, query: Query, at: VirtualInstant) {
        let record = self.entry(id, query.kind());
        record.started = Some(at);
        record.asked = Some(query);
    }

    /// Records an event of the DHT. Returns the query it belongs to, if any.
    pub fn on_event(&mut self, event: &kad::Event, at: VirtualInstant) -> Option<QueryId> {
        let kad::Event::OutboundQueryProgressed {
            id,
            result,
            stats,
            step,
        } = event
        else {
            return None;
        };
        let record = self.entry(*id, kind(result));
        record.kind = kind(result);
        record.note_stats(stats);
        record.steps.push(Step {
            at,
            count: step.count.get(),
            last: step.last,
            answer: Answer::of(result),
        });
        self.latest = Some(*id);
        if step.last {
            self.ended.push(*id);
            self.running.shift_remove(id);
        }
        Some(*id)
    }

    /// A query.
    pub fn get(&self, id: &QueryId) -> Option<&QueryRecord> {
        self.queries.get(id)
    }

    /// All queries, in the order in which they first appeared.
    pub fn iter(&self) -> impl Iterator<Item = (&QueryId, &QueryRecord)> {
        self.queries.iter()
    }

    /// The query that made the newest step.
    pub fn just_stepped(&self) -> Option<(&QueryId, &QueryRecord)> {
        self.queries.get_key_value(&self.latest?)
    }

    /// The queries whose last step has not been reported.
    pub fn unfinished(&self) -> impl Iterator<Item = (&QueryId, &QueryRecord)> {
        self.running
            .iter()
            .filter_map(|id| self.queries.get_key_value(id))
    }

    /// The queries whose last step has been reported, in that order.
    pub fn ended(&self) -> &[QueryId] {
        &self.ended
    }

    fn entry(&mut self, id: QueryId, kind: &'static str) -> &mut QueryRecord {
        if !self.queries.contains_key(&id) {
            self.running.insert(id);
        }
        self.queries.entry(id).or_insert_with(|| QueryRecord {
            kind,
            asked: None,
            started: None,
            steps: Vec::new(),
            requests: 0,
            successes: 0,
            failures: 0,
            duration: None,
        })
    }
}

impl QueryRecord {
    fn note_stats(&mut self, stats: &QueryStats) {
        self.requests = stats.num_requests();
        self.successes = stats.num_successes();
        self.failures = stats.num_failures();
        self.duration = stats.duration();
    }
}

fn kind(result: &QueryResult) -> &'static str {
    match result {
        QueryResult::Bootstrap(_) => "bootstrap",
        QueryResult::GetClosestPeers(_) => "closest-peers",
        QueryResult::GetProviders(_) => "get-providers",
        QueryResult::StartProviding(_) => "provide",
        QueryResult::RepublishProvider(_) => "republish-provider",
        QueryResult::GetRecord(_) => "get",
        QueryResult::PutRecord(_) => "put",
        QueryResult::RepublishRecord(_) => "republish",
    }
}
