//! Why a simulation did not end as the test wanted.

use std::{fmt, time::Duration};

use thiserror::Error;

use crate::{
    check::Violation,
    dht::StartError,
    engine::{BlockedRun, ProbeError, Stall},
    host::HostError,
    net::NetError,
    trace::{Digest, TraceError},
};

/// A call on a simulation that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SimError {
    /// The host refused or failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The query could not be started.
    #[error("{host}: {source}")]
    Start {
        /// The host's name.
        host: String,
        /// Why.
        source: StartError,
    },
    /// The host went before its query had ended.
    #[error("the query has no end: {host} went before")]
    QueryLost {
        /// The host's name.
        host: String,
    },
    /// The network refused.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A condition did not come true in time.
    #[error("not true within {within:?} of virtual time:\n{}", indent(.unmet))]
    Unmet {
        /// The virtual time that was allowed.
        within: Duration,
        /// Who fails it, and why, with their latest events.
        unmet: Vec<String>,
    },
    /// An answer did not come in time.
    #[error("{what} was not answered within {within:?} of virtual time")]
    NoAnswer {
        /// What was asked.
        what: String,
        /// The virtual time that was allowed.
        within: Duration,
    },
    /// The simulation cannot go on.
    #[error("{0}")]
    Stalled(Stall),
    /// The host is not in the state that the call needs.
    #[error("{host} is {status}, so it cannot {wanted}")]
    InvalidState {
        /// The host's name.
        host: String,
        /// Where it is in its status.
        status: String,
        /// What was asked of it.
        wanted: &'static str,
    },
    /// A planned action has called something that waits.
    #[error(
        "the planned action {plan:?} waits, while the test is waiting already; let it only start \
         things (`start`, `start_dial`, `start_close`, faults) and wait for them in the test"
    )]
    WaitInPlan {
        /// What the test called the action.
        plan: String,
    },
    /// The test's own finding.
    #[error("{0}")]
    Other(String),
}

impl From<String> for SimError {
    fn from(text: String) -> Self {
        SimError::Other(text)
    }
}

impl From<&str> for SimError {
    fn from(text: &str) -> Self {
        SimError::Other(text.to_owned())
    }
}

/// Why a whole simulation failed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Failure {
    /// A seam of determinism is not in force.
    #[error(transparent)]
    Probe(#[from] ProbeError),
    /// It made no progress in real time.
    #[error(transparent)]
    Blocked(#[from] BlockedRun),
    /// The trace could not be written.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// The test's own steps failed, and perhaps invariants too.
    #[error("{error}{}", also(.violations))]
    Body {
        /// What the steps said.
        error: SimError,
        /// What the checks found.
        violations: Vec<Violation>,
        /// How far the run came.
        end: End,
    },
    /// Invariants were violated.
    #[error("{}", list(.violations))]
    Violations {
        /// What the checks found.
        violations: Vec<Violation>,
        /// How far the run came.
        end: End,
    },
}

/// Where a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The digest of all events.
    pub digest: Digest,
    /// How many events were recorded.
    pub events: u64,
    /// How many network deliveries and timers there were.
    pub deliveries: u64,
    /// The virtual time that passed.
    pub virtual_time: Duration,
}

impl Failure {
    /// The violations among the reasons.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Failure::Body { violations, .. } | Failure::Violations { violations, .. } => violations,
            _ => &[],
        }
    }

    /// Whether this invariant is among the violated ones.
    pub fn violates(&self, invariant: &str) -> bool {
        self.violations()
            .iter()
            .any(|violation| violation.invariant == invariant)
    }

    /// Where the run ended, if it ran at all.
    pub fn end(&self) -> Option<&End> {
        match self {
            Failure::Body { end, .. } | Failure::Violations { end, .. } => Some(end),
            _ => None,
        }
    }
}

fn indent(lines: &[String]) -> String {
    lines
        .iter()
        .flat_map(|line| line.lines())
        .map(|line| format!("  {line}\n"))
        .collect()
}

fn list(violations: &[Violation]) -> String {
    let texts: Vec<_> = violations.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

fn also(violations: &[Violation]) -> String {
    if violations.is_empty() {
        return String::new();
    }
    format!("\n{}", list(violations))
}

/// What a condition says: true, or who fails it and why.
///
/// `bool`, `Result<(), String>` and `Vec<String>` (the failing ones, each with
/// its reason) are conditions.
pub trait ConditionResult {
    /// Who fails it and why; empty when it is true.
    fn unmet(self) -> Vec<String>;
}

impl ConditionResult for bool {
    fn unmet(self) -> Vec<String> {
        if self {
            Vec::new()
        } else {
            vec!["the condition is false".to_owned()]
        }
    }
}

impl<E: fmt::Display> ConditionResult for Result<(), E> {
    fn unmet(self) -> Vec<String> {
        self.err()
            .map(|error| error.to_string())
            .into_iter()
            .collect()
    }
}

impl ConditionResult for Vec<String> {
    fn unmet(self) -> Vec<String> {
        self
    }
}
