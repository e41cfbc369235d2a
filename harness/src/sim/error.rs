//! Why a call on a simulation did not succeed.

use std::{fmt, time::Duration};

use thiserror::Error;

use super::{custom_error::CustomError, failure_report::hosts_named};
use crate::{
    check::Unmet,
    dht::{QueryRecord, StartError},
    diagnosis::TableDiagnosis,
    engine::Stall,
    host::HostError,
    net::{HostId, NetError},
    world::{QueryHandle, World},
};

/// How many reasons are shown after the first.
const REASONS: usize = 5;

/// How many causes of empty tables are shown.
const TABLES: usize = 4;

/// A call on a simulation that did not succeed.
#[derive(Debug, Clone, PartialEq, Error)]
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
        unmet: Vec<Unmet>,
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
    /// The host's swarm emitted no such event in time.
    #[error(
        "no event of {host} met the condition at {caller} within {within:?} of virtual time; {}",
        others(*.seen, .latest)
    )]
    NoEvent {
        /// The host's name.
        host: String,
        /// The line of the test that waits.
        caller: String,
        /// The virtual time that was allowed.
        within: Duration,
        /// How many other events there were meanwhile.
        seen: usize,
        /// The latest of them.
        latest: Vec<String>,
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
    /// The test's own finding, of a type of the test's.
    #[error("{0}")]
    Custom(CustomError),
}

impl SimError {
    /// The test's own finding, if it is of this type.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            SimError::Custom(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// The hosts that it is about, as far as it says.
    pub(super) fn hosts(&self, world: &World) -> Vec<HostId> {
        let called = |name: &str| -> Vec<HostId> {
            let mut hosts = world.hosts();
            hosts
                .find(|host| world.name(*host) == name)
                .into_iter()
                .collect()
        };
        match self {
            SimError::Start { host, .. }
            | SimError::NoDht { host }
            | SimError::QueryLost { host }
            | SimError::QueryFailed { host, .. }
            | SimError::NoEvent { host, .. }
            | SimError::InvalidState { host, .. } => called(host),
            SimError::Unmet { unmet, .. } => unmet.iter().filter_map(|unmet| unmet.host).collect(),
            SimError::Custom(error) => error.hosts().to_vec(),
            // The test's own words are all that there is.
            SimError::Other(text) => hosts_named(world, text),
            SimError::Host(error) => {
                let peers = error.peers();
                peers
                    .iter()
                    .filter_map(|peer| world.host_of(peer))
                    .collect()
            }
            SimError::Net(_)
            | SimError::NoAnswer { .. }
            | SimError::Stalled(_)
            | SimError::WaitInPlan { .. } => Vec::new(),
        }
    }

    /// Whether it says itself why tables are empty.
    pub(super) fn explains_tables(&self) -> bool {
        match self {
            SimError::Unmet { tables, .. } => !tables.is_empty(),
            SimError::Custom(error) => error.explains_tables(),
            // The test may have put it into its own words.
            SimError::Other(text) => TableDiagnosis::is_told_in(text),
            _ => false,
        }
    }
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

/// The events that were not the expected one.
fn others(seen: usize, latest: &[String]) -> String {
    if seen == 0 {
        return "it emitted none at all".to_owned();
    }
    let mut text = format!("it emitted {seen} others, the latest:");
    for event in latest {
        text.push_str("\n  ");
        text.push_str(event);
    }
    text
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
fn reasons(unmet: &[Unmet]) -> String {
    let reasons = unmet.iter().map(ToString::to_string).collect::<Vec<_>>();
    let mut lines = reasons.iter().flat_map(|reason| reason.lines());
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
/// `bool`, `Result<(), String>` and lists of reasons are conditions: of texts, or
/// of [`Unmet`], which also say which host it is that fails.
pub trait ConditionResult {
    /// Who fails it and why; empty when it is true.
    fn unmet(self) -> Vec<Unmet>;
}

impl ConditionResult for bool {
    fn unmet(self) -> Vec<Unmet> {
        if self {
            Vec::new()
        } else {
            vec!["the condition is false".into()]
        }
    }
}

impl<E: fmt::Display> ConditionResult for Result<(), E> {
    fn unmet(self) -> Vec<Unmet> {
        let error = self.err().map(|error| error.to_string());
        error.into_iter().map(Unmet::from).collect()
    }
}

impl<U: Into<Unmet>> ConditionResult for Vec<U> {
    fn unmet(self) -> Vec<Unmet> {
        self.into_iter().map(Into::into).collect()
    }
}
