//! Hosts ask the DHT.

use std::{rc::Rc, task::Poll};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
    peer::SimHost,
};
use crate::{
    dht::{DhtBehaviour, Query, QueryRecord},
    world::QueryHandle,
};

impl Sim {
    /// Starts a query.
    ///
    /// # Errors
    /// The DHT refused, or the host is gone.
    pub fn start<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        query: Query,
    ) -> Result<QueryHandle, SimError> {
        self.control(host.id, format!("start {query}"));
        let asked = query.clone();
        let started = host.with(|swarm| query.start(swarm.behaviour_mut().kad()))?;
        let id = started.map_err(|source| SimError::Start {
            host: host.name().to_owned(),
            source,
        })?;
        let now = self.now();
        let members = self.world.members.borrow();
        members[host.id.0 as usize]
            .swarm_log()
            .queries
            .started(id, asked, now);
        Ok(QueryHandle {
            host: host.id,
            id,
            started_at: self.world.started_at(host.id),
        })
    }

    /// Runs until a query has made its last step.
    ///
    /// # Errors
    /// Its host has gone before, or it did not end within 300 s of virtual time.
    pub fn finish_query(&mut self, query: QueryHandle) -> Result<QueryRecord, SimError> {
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

    /// Starts a query and runs until its last step.
    ///
    /// # Errors
    /// The DHT refused, the host is gone, or the query did not end.
    pub fn query<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        query: Query,
    ) -> Result<QueryRecord, SimError> {
        let query = self.start(host, query)?;
        self.finish_query(query)
    }

    /// Looks up the peers closest to a key.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn closest_peers<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        key: impl Into<Vec<u8>>,
    ) -> Result<QueryRecord, SimError> {
        self.query(host, Query::ClosestPeers(key.into()))
    }
}
