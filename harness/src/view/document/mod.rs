//! A recorded run as a document for the page and other viewers.
//!
//! Responsible for what is shown of a run, and in which words. It must not know how it is
//! drawn. All times are nanoseconds of virtual time since the start. A host is its number.

mod budget;
mod connections;
mod delays;
mod dials;
mod faults;
mod filtered;
mod hosts;
mod log;
mod messages;
mod names;
mod queries;
mod relayed;
mod senders;
mod stores;
mod tables;

use serde::Serialize;

pub(super) use self::{
    connections::Connection, dials::FailedDial, faults::FaultBand, hosts::HostLane, log::LogLine,
    messages::Message, queries::QuerySpan, relayed::RelayedConnection,
};
use self::{names::Names, stores::StoreBar, tables::TableHistory};
use crate::{
    net::HostId,
    recording::{Mark, Recording},
};

/// The version of the document.
const FORMAT: u32 = 1;

/// The most times of reading that are listed.
const READS: usize = 10_000;

/// All that is shown of a run.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) format: u32,
    pub(super) harness: &'static str,
    pub(super) title: String,
    pub(super) about: String,
    pub(super) seed: Option<u64>,
    pub(super) transport: Option<String>,
    pub(super) digest: String,
    pub(super) end: u64,
    pub(super) events: u64,
    pub(super) outcome: Outcome,
    pub(super) focus: Focus,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) reproduce: String,
    pub(super) hosts: Vec<HostLane>,
    pub(super) connections: Vec<Connection>,
    pub(super) relayed: Vec<RelayedConnection>,
    pub(super) dials: Vec<FailedDial>,
    /// The names of the kinds of messages.
    pub(super) kinds: Vec<&'static str>,
    pub(super) keys: Vec<Key>,
    pub(super) messages: Vec<Message>,
    pub(super) queries: Vec<QuerySpan>,
    pub(super) faults: Vec<FaultBand>,
    pub(super) steps: Vec<Step>,
    pub(super) checks: Vec<Check>,
    /// Whether tables and stores were recorded.
    has_contents: bool,
    /// When all tables and stores were read; empty if that was too often to list.
    reads: Vec<u64>,
    tables: Vec<TableHistory>,
    stores: Vec<StoreBar>,
    pub(super) log: Vec<LogLine>,
}

/// How the run ended.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    passed: Option<bool>,
    /// What the test says of it instead.
    verdict: Option<Verdict>,
    /// The first line of the report.
    says: String,
    report: String,
}

/// What is said of the outcome in place of passed or failed.
#[derive(Debug, Serialize)]
struct Verdict {
    /// Whether the run counts as passed.
    ok: bool,
    says: String,
}

/// Where to look first.
#[derive(Debug, Serialize)]
pub(super) struct Focus {
    pub(super) at: u64,
    pub(super) hosts: Vec<u32>,
}

/// What is not in the document.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) what: &'static str,
    pub(super) count: u64,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) why: &'static str,
}

/// A key of the DHT.
#[derive(Debug, Serialize)]
pub(super) struct Key {
    pub(super) text: String,
    /// Its SHA-256 in hexadecimal: its place among the ids.
    pub(super) id: String,
}

/// A step of the test.
#[derive(Debug, Serialize)]
pub(super) struct Step {
    pub(super) at: u64,
    pub(super) says: String,
    pub(super) failed: String,
}

/// A check that failed.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) at: u64,
    /// From when it counts: the begin of a step, or that of an invariant.
    pub(super) since: Option<u64>,
    /// The index of the step that failed, if it is one.
    pub(super) step: Option<usize>,
    pub(super) invariant: String,
    pub(super) kind: String,
    pub(super) hosts: Vec<u32>,
    pub(super) expected: String,
    pub(super) seen: String,
}

impl Document {
    /// What is shown of a recording, in at most this many bytes of JSON if that is
    /// possible: what is far from the focus is left out.
    pub(super) fn of(recording: &Recording, bytes: usize) -> Self {
        let names = Names::of(recording);
        let hosts = hosts::lanes(recording, &names);
        let mut keys = messages::Keys::default();
        let spans = queries::spans(recording, &names, &mut keys);
        let mut connections = connections::connections(recording, &names);
        let dials = dials::failed(recording, &names, &mut connections);
        let stores = stores::bars(recording, &names, &mut keys, &spans);
        let mut messages = messages::messages(recording, &names, &mut keys, &spans, &connections);
        let faults = faults::bands(recording, &names);
        delays::mark(&mut messages, &recording.faults, &faults);
        let checks: Vec<Check> = recording.checks.iter().map(check).collect();
        let end = recording.end.as_nanos();
        let mut document = Document {
            format: FORMAT,
            harness: env!("CARGO_PKG_VERSION"),
            title: recording.name.clone(),
            about: recording.about.clone(),
            seed: recording.seed,
            transport: recording.transport.map(|transport| transport.to_string()),
            digest: recording
                .digest
                .map_or(String::new(), |digest| digest.to_string()),
            end,
            events: recording.events,
            outcome: outcome(recording),
            focus: Focus {
                at: first_failure(recording).unwrap_or(end),
                hosts: numbers(&recording.outcome.hosts),
            },
            left_out: before_the_first(recording).into_iter().collect(),
            reproduce: recording.reproduce.clone(),
            dials,
            connections,
            relayed: relayed::connections(recording),
            kinds: messages::KINDS.to_vec(),
            messages,
            queries: spans,
            faults,
            steps: recording
                .marks
                .iter()
                .map(|mark| Step {
                    at: mark.at.as_nanos(),
                    says: mark.text.clone(),
                    failed: reason(mark).unwrap_or_default().to_owned(),
                })
                .collect(),
            checks,
            has_contents: recording.has_contents,
            reads: match recording.reads.len() {
                0..READS => recording.reads.iter().map(|at| at.as_nanos()).collect(),
                _ => Vec::new(),
            },
            tables: tables::histories(recording, &names),
            stores,
            log: log::lines(recording, &names),
            keys: keys.list(&names),
            hosts,
        };
        budget::keep(&mut document, bytes);
        document
    }
}

fn outcome(recording: &Recording) -> Outcome {
    let outcome = &recording.outcome;
    let failed_step = || {
        let mut marks = recording.marks.iter();
        marks.find_map(|mark| {
            let reason = reason(mark)?.lines().next()?;
            Some(format!("{}: {reason}", mark.text))
        })
    };
    let says = match outcome.report.lines().next() {
        Some(line) => Some(line.to_owned()),
        None => failed_step(),
    };
    Outcome {
        passed: outcome.passed,
        verdict: outcome.verdict.as_ref().map(|verdict| Verdict {
            ok: verdict.is_ok(),
            says: verdict.to_string(),
        }),
        says: says.unwrap_or_default(),
        report: outcome.report.clone(),
    }
}

/// Why a step failed.
fn reason(mark: &Mark) -> Option<&str> {
    Some(&mark.failed.as_ref()?.seen)
}

/// When the first check or step failed.
fn first_failure(recording: &Recording) -> Option<u64> {
    let checks = recording.checks.iter().map(|check| check.at);
    let marks = recording.marks.iter();
    let steps = marks.filter_map(|mark| Some(mark.failed.as_ref()?.at));
    checks.chain(steps).min().map(|at| at.as_nanos())
}

/// The old events of a long run that were not kept in memory.
fn before_the_first(recording: &Recording) -> Option<LeftOut> {
    let trace = &recording.trace;
    (trace.left_out > 0).then(|| LeftOut {
        what: "events",
        count: trace.left_out,
        from: 0,
        to: trace
            .entries
            .iter()
            .map(|entry| entry.at)
            .nth(trace.entries.len() / 2)
            .unwrap_or(0),
        why: "the run is too long to keep all its events in memory",
    })
}

fn check(check: &crate::recording::Check) -> Check {
    Check {
        at: check.at.as_nanos(),
        since: check.since.map(|since| since.as_nanos()),
        step: check.step,
        invariant: check.invariant.clone(),
        kind: check.kind.clone(),
        hosts: numbers(&check.hosts),
        expected: check.expected.clone(),
        seen: check.seen.clone(),
    }
}

fn numbers(hosts: &[HostId]) -> Vec<u32> {
    hosts.iter().map(|host| host.0).collect()
}
