//! The queries of a run.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::{
    messages::Keys,
    names::{Names, Peer},
};
use crate::{
    dht::Query,
    recording::{QueryLife, Recording},
    trace::{TraceEntry, TraceEvent},
};

/// A query.
#[derive(Debug, Serialize)]
pub(in crate::view) struct QuerySpan {
    pub(in crate::view) host: u32,
    pub(in crate::view) n: String,
    pub(in crate::view) name: String,
    pub(in crate::view) kind: String,
    #[serde(serialize_with = "or_none")]
    pub(super) key: Option<usize>,
    pub(in crate::view) from: u64,
    pub(in crate::view) to: Option<u64>,
    pub(in crate::view) steps: Vec<QueryStep>,
    found: Vec<Peer>,
    /// The live servers closest to the key when it ended, closest first.
    truth: Vec<u32>,
}

/// A step that a query has reported.
#[derive(Debug, Serialize)]
pub(in crate::view) struct QueryStep {
    at: u64,
    pub(in crate::view) ok: bool,
    last: bool,
    says: String,
    requests: u32,
    successes: u32,
    failures: u32,
}

/// An index, or -1 for none.
fn or_none<S: Serializer>(index: &Option<usize>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(index.map_or(-1, |index| index as i64))
}

/// The queries, in the order of their starts.
pub(super) fn spans(recording: &Recording, names: &Names, keys: &mut Keys) -> Vec<QuerySpan> {
    let steps = steps(recording);
    let mut spans: Vec<QuerySpan> = match recording.queries.is_empty() {
        true => steps
            .into_iter()
            .map(|((host, ..), steps)| bare(host, &steps))
            .collect(),
        false => {
            let lives = recording.queries.iter();
            lives
                .map(|life| {
                    let key = (life.host.0, life.started_at.as_nanos(), life.id.clone());
                    let steps = steps.get(&key).map_or(&[][..], Vec::as_slice);
                    known(life, steps, names, keys)
                })
                .collect()
        }
    };
    spans.sort_by_key(|span| span.from);
    spans
}

/// The steps of each query: by host, the start of the host, and the id of the query.
fn steps(recording: &Recording) -> IndexMap<(u32, u64, String), Vec<&TraceEntry>> {
    let mut started: IndexMap<u32, u64> = IndexMap::new();
    let mut steps: IndexMap<_, Vec<&TraceEntry>> = IndexMap::new();
    for entry in &recording.trace.entries {
        let Some(host) = entry.host else { continue };
        match &entry.event {
            TraceEvent::Spawned { .. } => {
                started.insert(host, entry.at);
            }
            TraceEvent::QueryStep { query, .. } => {
                let since = started.get(&host).copied().unwrap_or(0);
                let key = (host, since, query.clone());
                steps.entry(key).or_default().push(entry);
            }
            _ => {}
        }
    }
    steps
}

/// A query of which the trace is all that is known.
fn bare(host: u32, entries: &[&TraceEntry]) -> QuerySpan {
    let mut span = QuerySpan {
        host,
        n: String::new(),
        name: String::new(),
        kind: String::new(),
        key: None,
        from: entries.first().map_or(0, |entry| entry.at),
        to: None,
        steps: Vec::new(),
        found: Vec::new(),
        truth: Vec::new(),
    };
    for entry in entries {
        let TraceEvent::QueryStep {
            query, kind, last, ..
        } = &entry.event
        else {
            continue;
        };
        span.n.clone_from(query);
        kind.as_ref().clone_into(&mut span.kind);
        if *last {
            span.to = Some(entry.at);
        }
        span.steps.extend(step(entry, String::new()));
    }
    span
}

fn known(life: &QueryLife, entries: &[&TraceEntry], names: &Names, keys: &mut Keys) -> QuerySpan {
    let record = &life.record;
    let ended = record.ended();
    let began = || {
        Some(
            ended?
                .as_nanos()
                .saturating_sub(record.duration?.as_nanos() as u64),
        )
    };
    let first = record.steps.first().map(|step| step.at.as_nanos());
    let from = record.started.map(|started| started.as_nanos());
    let says = record.steps.iter().map(|step| step.answer.to_string());
    let steps = entries
        .iter()
        .zip(says.chain(std::iter::repeat(String::new())));
    QuerySpan {
        host: life.host.0,
        n: life.id.clone(),
        name: life.name.clone(),
        kind: record.kind.to_owned(),
        key: (record.asked.as_ref())
            .and_then(Query::key)
            .map(|key| keys.index(key)),
        from: from.or_else(|| began().min(first).or(first)).unwrap_or(0),
        to: ended.or(life.host_ended).map(|ended| ended.as_nanos()),
        steps: steps
            .filter_map(|(entry, says)| step(entry, says))
            .collect(),
        found: record.peers().iter().map(|peer| names.peer(peer)).collect(),
        // The other kinds do not tell which peers they have reached.
        truth: match record.kind {
            "closest-peers" => life.truth.iter().map(|host| host.0).collect(),
            _ => Vec::new(),
        },
    }
}

fn step(entry: &TraceEntry, says: String) -> Option<QueryStep> {
    let TraceEvent::QueryStep {
        last,
        ok,
        requests,
        successes,
        failures,
        ..
    } = entry.event
    else {
        return None;
    };
    Some(QueryStep {
        at: entry.at,
        ok,
        last,
        says,
        requests,
        successes,
        failures,
    })
}
