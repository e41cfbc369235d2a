//! The record of a query.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use libp2p::{
    PeerId,
    kad::{QueryStats, Record},
};

use super::{Answer, Query};

/// One step of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The time at which the step was reported.
    pub at: VirtualInstant,
    /// The number of the step, from 1, as counted by libp2p.
    pub count: usize,
    /// Whether libp2p marks the step as last.
    pub last: bool,
    /// The result of the step.
    pub answer: Answer,
}

/// The record of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryRecord {
    /// The kind, as libp2p's result type names it.
    pub kind: &'static str,
    /// The query as requested by the harness; `None` for a query that the behaviour
    /// started.
    pub asked: Option<Query>,
    /// The time at which the harness started it; `None` for a query that the
    /// behaviour started.
    pub started: Option<VirtualInstant>,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// Requests sent, as of the latest step.
    pub requests: u32,
    /// Requests that succeeded, as of the latest step.
    pub successes: u32,
    /// Requests that failed, as of the latest step.
    pub failures: u32,
    /// The duration reported by libp2p, once the query has ended.
    pub duration: Option<Duration>,
}

impl QueryRecord {
    /// The record of a query that has reported nothing.
    pub(crate) fn of_kind(kind: &'static str) -> Self {
        QueryRecord {
            kind,
            asked: None,
            started: None,
            steps: Vec::new(),
            requests: 0,
            successes: 0,
            failures: 0,
            duration: None,
        }
    }

    /// Whether the last step was reported.
    pub fn is_finished(&self) -> bool {
        self.ended().is_some()
    }

    /// Whether the query has ended and no step of it has failed.
    pub fn is_ok(&self) -> bool {
        self.is_finished() && self.failure().is_none()
    }

    /// The answer of the first step that failed.
    pub fn failure(&self) -> Option<&Answer> {
        let mut answers = self.steps.iter().map(|step| &step.answer);
        answers.find(|answer| !answer.is_ok())
    }

    /// The latest answer.
    pub fn answer(&self) -> Option<&Answer> {
        self.steps.last().map(|step| &step.answer)
    }

    /// When the last step was reported.
    pub(crate) fn ended(&self) -> Option<VirtualInstant> {
        let last = self.steps.iter().find(|step| step.last)?;
        Some(last.at)
    }

    /// The time from the start to the last step, for queries that the harness
    /// started.
    pub fn latency(&self) -> Option<Duration> {
        Some(self.ended()?.saturating_since(self.started?))
    }

    /// The number of requests that were sent and not answered. It can exceed
    /// `failures`: libp2p-kad does not count a peer that it abandoned after 10 s as a
    /// failure.
    pub fn unanswered(&self) -> u32 {
        self.requests.saturating_sub(self.successes)
    }

    /// The peers the query found, over all steps, without duplicates.
    pub fn peers(&self) -> Vec<PeerId> {
        let mut found = Vec::new();
        for step in &self.steps {
            if let Answer::Peers { peers, .. } | Answer::Providers(peers) = &step.answer {
                for peer in peers {
                    if !found.contains(peer) {
                        found.push(*peer);
                    }
                }
            }
        }
        found
    }

    /// The records the query found, over all steps.
    pub fn records(&self) -> Vec<&Record> {
        self.steps
            .iter()
            .filter_map(|step| match &step.answer {
                Answer::Record { record, .. } => Some(&**record),
                _ => None,
            })
            .collect()
    }

    pub(super) fn note_stats(&mut self, stats: &QueryStats) {
        self.requests = stats.num_requests();
        self.successes = stats.num_successes();
        self.failures = stats.num_failures();
        self.duration = stats.duration();
    }
}
