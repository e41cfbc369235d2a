//! Recording a run, so that it can be shown afterwards.

use std::cell::RefCell;

use indexmap::IndexSet;
use libp2p::kad::RecordKey;

use super::{QueryHandle, World, member::Member};
use crate::{
    dht::Query,
    net::{HostId, IdHash},
    recording::{QueryKey, Recorded, Recorder, Stored},
};

impl World {
    /// Whether the run is recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.recorder.is_some()
    }

    /// Calls `f` with the recorder, if the run is recorded.
    pub(crate) fn recorder(&self, f: impl FnOnce(&mut Recorder)) {
        if let Some(recorder) = &self.recorder {
            f(&mut recorder.borrow_mut());
        }
    }

    /// Notes what the test calls a query. Pictures show those of the first DHT only.
    pub(crate) fn name_query(&self, query: QueryHandle, name: &str) {
        if !query.is_lan {
            self.recorder(|recorder| recorder.name(key(query), name));
        }
    }

    /// Notes the contents of all stores that can be read.
    pub(crate) fn record_stores(&self) {
        if !self.is_recorded() {
            return;
        }
        let mut keys: IndexSet<RecordKey, IdHash> = IndexSet::default();
        for host in self.hosts() {
            self.swarm_log(host, |log| {
                let asked = log
                    .queries
                    .iter()
                    .filter_map(|(_, record)| record.asked.as_ref());
                let of_records = asked.filter(|asked| !matches!(asked, Query::ClosestPeers(_)));
                keys.extend(
                    of_records
                        .filter_map(Query::key)
                        .map(|key| RecordKey::new(&key)),
                );
            });
        }
        let mut contents = Vec::new();
        for host in self.hosts() {
            let Some(store) = self.store(host) else {
                continue;
            };
            contents.extend(store.records.into_iter().map(|record| Stored {
                host,
                key: record.key.to_vec(),
                provider: None,
                value: record.value,
            }));
            for key in &keys {
                let providers = self.providers_at(host, key).into_iter();
                contents.extend(providers.map(|record| Stored {
                    host,
                    key: record.key.to_vec(),
                    provider: Some(record.provider),
                    value: Vec::new(),
                }));
            }
        }
        let now = self.now();
        self.recorder(|recorder| recorder.stores(now, contents));
    }

    /// The queries of a host that have ended and of which it is not noted what they should
    /// have found, with their keys.
    pub(crate) fn ended_queries(&self, host: HostId) -> Vec<(QueryKey, Vec<u8>)> {
        let Some(recorder) = &self.recorder else {
            return Vec::new();
        };
        let recorder = recorder.borrow();
        let started_at = self.started_at(host);
        self.swarm_log(host, |log| {
            let latest = log.queries.ended().iter().rev();
            let news = latest.map(|id| (host, started_at, *id));
            let news = news.take_while(|key| !recorder.knows_truth_of(key));
            let with_keys = news.map(|key| {
                let asked = log
                    .queries
                    .get(&key.2)
                    .and_then(|record| record.asked.as_ref());
                (key, asked.and_then(Query::key).unwrap_or_default().to_vec())
            });
            with_keys.collect()
        })
    }

    /// Notes the modes of the DHTs of these hosts, and the queries that they are running, if
    /// the run is recorded.
    pub(crate) fn record_dhts(&self, hosts: &[HostId]) {
        if !self.is_recorded() {
            return;
        }
        for host in hosts {
            let Some((mode, aims)) = self.dht(*host, |dht| (dht.mode(), dht.query_aims())) else {
                continue;
            };
            let (life, now) = ((*host, self.started_at(*host)), self.now());
            self.recorder(|recorder| recorder.dht(life, now, mode, aims));
        }
    }

    /// What was recorded, once.
    pub(crate) fn take_recorded(&self) -> Option<Recorded> {
        let recorder = self.recorder.as_ref()?;
        for member in self.members.borrow().iter() {
            record_queries(recorder, member);
        }
        Some(recorder.borrow_mut().take())
    }
}

/// Notes the queries of a host before its log is dropped.
pub(crate) fn record_queries(recorder: &RefCell<Recorder>, member: &Member) {
    let life = (member.id, member.started_at);
    let ended = member.status.is_over().then_some(member.since);
    let log = member.swarm_log();
    recorder.borrow_mut().queries(life, ended, &log.queries);
}

fn key(query: QueryHandle) -> QueryKey {
    (query.host, query.started_at, query.id)
}
