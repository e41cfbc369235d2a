//! The state of a host's DHT.

use std::{rc::Rc, time::Instant};

use dht_harness_clock::{self as clock, Owner, VirtualInstant};
use libp2p::{
    PeerId, StreamProtocol,
    kad::{self, ProviderRecord, QueryId, Record, RecordKey},
};

use super::{
    World,
    member::{AnyHost, DhtWork},
};
use crate::{
    dht::{AnyDht, QueryRecord, RunningQuery, StoreContents, TableSnapshot},
    host::HostError,
    net::HostId,
    tap::TappedMessage,
};

/// A query that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryHandle {
    /// The host that runs it.
    pub host: HostId,
    /// The id of the query in the behaviour.
    pub id: QueryId,
    /// When the host was started. A restarted host numbers its queries from the start
    /// again.
    pub(crate) started_at: VirtualInstant,
    /// Whether the second DHT of the host runs it.
    pub(crate) is_lan: bool,
}

impl QueryHandle {
    /// Whether the second DHT of the host runs the query, see
    /// [`Sim::start_lan_query`](crate::Sim::start_lan_query).
    pub fn is_lan(&self) -> bool {
        self.is_lan
    }
}

impl World {
    /// The record of a query. `None` if its host has restarted since.
    pub fn query(&self, query: QueryHandle) -> Option<QueryRecord> {
        let lives = self.started_at(query.host) == query.started_at;
        self.swarm_log(query.host, |swarm_log| {
            let queries = match query.is_lan {
                true => swarm_log.lan_queries.as_ref()?,
                false => &swarm_log.queries,
            };
            queries.get(&query.id).filter(|_| lives).cloned()
        })
    }

    /// The mode of the host's DHT. `None` if the host has no DHT or is down.
    pub fn mode(&self, host: impl Into<HostId>) -> Option<kad::Mode> {
        self.dht(host, |dht| dht.mode())
    }

    /// The kad protocol names of the host. Empty if it has no DHT or is down.
    pub(crate) fn kad_protocols(&self, host: HostId) -> Vec<StreamProtocol> {
        self.dht(host, |dht| dht.protocol_names())
            .unwrap_or_default()
    }

    /// Whether a message is one of the second DHT of one of its ends.
    pub(crate) fn is_of_second_dht(&self, message: &TappedMessage) -> bool {
        let Some(protocol) = &message.protocol else {
            return false;
        };
        let speaks_it = |host: HostId| {
            let mut speaks_it = false;
            self.member(host, |member| {
                member.host.peek_lan_dht(&mut |dht| {
                    speaks_it = dht.protocol_names().contains(protocol);
                });
            });
            speaks_it
        };
        speaks_it(message.from) || speaks_it(message.to)
    }

    /// The queries that the host's DHT is running.
    pub fn running_queries(&self, host: impl Into<HostId>) -> Vec<QueryId> {
        let host = host.into();
        let queries = self.query_numbers(host).into_iter();
        queries.map(|query| query.id).collect()
    }

    /// The running queries with their numbers of requests.
    pub(crate) fn query_numbers(&self, host: impl Into<HostId>) -> Vec<RunningQuery> {
        self.dht(host, |dht| dht.running_queries())
            .unwrap_or_default()
    }

    /// The time of the host's clock, which determines when its records expire.
    #[expect(clippy::disallowed_methods, reason = "what the host reads: virtual")]
    pub(crate) fn instant(&self, host: impl Into<HostId>) -> Instant {
        let host = host.into();
        let _owner = clock::run_as(Owner(host.0));
        Instant::now()
    }

    /// The contents of the host's store. `None` if it has no DHT or is down.
    pub(crate) fn store(&self, host: impl Into<HostId>) -> Option<StoreContents> {
        self.dht(host, |dht| dht.store())
    }

    /// The record with this key in the host's store.
    pub fn record_at(&self, host: impl Into<HostId>, key: &RecordKey) -> Option<Record> {
        self.dht(host, |dht| dht.record(key)).flatten()
    }

    /// The providers of this key in the host's store, including expired ones.
    pub fn providers_at(&self, host: impl Into<HostId>, key: &RecordKey) -> Vec<ProviderRecord> {
        self.dht(host, |dht| dht.providers(key)).unwrap_or_default()
    }

    /// The peers of the host's table in the order in which its DHT returns them for a
    /// key.
    ///
    /// This call reads the table, which inserts pending entries that are due.
    /// Therefore the table must already have been read at this instant, as it is
    /// before [`at_end`](crate::check::Invariant::at_end). Otherwise returns `None`.
    pub(crate) fn closest_known(&self, host: impl Into<HostId>, key: &[u8]) -> Option<Vec<PeerId>> {
        let host = host.into();
        let was_read = self.table_read_at(host) == Some(self.now());
        was_read.then(|| {
            self.dht(host, |dht| dht.closest_known(key))
                .unwrap_or_default()
        })
    }

    /// Calls `f` with the host's DHT without waking the host. `None` if it has no DHT
    /// or is down.
    pub(super) fn dht<R>(
        &self,
        host: impl Into<HostId>,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Option<R> {
        let (mut f, mut result) = (Some(f), None);
        self.member(host, |member| {
            member
                .host
                .peek_dht(&mut |dht| result = f.take().map(|f| f(dht)));
        });
        result
    }

    /// The routing table of the host's second DHT. `None` if the host has no second DHT or is
    /// down.
    ///
    /// Reading inserts pending entries that are due. They are announced when the host is polled
    /// next.
    pub fn lan_table(&self, host: impl Into<HostId>) -> Option<TableSnapshot> {
        let host = host.into();
        let (local, mut table) = (self.peer(host), None);
        self.engine.enter(|| {
            crate::engine::attribute(host, || {
                self.member(host, |member| {
                    member
                        .host
                        .peek_lan_dht(&mut |dht| table = Some(dht.read_table(local)));
                });
            });
        });
        table
    }

    /// Calls `f` with the host's DHT, on behalf of the host, and wakes it. `None` if
    /// it has no DHT.
    pub(crate) fn with_dht<R>(
        &self,
        host: HostId,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Result<Option<R>, HostError> {
        self.on_behalf(host, f, |any, work| any.with_dht(work))
    }

    /// As [`with_dht`](Self::with_dht), with the second DHT.
    pub(crate) fn with_lan_dht<R>(
        &self,
        host: HostId,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Result<Option<R>, HostError> {
        self.on_behalf(host, f, |any, work| any.with_lan_dht(work))
    }

    /// Lets `call` pass a DHT of the host to `f`, on behalf of the host. `None` if it did not.
    fn on_behalf<R>(
        &self,
        host: HostId,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
        call: impl FnOnce(&dyn AnyHost, DhtWork<'_>) -> Result<(), HostError>,
    ) -> Result<Option<R>, HostError> {
        let (mut f, mut result) = (Some(f), None);
        let any = self.member(host, |member| Rc::clone(&member.host));
        self.engine.enter(|| {
            crate::engine::attribute(host, || {
                call(&*any, &mut |dht| result = f.take().map(|f| f(dht)))
            })
        })?;
        Ok(result)
    }
}
