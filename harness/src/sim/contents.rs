//! What the DHT of a host holds and does, as checks see it.

use std::time::Instant;

use dht_harness_clock::{self as clock, Owner};
use libp2p::{
    PeerId,
    kad::{ProviderRecord, QueryId, Record, RecordKey},
};

use super::world::World;
use crate::{
    dht::{RunningQuery, StoreContents},
    net::HostId,
};

impl World {
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
