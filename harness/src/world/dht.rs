//! What the DHT of a host holds and does, as checks see it.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use dht_harness_clock::{self as clock, Owner, VirtualInstant};
use libp2p::{
    PeerId, StreamProtocol,
    kad::{self, ProviderRecord, QueryId, Record, RecordKey},
};

use super::World;
use crate::{
    dht::{AnyDht, QueryRecord, RunningQuery, StoreContents},
    host::HostError,
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
    pub fn mode(&self, host: impl Into<HostId>) -> Option<kad::Mode> {
        self.dht(host, |dht| dht.mode())
    }

    /// The names of the kad protocol that the host speaks; empty if it has no DHT
    /// or is gone.
    pub(crate) fn kad_protocols(&self, host: HostId) -> Vec<StreamProtocol> {
        self.dht(host, |dht| dht.protocol_names())
            .unwrap_or_default()
    }

    /// The DHT's own query timeout is not visible from outside, so checks that
    /// need it are told. This is the time since the host started the query.
    pub fn query_age(&self, host: impl Into<HostId>, query: &kad::QueryId) -> Option<Duration> {
        let host = host.into();
        let started = self.swarm_log(host, |swarm_log| swarm_log.queries.get(query)?.started)?;
        Some(self.now().saturating_since(started))
    }

    /// The queries that the host's DHT is running.
    pub fn running_queries(&self, host: impl Into<HostId>) -> Vec<QueryId> {
        let host = host.into();
        let queries = self.query_numbers(host).into_iter();
        queries.map(|query| query.id).collect()
    }

    /// The same, in numbers.
    pub fn query_numbers(&self, host: impl Into<HostId>) -> Vec<RunningQuery> {
        self.dht(host, |dht| dht.running_queries())
            .unwrap_or_default()
    }

    /// What the host's clock shows, by which its records expire.
    #[expect(clippy::disallowed_methods, reason = "what the host reads: virtual")]
    pub fn instant(&self, host: impl Into<HostId>) -> Instant {
        let host = host.into();
        let _owner = clock::run_as(Owner(host.0));
        Instant::now()
    }

    /// What the host's store holds, if it has a DHT and is not gone.
    pub fn store(&self, host: impl Into<HostId>) -> Option<StoreContents> {
        self.dht(host, |dht| dht.store())
    }

    /// The host's record of this key.
    pub fn record_at(&self, host: impl Into<HostId>, key: &RecordKey) -> Option<Record> {
        self.dht(host, |dht| dht.record(key)).flatten()
    }

    /// The providers of this key in the host's store, those that have expired
    /// among them.
    pub fn providers_at(&self, host: impl Into<HostId>, key: &RecordKey) -> Vec<ProviderRecord> {
        self.dht(host, |dht| dht.providers(key)).unwrap_or_default()
    }

    /// The peers of the host's table in the order that its DHT gives them for a
    /// key.
    ///
    /// Asking reads the table, which applies pending entries that are due. So
    /// the table must have been read at this instant, as it is before
    /// [`at_end`](crate::check::Invariant::at_end); else the answer is `None`.
    pub fn closest_known(&self, host: impl Into<HostId>, key: &[u8]) -> Option<Vec<PeerId>> {
        let host = host.into();
        let was_read = self.table_read_at(host) == Some(self.now());
        was_read.then(|| {
            self.dht(host, |dht| dht.closest_known(key))
                .unwrap_or_default()
        })
    }

    /// Looks at the host's DHT, if it has one and is not gone.
    fn dht<R>(&self, host: impl Into<HostId>, f: impl FnOnce(&mut dyn AnyDht) -> R) -> Option<R> {
        let (mut f, mut result) = (Some(f), None);
        self.member(host, |member| {
            member
                .host
                .peek_dht(&mut |dht| result = f.take().map(|f| f(dht)));
        });
        result
    }

    /// Works on the host's DHT, in its name, and wakes it; `None` if it has none.
    pub(crate) fn with_dht<R>(
        &self,
        host: HostId,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Result<Option<R>, HostError> {
        let (mut f, mut result) = (Some(f), None);
        let any = self.member(host, |member| Rc::clone(&member.host));
        self.engine.enter(|| {
            crate::engine::attribute(host, || {
                any.with_dht(&mut |dht| result = f.take().map(|f| f(dht)))
            })
        })?;
        Ok(result)
    }
}
