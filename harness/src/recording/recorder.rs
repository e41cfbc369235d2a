//! Collects what the trace of a run does not contain.

use std::rc::Rc;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::kad::{Mode, QueryId};

use super::{
    Mark, MarkFailure, ModeSeen, QueryLife, RefusedDial, Stored, TableLook,
    query_sights::QuerySights, store_log::StoreLog,
};
use crate::{
    dht::{QueryAim, QueryLog, QueryRecord, TableSnapshot},
    net::{HostId, IdHash},
};

/// A query: its host, when the host was started, and its id in the behaviour.
pub(crate) type QueryKey = (HostId, VirtualInstant, QueryId);

/// Collects the tables, stores, queries and marks of a run.
///
/// Its maps have fixed hashers: a standard one would draw a random number of the simulation.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    looks: Vec<TableLook>,
    /// When all tables and stores were read.
    reads: Vec<VirtualInstant>,
    stores: StoreLog,
    queries: Vec<QueryLife>,
    names: IndexMap<QueryKey, String, IdHash>,
    truths: IndexMap<QueryKey, Vec<HostId>, IdHash>,
    sights: QuerySights,
    modes: Vec<ModeSeen>,
    latest_modes: IndexMap<HostId, Mode, IdHash>,
    marks: Vec<Mark>,
    refused: Vec<RefusedDial>,
}

impl Recorder {
    /// Notes a table that differs from the one before.
    pub(crate) fn table(
        &mut self,
        host: HostId,
        started_at: VirtualInstant,
        at: VirtualInstant,
        table: &Rc<TableSnapshot>,
    ) {
        self.looks.push(TableLook {
            host,
            started_at,
            at,
            table: Rc::clone(table),
        });
    }

    /// Notes what all stores contain. All tables have been read at this time.
    pub(crate) fn stores(&mut self, at: VirtualInstant, contents: Vec<Stored>) {
        if self.reads.last() != Some(&at) {
            self.reads.push(at);
        }
        self.stores.look(at, contents);
    }

    /// Notes that a host is down: its store is gone.
    pub(crate) fn down(&mut self, host: HostId, at: VirtualInstant) {
        self.stores.down(host, at);
    }

    /// Notes the mode of a DHT, and the queries that it is running.
    pub(crate) fn dht(
        &mut self,
        life: (HostId, VirtualInstant),
        at: VirtualInstant,
        mode: Mode,
        aims: Vec<QueryAim>,
    ) {
        let (host, _) = life;
        if self.latest_modes.insert(host, mode) != Some(mode) {
            self.modes.push(ModeSeen { host, at, mode });
        }
        self.sights.look(life, at, aims);
    }

    /// Notes what the test calls a query.
    pub(crate) fn name(&mut self, query: QueryKey, name: &str) {
        self.names.insert(query, name.to_owned());
    }

    /// Whether it is noted what a query should have found.
    pub(crate) fn knows_truth_of(&self, query: &QueryKey) -> bool {
        self.truths.contains_key(query)
    }

    /// Notes the servers that are closest to the key of a query that has ended.
    pub(crate) fn truth(&mut self, query: QueryKey, closest: Vec<HostId>) {
        self.truths.insert(query, closest);
    }

    /// Notes the queries of a host whose log is about to be dropped, or that has reached
    /// the end of the run.
    pub(crate) fn queries(
        &mut self,
        (host, started_at): (HostId, VirtualInstant),
        host_ended: Option<VirtualInstant>,
        log: &QueryLog,
    ) {
        let silent = self.sights.of((host, started_at));
        let silent = silent.filter(|((.., id), _)| log.get(id).is_none());
        let silent = silent.map(|((.., id), seen)| (*id, QueryRecord::of_kind(seen.kind)));
        let told = log.iter().map(|(id, record)| (*id, record.clone()));
        for (id, record) in told.chain(silent) {
            let key = (host, started_at, id);
            self.queries.push(QueryLife {
                host,
                id: id.to_string(),
                started_at,
                host_ended,
                name: self.names.get(&key).cloned().unwrap_or_default(),
                record,
                seen: self.sights.get(&key).cloned(),
                truth: self.truths.get(&key).cloned().unwrap_or_default(),
            });
        }
    }

    /// Notes a dial that the swarm has refused at once.
    pub(crate) fn refused(&mut self, dial: RefusedDial) {
        self.refused.push(dial);
    }

    /// Notes the start of a step.
    pub(crate) fn mark(&mut self, at: VirtualInstant, text: String) {
        self.marks.push(Mark {
            at,
            text,
            failed: None,
        });
    }

    /// Notes that the latest step has failed.
    pub(crate) fn mark_failed(&mut self, failure: MarkFailure) {
        if let Some(mark) = self.marks.last_mut() {
            mark.failed = Some(failure);
        }
    }

    /// What was collected.
    pub(crate) fn take(&mut self) -> Recorded {
        let recorder = std::mem::take(self);
        Recorded {
            looks: recorder.looks,
            reads: recorder.reads,
            stores: recorder.stores.into_spans(),
            queries: recorder.queries,
            modes: recorder.modes,
            marks: recorder.marks,
            refused: recorder.refused,
        }
    }
}

/// What a recorder has collected.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) looks: Vec<TableLook>,
    pub(crate) reads: Vec<VirtualInstant>,
    pub(crate) stores: Vec<super::StoreSpan>,
    pub(crate) queries: Vec<QueryLife>,
    pub(crate) modes: Vec<ModeSeen>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) refused: Vec<RefusedDial>,
}
