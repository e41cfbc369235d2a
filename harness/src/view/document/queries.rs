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
#[derive(Debug, Default, Serialize)]
pub(in crate::view) struct QuerySpan {
    pub(in crate::view) host: u32,
    pub(super) n: String,
    pub(in crate::view) name: String,
    /// Its number among the queries of its host and kind, from 1.
    pub(in crate::view) number: usize,
    pub(in crate::view) kind: String,
    #[serde(serialize_with = "or_none")]
    pub(super) key: Option<usize>,
    /// The keys that it was seen to look for.
    #[serde(skip)]
    pub(super) aims: Vec<usize>,
    /// How many peers it had wanted to ask, each time that this has grown; empty if that is not
    /// known.
    #[serde(skip)]
    pub(super) wanted: Vec<(u64, u32)>,
    /// When its host went down.
    #[serde(skip)]
    pub(super) host_ended: Option<u64>,
    pub(in crate::view) from: u64,
    /// Whether its begin is not known: then `from` is its first report.
    pub(super) first_report: bool,
    pub(in crate::view) to: Option<u64>,
    pub(in crate::view) steps: Vec<QueryStep>,
    pub(super) found: Vec<Peer>,
    /// The live servers closest to the key when it ended, closest first.
    pub(super) truth: Vec<u32>,
}

impl QuerySpan {
    /// How many peers it had wanted to ask by this time; `None` if that is not known.
    pub(super) fn wanted_by(&self, at: u64) -> Option<u32> {
        self.wanted.last()?;
        let mut earlier = self.wanted.iter().rev().skip_while(|(when, _)| *when > at);
        Some(earlier.next().map_or(0, |(_, wanted)| *wanted))
    }

    /// Whether it asks no peer twice. A bootstrap has several keys, and what stores looks for
    /// the closest peers first.
    pub(super) fn asks_once(&self) -> bool {
        matches!(
            &*self.kind,
            "closest-peers" | "get" | "get-providers" | "replicate"
        )
    }

    /// Whether it looks for this key.
    pub(super) fn is_about(&self, key: usize) -> bool {
        self.key == Some(key) || self.aims.contains(&key)
    }
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
    let mut numbers: IndexMap<(u32, String), usize> = IndexMap::new();
    for span in &mut spans {
        let number = numbers.entry((span.host, span.kind.clone())).or_default();
        *number += 1;
        span.number = *number;
    }
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
        number: 0,
        kind: String::new(),
        key: None,
        aims: Vec::new(),
        wanted: Vec::new(),
        host_ended: None,
        from: entries.first().map_or(0, |entry| entry.at),
        first_report: true,
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
    let (record, seen) = (&life.record, life.seen.as_ref());
    let ended = record.ended();
    let began = || {
        let lasted = record.duration?.as_nanos() as u64;
        Some(ended?.as_nanos().saturating_sub(lasted))
    };
    let begin = match (record.started, seen) {
        (Some(started), _) => Some(started.as_nanos()),
        (None, Some(seen)) => Some(seen.from.as_nanos()),
        (None, None) => began(),
    };
    let first = record.steps.first().map(|step| step.at.as_nanos());
    let aims = seen.map_or(&[][..], |seen| &seen.keys);
    // A bootstrap looks for several keys, so that it is about none of them.
    let own = (record.asked.as_ref()).and_then(Query::key);
    let own = own.or_else(|| aims.first().map(Vec::as_slice));
    let own = own.filter(|_| record.kind != "bootstrap");
    let says = record.steps.iter().map(|step| step.answer.to_string());
    let steps = entries
        .iter()
        .zip(says.chain(std::iter::repeat(String::new())));
    let gone = seen.and_then(|seen| seen.to);
    let wanted = seen.map_or(&[][..], |seen| &seen.requests).iter();
    let mut wanted: Vec<_> = wanted.map(|(at, count)| (at.as_nanos(), *count)).collect();
    // A report counts what was wanted since the last look. Of a bootstrap it is about one key.
    if let Some(last) = record.steps.last().filter(|_| record.kind != "bootstrap")
        && wanted
            .last()
            .is_none_or(|(_, count)| *count < record.requests)
    {
        wanted.push((last.at.as_nanos(), record.requests));
    }
    QuerySpan {
        host: life.host.0,
        n: life.id.clone(),
        name: life.name.clone(),
        number: 0,
        kind: record.kind.to_owned(),
        key: own.map(|key| keys.index(key)),
        aims: aims.iter().map(|key| keys.index(key)).collect(),
        wanted,
        host_ended: life.host_ended.map(|ended| ended.as_nanos()),
        from: begin.or(first).unwrap_or(0),
        first_report: begin.is_none(),
        to: ended
            .or(gone)
            .or(life.host_ended)
            .map(|ended| ended.as_nanos()),
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
