//! Running queries.

use std::{rc::Rc, task::Poll};

use libp2p::{
    PeerId,
    kad::{QueryId, Quorum, Record, RecordKey},
};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
};
use crate::{
    dht::{Query, QueryRecord, StartError},
    net::HostId,
    world::QueryHandle,
};

/// Queries have to end within 300 s of virtual time, otherwise the call returns an
/// error. A failed query returns [`SimError::QueryFailed`], which contains its
/// partial result.
impl Sim {
    /// Starts a query without waiting for its end.
    ///
    /// # Errors
    /// Returns an error if the DHT rejects the query, or if the host has no DHT or is
    /// down.
    pub fn start_query(
        &mut self,
        host: impl Into<HostId>,
        query: Query,
    ) -> Result<QueryHandle, SimError> {
        let host = host.into();
        self.control(host, format!("start {query}"));
        let asked = query.clone();
        let started = self.with_dht(host, |dht| dht.start_query(query))?;
        self.started(host, asked, started, false)
    }

    /// As [`start_query`](Self::start_query), on the second DHT of a swarm with two, see
    /// [`DhtBehaviour::lan_kad`](crate::dht::DhtBehaviour::lan_kad).
    ///
    /// # Errors
    /// As for [`start_query`](Self::start_query).
    pub fn start_lan_query(
        &mut self,
        host: impl Into<HostId>,
        query: Query,
    ) -> Result<QueryHandle, SimError> {
        let host = host.into();
        self.control(host, format!("start {query} in the LAN"));
        let asked = query.clone();
        let started = self.with_lan_dht(host, |dht| dht.start_query(query))?;
        self.started(host, asked, started, true)
    }

    /// Records a query that a DHT of the host has started.
    fn started(
        &self,
        host: HostId,
        query: Query,
        started: Result<QueryId, StartError>,
        is_lan: bool,
    ) -> Result<QueryHandle, SimError> {
        let id = started.map_err(|source| SimError::Start {
            host: self.world.name(host),
            source,
        })?;
        let now = self.now();
        let members = self.world.members.borrow();
        let mut log = members[host.0 as usize].swarm_log();
        let queries = match is_lan {
            true => log.lan_queries.get_or_insert_default(),
            false => &mut log.queries,
        };
        queries.started(id, query, now);
        Ok(QueryHandle {
            host,
            id,
            started_at: self.world.started_at(host),
            is_lan,
        })
    }

    /// Runs until a query has ended, and returns an error if it failed.
    ///
    /// # Errors
    /// Returns an error if the query failed or did not end, or if its host stopped.
    pub fn finish_query(&mut self, query: QueryHandle) -> Result<QueryRecord, SimError> {
        let record = self.wait_query(query)?;
        match record.is_ok() {
            true => Ok(record),
            false => Err(self.failed(query, record)),
        }
    }

    /// Runs until a query has ended, successfully or not. For tests that evaluate the
    /// outcome themselves.
    ///
    /// # Errors
    /// Returns an error if the query did not end, or if its host stopped.
    pub fn wait_query(&mut self, query: QueryHandle) -> Result<QueryRecord, SimError> {
        let world = Rc::clone(&self.world);
        let finished = std::future::poll_fn(move |_| match world.query(query) {
            Some(record) if record.is_finished() => Poll::Ready(Ok(record)),
            Some(_) if !world.status(query.host).is_over() => Poll::Pending,
            _ => Poll::Ready(Err(SimError::QueryLost {
                host: world.name(query.host),
            })),
        });
        self.wait("query", PATIENCE, finished)?
    }

    /// Starts a query and runs until it has ended. Returns its steps, its numbers of
    /// requests and all results. [`get_closest_peers`](Self::get_closest_peers) and
    /// the similar calls, which are named as in libp2p-kad, return the results only.
    ///
    /// ```
    /// use dht_harness::{Node, Sim, SimError, dht::Query};
    /// use libp2p::{Swarm, kad};
    ///
    /// Sim::builder().test(|sim| {
    ///     let hosts = sim.spawn_n(2, "h", |node: &Node| {
    ///         let store = kad::store::MemoryStore::new(node.peer_id());
    ///         let mut kad = kad::Behaviour::new(node.peer_id(), store);
    ///         kad.set_mode(Some(kad::Mode::Server));
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    ///     });
    ///     sim.add_address(&hosts[0], &hosts[1])?;
    ///     let record = sim.query(&hosts[0], Query::ClosestPeers(b"key".to_vec()))?;
    ///     assert_eq!((record.requests, record.successes), (1, 1));
    ///
    ///     let key = kad::RecordKey::new(b"key");
    ///     let Err(SimError::QueryFailed { record, .. }) = sim.get_record(&hosts[0], key) else {
    ///         panic!("the record was found");
    ///     };
    ///     assert_eq!(record.requests, 1);
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Errors
    /// Returns an error if the DHT rejected the query, the query failed, or the host
    /// is down.
    pub fn query(
        &mut self,
        host: impl Into<HostId>,
        query: Query,
    ) -> Result<QueryRecord, SimError> {
        let query = self.start_query(host, query)?;
        self.finish_query(query)
    }

    /// Looks up the peers closest to a key, closest first.
    ///
    /// # Errors
    /// As for [`query`](Self::query). It is not an error if no peer was found.
    pub fn get_closest_peers(
        &mut self,
        host: impl Into<HostId>,
        key: impl Into<Vec<u8>>,
    ) -> Result<Vec<PeerId>, SimError> {
        let record = self.query(host, Query::ClosestPeers(key.into()))?;
        Ok(record.peers())
    }

    /// Fills the routing table.
    ///
    /// # Errors
    /// As for [`query`](Self::query). It is an error if the table is empty.
    pub fn bootstrap(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        self.query(host, Query::Bootstrap).map(|_| ())
    }

    /// Finds a record. Returns the first one if several were found.
    ///
    /// # Errors
    /// As for [`query`](Self::query). It is an error if no record was found.
    pub fn get_record(
        &mut self,
        host: impl Into<HostId>,
        key: impl Into<RecordKey>,
    ) -> Result<Record, SimError> {
        let query = self.start_query(host, Query::Get(key.into()))?;
        let record = self.finish_query(query)?;
        match record.records().first() {
            Some(found) => Ok((*found).clone()),
            None => Err(self.failed(query, record)),
        }
    }

    /// Stores a record at the peers closest to its key.
    ///
    /// # Errors
    /// As for [`query`](Self::query). It is an error if fewer peers than the quorum
    /// have confirmed the record.
    pub fn put_record(
        &mut self,
        host: impl Into<HostId>,
        record: Record,
        quorum: Quorum,
    ) -> Result<(), SimError> {
        self.query(host, Query::Put(record, quorum)).map(|_| ())
    }

    /// Announces a host as a provider of a key.
    ///
    /// # Errors
    /// As for [`query`](Self::query).
    pub fn start_providing(
        &mut self,
        host: impl Into<HostId>,
        key: impl Into<RecordKey>,
    ) -> Result<(), SimError> {
        self.query(host, Query::Provide(key.into())).map(|_| ())
    }

    /// Finds the providers of a key.
    ///
    /// # Errors
    /// As for [`query`](Self::query). It is not an error if no provider was found.
    pub fn get_providers(
        &mut self,
        host: impl Into<HostId>,
        key: impl Into<RecordKey>,
    ) -> Result<Vec<PeerId>, SimError> {
        let record = self.query(host, Query::GetProviders(key.into()))?;
        Ok(record.peers())
    }

    fn failed(&self, query: QueryHandle, record: QueryRecord) -> SimError {
        SimError::QueryFailed {
            host: self.world.name(query.host),
            query,
            record: Box::new(record),
        }
    }
}
