//! Errors of calls on a simulation.

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
    noun,
    world::{QueryHandle, World, unseen_dht},
};

/// The maximum number of reasons shown after the first.
const REASONS: usize = 5;

/// The maximum number of causes of empty tables shown.
const TABLES: usize = 4;

/// The error of a call on a simulation.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SimError {
    /// The host rejected the operation, or it failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// The query could not be started.
    #[error("{host}: {source}")]
    Start {
        /// The name of the host.
        host: String,
        /// The reason.
        source: StartError,
    },
    /// The host has no DHT.
    #[error("{host} has no DHT: it was spawned with `spawn_without_dht`")]
    NoDht {
        /// The name of the host.
        host: String,
    },
    /// The host has no second DHT.
    #[error("{host} has no second DHT: its behaviour has no `lan_kad`, see `DhtBehaviour`")]
    NoLanDht {
        /// The name of the host.
        host: String,
    },
    /// Applications have run, and no DHT of theirs was seen: the test would pass although
    /// nothing of their DHT was checked. See [`App::without_dht`](crate::App::without_dht).
    #[error("{}", unseen_dht(.hosts))]
    DhtNotSeen {
        /// The names of the hosts.
        hosts: Vec<String>,
    },
    /// The host stopped before its query ended.
    #[error("the query has no end: {host} went before")]
    QueryLost {
        /// The name of the host.
        host: String,
    },
    /// The query ended without success.
    #[error("{host}: {}", failed(.record))]
    QueryFailed {
        /// The name of the host.
        host: String,
        /// The query.
        query: QueryHandle,
        /// The record of the query, including its partial result.
        record: Box<QueryRecord>,
    },
    /// The network rejected the operation.
    #[error(transparent)]
    Net(#[from] NetError),
    /// A condition did not become true in time.
    #[error(
        "not true within {within:?} of virtual time: {}{}",
        reasons(.unmet),
        explained(.tables)
    )]
    Unmet {
        /// The allowed virtual time.
        within: Duration,
        /// The hosts that fail the condition, and the reasons.
        unmet: Vec<Unmet>,
        /// The diagnoses of empty tables.
        tables: Vec<TableDiagnosis>,
    },
    /// An operation did not complete in time.
    #[error("{what} was not answered within {within:?} of virtual time")]
    NoAnswer {
        /// The operation.
        what: String,
        /// The allowed virtual time.
        within: Duration,
    },
    /// The swarm of the host did not emit the expected event in time.
    #[error(
        "no event of {host} met the condition at {caller} within {within:?} of virtual time; {}",
        others(*.seen, .latest)
    )]
    NoEvent {
        /// The name of the host.
        host: String,
        /// The source line of the waiting call.
        caller: String,
        /// The allowed virtual time.
        within: Duration,
        /// The number of other events in the meantime.
        seen: usize,
        /// The latest of these events.
        latest: Vec<String>,
    },
    /// The simulation cannot continue.
    #[error("{0}")]
    Stalled(Stall),
    /// The host is not in the state that the call requires.
    #[error("{host} is {status}, so it cannot {wanted}")]
    InvalidState {
        /// The name of the host.
        host: String,
        /// The current state.
        status: String,
        /// The requested operation.
        wanted: &'static str,
    },
    /// A planned action has called a method that waits.
    #[error(
        "the planned action {plan:?} waits, while the test is waiting already; let it only start \
         things (`start_query`, `start_dial`, `start_close`, faults) and wait for them in the test"
    )]
    WaitInPlan {
        /// The name of the action.
        plan: String,
    },
    /// An error text of the test.
    #[error("{0}")]
    Other(String),
    /// A custom error of the test.
    #[error("{0}")]
    Custom(CustomError),
}

impl SimError {
    /// The custom error of the test, if it has this type.
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        match self {
            SimError::Custom(error) => error.downcast_ref(),
            _ => None,
        }
    }

    /// The hosts that the error mentions.
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
            | SimError::NoLanDht { host }
            | SimError::QueryLost { host }
            | SimError::QueryFailed { host, .. }
            | SimError::NoEvent { host, .. }
            | SimError::InvalidState { host, .. } => called(host),
            SimError::DhtNotSeen { hosts } => hosts.iter().flat_map(|host| called(host)).collect(),
            SimError::Unmet { unmet, .. } => unmet.iter().filter_map(|unmet| unmet.host).collect(),
            SimError::Custom(error) => error.hosts.clone(),
            // The text is the only information.
            SimError::Other(text) => hosts_named(world, text),
            SimError::Host(error) => {
                let peers = error.peers();
                peers
                    .iter()
                    .filter_map(|peer| world.host_of(peer))
                    .collect()
            }
            SimError::Stalled(stall) => stall.hosts().to_vec(),
            SimError::Net(_) | SimError::NoAnswer { .. } | SimError::WaitInPlan { .. } => {
                Vec::new()
            }
        }
    }

    /// The hosts whose tables can be the reason, and that the error itself does not diagnose.
    pub(super) fn to_diagnose(&self, world: &World) -> Vec<HostId> {
        let explains_tables = match self {
            SimError::Unmet { tables, .. } => !tables.is_empty(),
            SimError::Custom(error) => error.explains_tables,
            // The text of the test may contain a diagnosis.
            SimError::Other(text) => TableDiagnosis::is_told_in(text),
            _ => false,
        };
        match self {
            _ if explains_tables => Vec::new(),
            SimError::Custom(CustomError {
                tables: Some(tables),
                ..
            }) => tables.clone(),
            error => concerned(world, error.hosts(world)),
        }
    }
}

/// These hosts, or all if there are none.
pub(super) fn concerned(world: &World, hosts: Vec<HostId>) -> Vec<HostId> {
    match hosts.is_empty() {
        true => world.hosts().collect(),
        false => hosts,
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

/// A summary of the events that were not the expected one.
fn others(seen: usize, latest: &[String]) -> String {
    if seen == 0 {
        return "it emitted none at all".to_owned();
    }
    let mut text = match seen {
        1 => "it emitted 1 other:".to_owned(),
        _ => format!("it emitted {seen} others, the latest:"),
    };
    for event in latest {
        text.push_str("\n  ");
        text.push_str(event);
    }
    text
}

/// The text of a failed query: what was requested, how it ended, and its partial
/// result.
fn failed(record: &QueryRecord) -> String {
    let asked = match &record.asked {
        Some(query) => query.to_string(),
        None => record.kind.to_owned(),
    };
    let end = match record.failure().or(record.answer()) {
        Some(answer) => answer.to_string(),
        None => "no answer".to_owned(),
    };
    let (peers, records) = (record.peers().len(), record.records().len());
    format!(
        "{asked} failed: {end}; {} of {} {} answered, {peers} {} and {records} {} were found",
        record.successes,
        record.requests,
        noun(record.requests as usize, "request was", "requests were"),
        noun(peers, "peer", "peers"),
        noun(records, "record", "records"),
    )
}

/// The first reason on the first line, followed by some of the others.
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
        let causes = noun(more + 1, "cause", "causes");
        text.push_str(&format!("\nand {} more {causes} of empty tables", more + 1));
    }
    text
}

/// The result of a condition: true, or the reasons why it is not.
///
/// `bool`, `Result<(), String>`, and lists of texts or of [`Unmet`] are conditions.
/// An [`Unmet`] also contains the host that fails the condition.
pub trait ConditionResult {
    /// The reasons why the condition is not true. Empty if it is.
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
