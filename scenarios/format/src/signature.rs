//! What goes wrong in a run.

use std::{fmt, str::FromStr};

use dht_harness::{SimError, check::Violation, invariants, sim::Failure};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::{action::Action, condition::Condition, step::Step};

/// The invariant that is violated when a step fails that a scenario allows to
/// fail.
pub(crate) const STEP_HOLDS: &str = "step-holds";

/// What goes wrong in a run, without when and where: runs with the same signature
/// are taken to have the same cause until somebody knows better.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureSignature {
    /// An invariant of this name is violated.
    Invariant(String),
    /// A step fails that begins with these words: its verb and, where it demands
    /// something, that of the condition.
    Step(String),
    /// The run itself cannot go on: `stalled`, `blocked`, `panicked`; or it could not
    /// even begin, which is `impossible`.
    Run(String),
}

/// A text that names no signature.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no signature: it is the name of an invariant (`dht-harness invariants` lists them), \
     `step VERB..` or `run stalled`"
)]
pub struct UnknownSignature(String);

impl FailureSignature {
    /// The signature of a violated invariant.
    pub fn of_violation(violation: &Violation) -> Self {
        FailureSignature::Invariant(violation.invariant.to_owned())
    }

    /// The signature of a step that fails.
    pub(crate) fn of_step(step: &Step) -> Self {
        let condition = match &step.action {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Always { condition, .. } => Some(condition),
            _ => None,
        };
        let mut words = vec![step.action.verb()];
        let mut rest = condition;
        while let Some(condition) = rest {
            words.push(condition.verb());
            rest = match condition {
                Condition::Not { inner } => Some(inner),
                _ => None,
            };
        }
        FailureSignature::Step(words.join(" "))
    }

    /// The signature of what ended a run, beside violations. `last` is the step that
    /// was taken last.
    pub fn of_end(failure: &Failure, last: Option<&Step>) -> Option<Self> {
        match failure {
            Failure::Body {
                error: SimError::Stalled(_),
                ..
            } => Some(FailureSignature::Run("stalled".to_owned())),
            Failure::Body { .. } => last.map(FailureSignature::of_step),
            Failure::Violations { .. } => None,
            Failure::Panicked { .. } => Some(FailureSignature::Run("panicked".to_owned())),
            Failure::Blocked(_) => Some(FailureSignature::Run("blocked".to_owned())),
            _ => Some(FailureSignature::Run("impossible".to_owned())),
        }
    }

    /// The signatures of a failed run, violations first.
    pub(crate) fn all<'a>(
        failure: &'a Failure,
        last: Option<&Step>,
    ) -> impl Iterator<Item = Self> + use<'a> {
        let violations = failure
            .violations()
            .iter()
            .map(FailureSignature::of_violation);
        violations.chain(FailureSignature::of_end(failure, last))
    }

    /// The name for files: letters, digits and `-`.
    pub fn slug(&self) -> String {
        self.to_string().replace(' ', "-")
    }
}

impl fmt::Display for FailureSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureSignature::Invariant(name) => f.write_str(name),
            FailureSignature::Step(words) => write!(f, "step {words}"),
            FailureSignature::Run(how) => write!(f, "run {how}"),
        }
    }
}

impl FromStr for FailureSignature {
    type Err = UnknownSignature;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(words) = text.strip_prefix("step ") {
            return Ok(FailureSignature::Step(words.to_owned()));
        }
        if let Some(how) = text.strip_prefix("run ") {
            return Ok(FailureSignature::Run(how.to_owned()));
        }
        let is_known = invariants::catalog().iter().any(|entry| entry.name == text);
        if is_known {
            return Ok(FailureSignature::Invariant(text.to_owned()));
        }
        Err(UnknownSignature(text.to_owned()))
    }
}

impl Serialize for FailureSignature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FailureSignature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symptoms_are_read_back() {
        for text in ["no-panic", "step expect not knows", "run stalled"] {
            assert_eq!(text.parse::<FailureSignature>().unwrap().to_string(), text);
        }
        assert!("no-panik".parse::<FailureSignature>().is_err());
    }

    #[test]
    fn a_step_is_told_by_its_verbs() {
        let step: Step = "expect not knows a b".parse().unwrap();
        let signature = FailureSignature::of_step(&step);
        assert_eq!(
            signature,
            FailureSignature::Step("expect not knows".to_owned())
        );
        assert_eq!(signature.slug(), "step-expect-not-knows");
    }
}
