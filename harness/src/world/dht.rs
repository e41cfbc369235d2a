//! What the DHT of a host holds and does, as checks see it.

use std::time::{Duration, Instant};

use dht_harness_clock::{self as clock, Owner, VirtualInstant};
use libp2p::{
    PeerId, StreamProtocol,
    kad::{self, ProviderRecord, QueryId, Record, RecordKey},
};

use super::World;
use crate::{
    dht::{QueryRecord, RunningQuery, StoreContents},
    net::HostId,
};

/// A query that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryHandle {
    /// The host that runs it.
    pub host: HostId,
    /// The query, as the behaviour numbers it.
    pub id: QueryId,
    /// When that host came up: one that comes back numbers its queries anew.
    pub(crate) started_at: VirtualInstant,
}

impl World {
    /// A query that was started; `None` if its host has come back since.
    pub fn query(&self, query: QueryHandle) -> Option<QueryRecord> {
        let lives = self.started_at(query.host) == query.started_at;
        self.swarm_log(query.host, |swarm_log| {
            swarm_log.queries.get(&query.id).filter(|_| lives).cloned()
        })
    }

    /// The DHT mode of the host, if it has a DHT and is not gone.
    pub fn mode(&self, host: HostId) -> Option<kad::Mode> {
        self.member(host, |member| member.host.mode())
    }

    /// The names of the kad protocol that the host speaks; empty if it has no DHT
    /// or is gone.
    pub(crate) fn kad_protocols(&self, host: HostId) -> Vec<StreamProtocol> {
        self.member(host, |member| member.host.kad_protocols())
    }

    /// The DHT's own query timeout is not visible from outside, so checks that
    /// need it are told. This is the time since the host started the query.
    pub fn query_age(&self, host: HostId, query: &kad::QueryId) -> Option<Duration> {
        let started = self.swarm_log(host, |swarm_log| swarm_log.queries.get(query)?.started)?;
        Some(self.now().saturating_since(started))
    }

    /// The queries that the host's DHT is running.
    pub fn running_queries(&self, host: HostId) -> Vec<QueryId> {
        let queries = self.query_numbers(host).into_iter();
        queries.map(|query| query.id).collect()
    }

    /// The same, in numbers.
    pub fn query_numbers(&self, host: HostId) -> Vec<RunningQuery> {
        self.member(host, |member| member.host.running_queries())
    }

    /// What the host's clock shows, by which its records expire.
    #[expect(clippy::disallowed_methods, reason = "what the host reads: virtual")]
    pub fn instant(&self, host: HostId) -> Instant {
        let _owner = clock::run_as(Owner(host.0));
        Instant::now()
    }

    /// What the host's store holds, if it has a DHT and is not gone.
    pub fn store(&self, host: HostId) -> Option<StoreContents> {
        self.member(host, |member| member.host.store())
    }

    /// The host's record of this key.
    pub fn record_at(&self, host: HostId, key: &RecordKey) -> Option<Record> {
        self.member(host, |member| member.host.record(key))
    }

    /// The providers of this key in the host's store, those that have expired
    /// among them.
    pub fn providers_at(&self, host: HostId, key: &RecordKey) -> Vec<ProviderRecord> {
        self.member(host, |member| member.host.providers(key))
    }

    /// The peers of the host's table in the order that its DHT gives them for a
    /// key.
    ///
    /// Asking reads the table, which applies pending entries that are due. So
    /// the table must have been read at this instant, as it is before
    /// [`at_end`](crate::check::Invariant::at_end); else the answer is `None`.
    pub fn closest_known(&self, host: HostId, key: &[u8]) -> Option<Vec<PeerId>> {
        let was_read = self.table_read_at(host) == Some(self.now());
        was_read.then(|| self.member(host, |member| member.host.closest_known(key)))
    }
}
