//! The queries of one host.

use dht_harness_clock::VirtualInstant;
use indexmap::{IndexMap, IndexSet};
use libp2p::kad::{self, QueryId, QueryResult};

use super::{Answer, Query, QueryRecord, Step};

/// The queries of one host.
#[derive(Clone, Debug, Default)]
pub struct QueryLog {
    queries: IndexMap<QueryId, QueryRecord>,
    /// The query with the latest step.
    latest: Option<QueryId>,
    ended: Vec<QueryId>,
    running: IndexSet<QueryId>,
}

impl QueryLog {
    /// Records that the harness has started a query.
    pub(crate) fn started(&mut self, id: QueryId, query: Query, at: VirtualInstant) {
        let record = self.entry(id, query.kind());
        record.started = Some(at);
        record.asked = Some(query);
    }

    /// Records an event of the DHT. Returns the query that it belongs to.
    pub(crate) fn on_event(&mut self, event: &kad::Event, at: VirtualInstant) -> Option<QueryId> {
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
    pub(crate) fn get(&self, id: &QueryId) -> Option<&QueryRecord> {
        self.queries.get(id)
    }

    /// All queries, in the order of their first occurrence.
    pub fn iter(&self) -> impl Iterator<Item = (&QueryId, &QueryRecord)> {
        self.queries.iter()
    }

    /// The query with the latest step.
    pub(crate) fn just_stepped(&self) -> Option<(&QueryId, &QueryRecord)> {
        self.queries.get_key_value(&self.latest?)
    }

    /// The queries that have not ended.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = (&QueryId, &QueryRecord)> {
        self.running
            .iter()
            .filter_map(|id| self.queries.get_key_value(id))
    }

    /// The queries that have ended, in the order of their ends.
    pub(crate) fn ended(&self) -> &[QueryId] {
        &self.ended
    }

    fn entry(&mut self, id: QueryId, kind: &'static str) -> &mut QueryRecord {
        if !self.queries.contains_key(&id) {
            self.running.insert(id);
        }
        self.queries
            .entry(id)
            .or_insert_with(|| QueryRecord::of_kind(kind))
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
