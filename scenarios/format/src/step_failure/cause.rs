//! Why a step failed.

use std::{error::Error, fmt, time::Duration};

use dht_harness::{
    SimError,
    check::{Unmet, Value},
    diagnosis::TableDiagnosis,
    net::HostId,
    sim::CustomError,
};

use crate::{condition::Condition, syntax::Name};

/// Why a step failed, or why a run could not begin or end.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// A host or the simulation refused, or the simulation cannot go on.
    Sim(SimError),
    /// A condition is not true, or was not in time.
    ConditionUnmet {
        /// The condition.
        condition: Condition,
        /// What keeps it from being true.
        unmet: Vec<Unmet>,
        /// How long it had to come true; `None` if it had to be true at once, or
        /// all the time.
        within: Option<Duration>,
        /// Why tables are empty, if some are.
        tables: Vec<TableDiagnosis>,
    },
    /// The tables of the network were not whole again in time.
    NotRecovered {
        /// The time that was allowed.
        within: Duration,
        /// What they lack.
        unmet: Vec<Unmet>,
        /// Why tables are empty, if some are.
        tables: Vec<TableDiagnosis>,
    },
    /// The tables were whole again in time, and a lookup over them did not find all
    /// that it had to find.
    LookupIncomplete {
        /// The host that asked.
        host: HostId,
        /// The host by name, and the peers that it has not found.
        seen: Value,
        /// Why tables are empty, if some are.
        tables: Vec<TableDiagnosis>,
    },
    /// The network recovered too late.
    RecoveredLate {
        /// The time that was allowed.
        within: Duration,
    },
    /// The fault that is to be healed is not in force.
    FaultNotInForce {
        /// Its name.
        fault: Name,
    },
    /// The step has to fail, and did not.
    DidNotFail,
    /// The step has to fail with this text, and failed otherwise.
    FailedOtherwise {
        /// The text.
        wanted: String,
        /// Why it failed.
        cause: Box<Cause>,
    },
    /// A planned fault has to have an effect, and had none.
    FaultWithoutEffect {
        /// The fault, as the file has it.
        fault: String,
        /// When it was planned for.
        at: Duration,
    },
}

impl Cause {
    /// What kinds there are.
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
    ];

    /// Its kind, the same in all reports: one of [`KINDS`](Self::KINDS).
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
        }
    }

    /// Whether the simulation cannot go on.
    pub(crate) fn is_stall(&self) -> bool {
        matches!(self, Cause::Sim(SimError::Stalled(_)))
    }

    /// The hosts that it is about, as far as it says, each once.
    pub(crate) fn hosts(&self) -> Vec<HostId> {
        let mut hosts = match self {
            Cause::Sim(SimError::Unmet { unmet, .. })
            | Cause::ConditionUnmet { unmet, .. }
            | Cause::NotRecovered { unmet, .. } => {
                unmet.iter().filter_map(|unmet| unmet.host).collect()
            }
            Cause::LookupIncomplete { host, .. } => vec![*host],
            Cause::FailedOtherwise { cause, .. } => cause.hosts(),
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

    /// Whether it says why tables are empty.
    pub(super) fn explains_tables(&self) -> bool {
        match self {
            Cause::Sim(SimError::Unmet { tables, .. })
            | Cause::ConditionUnmet { tables, .. }
            | Cause::NotRecovered { tables, .. }
            | Cause::LookupIncomplete { tables, .. } => !tables.is_empty(),
            Cause::FailedOtherwise { cause, .. } => cause.explains_tables(),
            _ => false,
        }
    }
}

/// A planned action ends a wait with the cause as the error of the simulation.
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
                let (hosts, explains) = (cause.hosts(), cause.explains_tables());
                let error = CustomError::new(cause).about(hosts);
                SimError::Custom(error.explaining_tables(explains))
            }
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Sim(error) => error.fmt(f),
            Cause::ConditionUnmet {
                unmet,
                within: None,
                tables,
                ..
            } => {
                let unmet: Vec<_> = unmet.iter().map(ToString::to_string).collect();
                f.write_str(&unmet.join("\n"))?;
                told(f, tables)
            }
            Cause::ConditionUnmet {
                unmet,
                within: Some(within),
                tables,
                ..
            }
            | Cause::NotRecovered {
                within,
                unmet,
                tables,
            } => SimError::Unmet {
                within: *within,
                unmet: unmet.clone(),
                tables: tables.clone(),
            }
            .fmt(f),
            Cause::LookupIncomplete { seen, tables, .. } => {
                seen.fmt(f)?;
                told(f, tables)
            }
            Cause::RecoveredLate { within } => write!(
                f,
                "the network recovered only after the {within:?} that are allowed"
            ),
            Cause::FaultNotInForce { fault } => {
                write!(f, "the fault `{}` is not in force", fault.0)
            }
            Cause::DidNotFail => f.write_str("it has to fail, and did not"),
            Cause::FailedOtherwise { wanted, cause } => write!(
                f,
                "it has to fail with {wanted:?}, and failed with: {cause}"
            ),
            Cause::FaultWithoutEffect { fault, at } => write!(
                f,
                "the fault `{fault}`, planned for {at:?}, has had no effect, and it must: let it \
                 last longer, or plan it for a time at which something happens"
            ),
        }
    }
}

fn told(f: &mut fmt::Formatter<'_>, tables: &[TableDiagnosis]) -> fmt::Result {
    tables.iter().try_for_each(|table| write!(f, "\n{table}"))
}

impl Error for Cause {}
