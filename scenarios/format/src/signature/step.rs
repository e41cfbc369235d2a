//! The signature of a step, without the hosts that it names.

use std::{fmt, str::FromStr};

use super::unknown;
use crate::{
    action::ActionKind,
    condition::{Condition, ConditionKind},
    step::Step,
    syntax::ParseError,
};

/// The word behind a step that had to fail.
const FAILS: &str = "fails";

/// The action of a step and its condition, if it has one: `expect not knows`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StepSignature {
    /// The kind of its action.
    pub action: ActionKind,
    /// The kind of its condition, preceded by a `not` for each negation.
    pub conditions: Vec<ConditionKind>,
    /// Whether it had to fail, and did not. Only descriptions of known failures tell this apart.
    pub fails: bool,
}

impl StepSignature {
    /// The signature of a step.
    pub(crate) fn of(step: &Step) -> Self {
        let mut rest = step.action.condition();
        let mut conditions = Vec::new();
        while let Some(condition) = rest {
            conditions.push(condition.kind());
            rest = match condition {
                Condition::Not { inner } => Some(inner),
                _ => None,
            };
        }
        StepSignature {
            action: step.action.kind(),
            conditions,
            fails: false,
        }
    }
}

impl fmt::Display for StepSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        for condition in &self.conditions {
            write!(f, " {condition}")?;
        }
        match self.fails {
            true => write!(f, " {FAILS}"),
            false => Ok(()),
        }
    }
}

impl FromStr for StepSignature {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (verbs, fails) = match text.rsplit_once(' ') {
            Some((verbs, FAILS)) => (verbs, true),
            _ => (text, false),
        };
        let mut verbs = verbs.split(' ');
        let action = verbs.next().and_then(|verb| {
            let mut kinds = ActionKind::ALL.iter();
            kinds.find(|kind| kind.verb() == verb)
        });
        let conditions = verbs.map(|verb| {
            let mut kinds = ConditionKind::ALL.iter();
            kinds.find(|kind| kind.verb() == verb).copied()
        });
        match (action, conditions.collect()) {
            (Some(action), Some(conditions)) => Ok(StepSignature {
                action: *action,
                conditions,
                fails,
            }),
            _ => Err(unknown(text)),
        }
    }
}
