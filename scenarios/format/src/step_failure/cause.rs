//! The cause of a failed step.

use std::{error::Error, fmt, time::Duration};

use dht_harness::{
    SimError,
    check::{Unmet, Value},
    diagnosis::TableDiagnosis,
    net::HostId,
    sim::CustomError,
};

use super::remedy;
use crate::{
    condition::Condition,
    step::Step,
    syntax::{Name, Word},
};

/// The cause of a failed step, or of a run that could not start or end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// A host or the simulation returned an error, or the simulation cannot continue.
    Sim(SimError),
    /// A condition does not hold, or did not hold in time.
    ConditionUnmet {
        /// The condition.
        condition: Condition,
        /// The hosts for which it does not hold, and what was seen.
        unmet: Vec<Unmet>,
        /// The time in which it had to become true. `None` if it had to be true at
        /// once, or throughout.
        within: Option<Duration>,
        /// The diagnoses of empty tables.
        tables: Vec<TableDiagnosis>,
    },
    /// The tables of the network did not recover in time.
    NotRecovered {
        /// The allowed time.
        within: Duration,
        /// The tables that did not recover, and what they lack.
        unmet: Vec<Unmet>,
        /// The diagnoses of empty tables.
        tables: Vec<TableDiagnosis>,
    },
    /// The tables recovered in time, but a lookup did not find all peers that it had
    /// to find.
    LookupIncomplete {
        /// The host that ran the lookup.
        host: HostId,
        /// The name of the host, and the peers that were not found.
        seen: Value,
        /// The diagnoses of empty tables.
        tables: Vec<TableDiagnosis>,
    },
    /// The network recovered too late.
    RecoveredLate {
        /// The allowed time.
        within: Duration,
    },
    /// The fault to be healed is not in force.
    FaultNotInForce {
        /// The name of the fault.
        fault: Name,
    },
    /// The step had to fail, but did not.
    DidNotFail,
    /// The step had to fail with a given text, but failed with another error.
    FailedOtherwise {
        /// The text that was required.
        wanted: String,
        /// The actual cause.
        cause: Box<Cause>,
    },
    /// The step was expected to fail, and it cannot be told whether its condition holds: a host
    /// is down, or a query has not ended.
    Undecided {
        /// What is known.
        cause: Box<Cause>,
    },
    /// A planned fault had to have an effect, but had none.
    FaultWithoutEffect {
        /// The fault, as written in the file.
        fault: String,
        /// The time for which it was planned.
        at: Duration,
    },
    /// A planned fault could not be carried out while a step waited.
    PlannedFaultFailed {
        /// The fault, as written in the file.
        fault: String,
        /// The time for which it was planned.
        at: Duration,
        /// The hosts that it names.
        hosts: Vec<HostId>,
        /// The names of its hosts, if all of them were down.
        down: Vec<String>,
        /// The actual cause.
        cause: Box<Cause>,
    },
}

impl Cause {
    /// All kinds of causes.
    pub const KINDS: &'static [&'static str] = &[
        "host-error",
        "network-error",
        "query-error",
        "no-answer",
        "stalled",
        "other-error",
        "condition-unmet",
        "not-recovered",
        "lookup-incomplete",
        "recovered-late",
        "fault-not-in-force",
        "did-not-fail",
        "failed-otherwise",
        "fault-without-effect",
        "undecided",
    ];

    /// The kind, which is the same in all reports: one of [`KINDS`](Self::KINDS).
    pub fn kind(&self) -> &'static str {
        match self {
            Cause::Sim(SimError::Host(_) | SimError::InvalidState { .. }) => "host-error",
            Cause::Sim(SimError::Net(_)) => "network-error",
            Cause::Sim(SimError::Start { .. } | SimError::QueryLost { .. }) => "query-error",
            Cause::Sim(SimError::NoAnswer { .. }) => "no-answer",
            Cause::Sim(SimError::Stalled(_)) => "stalled",
            Cause::Sim(SimError::Unmet { .. }) | Cause::ConditionUnmet { .. } => "condition-unmet",
            Cause::Sim(_) => "other-error",
            Cause::NotRecovered { .. } => "not-recovered",
            Cause::LookupIncomplete { .. } => "lookup-incomplete",
            Cause::RecoveredLate { .. } => "recovered-late",
            Cause::FaultNotInForce { .. } => "fault-not-in-force",
            Cause::DidNotFail => "did-not-fail",
            Cause::FailedOtherwise { .. } => "failed-otherwise",
            Cause::FaultWithoutEffect { .. } => "fault-without-effect",
            Cause::Undecided { .. } => "undecided",
            Cause::PlannedFaultFailed { cause, .. } => cause.kind(),
        }
    }

    /// The cause, as one that no expectation of a failure accepts.
    pub(crate) fn undecided(self) -> Cause {
        Cause::Undecided {
            cause: Box::new(self),
        }
    }

    /// Whether the simulation cannot continue.
    pub(crate) fn is_stall(&self) -> bool {
        matches!(self, Cause::Sim(SimError::Stalled(_)))
    }

    /// The hosts that the cause mentions, without duplicates.
    pub(crate) fn hosts(&self) -> Vec<HostId> {
        let mut hosts = match self {
            Cause::Sim(SimError::Unmet { unmet, .. })
            | Cause::ConditionUnmet { unmet, .. }
            | Cause::NotRecovered { unmet, .. } => {
                unmet.iter().filter_map(|unmet| unmet.host).collect()
            }
            Cause::LookupIncomplete { host, .. } => vec![*host],
            Cause::FailedOtherwise { cause, .. } | Cause::Undecided { cause } => cause.hosts(),
            Cause::PlannedFaultFailed { hosts, cause, .. } => {
                hosts.iter().copied().chain(cause.hosts()).collect()
            }
            _ => Vec::new(),
        };
        let mut seen = Vec::new();
        hosts.retain(|host| {
            let is_new = !seen.contains(host);
            seen.push(*host);
            is_new
        });
        hosts
    }

    /// The hosts that the reasons name, beside those that fail.
    pub(crate) fn mentioned(&self) -> Vec<HostId> {
        match self {
            Cause::Sim(SimError::Unmet { unmet, .. })
            | Cause::ConditionUnmet { unmet, .. }
            | Cause::NotRecovered { unmet, .. } => {
                let reasons = unmet.iter().map(|unmet| &unmet.reason);
                reasons.flat_map(Value::hosts_in).collect()
            }
            Cause::LookupIncomplete { seen, .. } => seen.hosts_in(),
            Cause::FailedOtherwise { cause, .. }
            | Cause::Undecided { cause }
            | Cause::PlannedFaultFailed { cause, .. } => cause.mentioned(),
            _ => Vec::new(),
        }
    }

    /// The hosts whose tables can be the reason that a step has failed. `actors` are those that
    /// perform it.
    pub(super) fn of_tables(&self, step: &Step, actors: Vec<HostId>) -> Vec<HostId> {
        match self {
            Cause::ConditionUnmet { condition, .. } if condition.needs_entries() => self.hosts(),
            Cause::NotRecovered { .. } | Cause::LookupIncomplete { .. } => self.hosts(),
            // Neither a query nor a dial.
            Cause::Sim(SimError::Net(_) | SimError::InvalidState { .. }) => Vec::new(),
            Cause::Sim(_) if step.action.condition().is_none() => actors,
            _ => Vec::new(),
        }
    }

    /// Whether the cause contains diagnoses of empty tables.
    pub(super) fn explains_tables(&self) -> bool {
        match self {
            Cause::Sim(SimError::Unmet { tables, .. })
            | Cause::ConditionUnmet { tables, .. }
            | Cause::NotRecovered { tables, .. }
            | Cause::LookupIncomplete { tables, .. } => !tables.is_empty(),
            Cause::FailedOtherwise { cause, .. }
            | Cause::Undecided { cause }
            | Cause::PlannedFaultFailed { cause, .. } => cause.explains_tables(),
            _ => false,
        }
    }
}

/// A planned action ends a wait with its cause, wrapped in an error of the
/// simulation.
impl From<SimError> for Cause {
    fn from(error: SimError) -> Self {
        match error.downcast_ref::<Cause>() {
            Some(cause) => cause.clone(),
            None => Cause::Sim(error),
        }
    }
}

impl From<Cause> for SimError {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Sim(error) => error,
            cause => {
                let (hosts, explains_tables) = (cause.hosts(), cause.explains_tables());
                let mut error = CustomError::new(cause);
                (error.hosts, error.explains_tables) = (hosts, explains_tables);
                SimError::Custom(error)
            }
        }
    }
}

/// What was seen, and then the explanation.
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_seen(f)?;
        for line in self.explanation() {
            write!(f, "\n{line}")?;
        }
        Ok(())
    }
}

impl Cause {
    /// Why it has come to this, and what to do: the diagnoses of tables, or a remedy.
    pub(super) fn explanation(&self) -> Vec<String> {
        match self {
            Cause::Sim(error) => {
                let remedy = remedy::of_an_error(error).into_iter();
                remedy
                    .map(|remedy| format!("  in a file: {remedy}"))
                    .collect()
            }
            Cause::ConditionUnmet { tables, .. }
            | Cause::NotRecovered { tables, .. }
            | Cause::LookupIncomplete { tables, .. } => {
                tables.iter().map(ToString::to_string).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Writes what was seen.
    pub(super) fn fmt_seen(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Sim(error) => write!(f, "{error}"),
            Cause::ConditionUnmet {
                unmet,
                within: None,
                ..
            } => {
                let unmet: Vec<_> = unmet.iter().map(ToString::to_string).collect();
                f.write_str(&unmet.join("\n"))
            }
            Cause::ConditionUnmet {
                unmet,
                within: Some(within),
                ..
            }
            | Cause::NotRecovered { within, unmet, .. } => {
                let unmet = SimError::Unmet {
                    within: *within,
                    unmet: unmet.clone(),
                    tables: Vec::new(),
                };
                write!(f, "{unmet}")
            }
            Cause::Undecided { cause } => write!(
                f,
                "{cause}\nit cannot be told whether the condition holds, which is not the failure \
                 that was expected"
            ),
            Cause::LookupIncomplete { seen, .. } => write!(f, "{seen}"),
            Cause::RecoveredLate { within } => write!(
                f,
                "the network recovered later than within the allowed {}",
                within.write()
            ),
            Cause::FaultNotInForce { fault } => {
                write!(f, "the fault `{}` is not in force", fault.0)
            }
            Cause::DidNotFail => f.write_str("it had to fail, but did not"),
            Cause::FailedOtherwise { wanted, cause } => write!(
                f,
                "it had to fail with {wanted:?}, but failed with: {cause}"
            ),
            Cause::FaultWithoutEffect { fault, at } => write!(
                f,
                "the fault `{fault}`, planned for {at:?}, had no effect, but must have one: let it \
                 last longer, or plan it for a time with traffic"
            ),
            Cause::PlannedFaultFailed {
                fault,
                at,
                down,
                cause,
                ..
            } => {
                write!(f, "the planned fault `{fault}`, due at {at:?}, failed: ")?;
                match down.as_slice() {
                    [] => write!(f, "{cause}"),
                    [host] => write!(f, "{host} is down: restart it before that time"),
                    hosts => {
                        let hosts = hosts.join(", ");
                        write!(f, "{hosts} are down: restart them before that time")
                    }
                }
            }
        }
    }
}

impl Error for Cause {}
