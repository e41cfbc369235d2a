//! Why a call on a simulation did not succeed.

use std::{fmt, time::Duration};

use thiserror::Error;

use crate::{
    dht::{QueryRecord, StartError},
    diagnosis::TableDiagnosis,
    engine::Stall,
    host::HostError,
    net::NetError,
    world::QueryHandle,
};

/// How many reasons are shown after the first.
const REASONS: usize = 5;

/// How many causes of empty tables are shown.
const TABLES: usize = 4;

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
    /// The host has no DHT.
    #[error("{host} has no DHT: it was spawned with `spawn_without_dht`")]
    NoDht {
        /// The host's name.
        host: String,
    },
    /// The host went before its query had ended.
    #[error("the query has no end: {host} went before")]
    QueryLost {
        /// The host's name.
        host: String,
    },
    /// The query has ended without success.
    #[error("{host}: {}", failed(.record))]
    QueryFailed {
        /// The host's name.
        host: String,
        /// The query.
        query: QueryHandle,
        /// All that came of it: what it has found before it failed, too.
        record: Box<QueryRecord>,
    },
    /// The network refused.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A condition did not come true in time.
    #[error(
        "not true within {within:?} of virtual time: {}{}",
        reasons(.unmet),
        explained(.tables)
    )]
    Unmet {
        /// The virtual time that was allowed.
        within: Duration,
        /// Who fails it, and why.
        unmet: Vec<String>,
        /// Why tables are empty, if some are.
        tables: Vec<TableDiagnosis>,
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
         things (`start_query`, `start_dial`, `start_close`, faults) and wait for them in the test"
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

/// What was asked, how it ended, and how far it came.
fn failed(record: &QueryRecord) -> String {
    let asked = match &record.asked {
        Some(query) => query.to_string(),
        None => record.kind.to_owned(),
    };
    let end = match record.failure().or(record.answer()) {
        Some(answer) => answer.to_string(),
        None => "no answer".to_owned(),
    };
    format!(
        "{asked} failed: {end}; {} of {} requests were answered, {} peers and {} records were found",
        record.successes,
        record.requests,
        record.peers().len(),
        record.records().len(),
    )
}

/// The first reason, in the line of the cause; then some of the others.
fn reasons(unmet: &[String]) -> String {
    let mut lines = unmet.iter().flat_map(|reason| reason.lines());
    let mut text = lines.next().unwrap_or_default().to_owned();
    let others: Vec<_> = lines.collect();
    for line in others.iter().take(REASONS) {
        text.push_str(&format!("\n  {line}"));
    }
    if let Some(more) = others.len().checked_sub(REASONS + 1) {
        text.push_str(&format!("\n  and {} more", more + 1));
    }
    text
}

fn explained(tables: &[TableDiagnosis]) -> String {
    let shown = tables.iter().take(TABLES);
    let mut text: String = shown.map(|table| format!("\n{table}")).collect();
    if let Some(more) = tables.len().checked_sub(TABLES + 1) {
        text.push_str(&format!("\nand {} more causes of empty tables", more + 1));
    }
    text
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
