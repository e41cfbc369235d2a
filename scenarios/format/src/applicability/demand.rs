//! What an action demands of the hosts that it works on or looks at.

use super::Lack;
use crate::{
    action::{Action, Family},
    condition::{Condition, ConditionKind},
};

/// A demand of an action.
pub(super) struct Demand {
    /// What a stack lacks that does not meet it.
    pub(super) lack: Lack,
    /// Whether the action concerns all hosts, although it names none.
    pub(super) of_all: bool,
}

/// What an action demands; `None` if every host meets it.
pub(super) fn demand(action: &Action) -> Option<Demand> {
    let lack = match action {
        Action::Block { .. } | Action::Unblock { .. } => Lack::Filters,
        Action::Restart {
            keep_store,
            keep_table,
            ..
        } if *keep_store || *keep_table => Lack::KeptState,
        Action::Recover { .. } => {
            return Some(Demand {
                lack: Lack::Dht,
                of_all: true,
            });
        }
        Action::Snapshot { .. } => Lack::Dht,
        Action::Expect { condition }
        | Action::Eventually { condition, .. }
        | Action::Always { condition, .. } => of_condition(condition)?,
        _ => of_family(action.family())?,
    };
    Some(Demand {
        lack,
        of_all: false,
    })
}

fn of_family(family: Family) -> Option<Lack> {
    match family {
        Family::Connection | Family::Swarm | Family::Query | Family::Dht => Some(Lack::Dht),
        Family::Messages | Family::Neighbour => Some(Lack::Filters),
        Family::Application => Some(Lack::Commands),
        Family::Lifecycle
        | Family::Move
        | Family::Churn
        | Family::Fault
        | Family::Scripted
        | Family::Time
        | Family::Observation => None,
    }
}

fn of_condition(condition: &Condition) -> Option<Lack> {
    if let Condition::Not { inner } = condition {
        return of_condition(inner);
    }
    match condition.kind() {
        // What a host does of its own accord counts.
        ConditionKind::Queries
        | ConditionKind::Bootstraps
        | ConditionKind::Dials
        | ConditionKind::UnderWay
        | ConditionKind::Connections
        | ConditionKind::Asked => Some(Lack::Quiet),
        ConditionKind::AppMetric => Some(Lack::Commands),
        ConditionKind::Punches
        | ConditionKind::FailedPunches
        | ConditionKind::DialBacks
        | ConditionKind::FailedDialBacks
        | ConditionKind::Reachable
        | ConditionKind::RequestAnswers
        | ConditionKind::Publications => Some(Lack::Filters),
        // What the network, the tasks and the end of a host show.
        ConditionKind::State
        | ConditionKind::Sockets
        | ConditionKind::Tasks
        | ConditionKind::Fired => None,
        // The answers that scripted hosts get.
        ConditionKind::LastEvents
        | ConditionKind::Reply
        | ConditionKind::ReplyPeers
        | ConditionKind::ReplyNames
        | ConditionKind::ReplyProviders
        | ConditionKind::ReplyRecord => None,
        _ => Some(Lack::Dht),
    }
}
