//! What goes wrong in a run.

use std::{fmt, str::FromStr};

use dht_harness::{
    SimError,
    check::{self, Violation},
    sim::Failure,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use thiserror::Error;

use crate::{action::Action, condition::Condition, step::Step};

/// What goes wrong in a run, without when and where: runs with the same symptom
/// are taken to have the same cause until somebody knows better.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Symptom {
    /// An invariant of this name is violated.
    Invariant(String),
    /// A step fails that begins with these words: its verb and, where it demands
    /// something, that of the condition.
    Step(String),
    /// The run itself cannot go on: `stalled`, `blocked`, `panicked`; or it could not
    /// even begin, which is `impossible`.
    Run(String),
}

/// A text that names no symptom.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{0:?} is no symptom: it is the name of an invariant (`dht-harness invariants` lists them), \
     `step VERB..` or `run stalled`"
)]
pub struct UnknownSymptom(String);

impl Symptom {
    /// The symptom of a violated invariant.
    pub fn of_violation(violation: &Violation) -> Self {
        Symptom::Invariant(violation.invariant.to_owned())
    }

    /// The symptom of a step that fails.
    pub fn of_step(step: &Step) -> Self {
        let condition = match &step.action {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Throughout { condition, .. } => Some(condition),
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
        Symptom::Step(words.join(" "))
    }

    /// The symptom of what ended a run, beside violations. `last` is the step that
    /// was taken last.
    pub fn of_end(failure: &Failure, last: Option<&Step>) -> Option<Self> {
        match failure {
            Failure::Body {
                error: SimError::Stalled(_),
                ..
            } => Some(Symptom::Run("stalled".to_owned())),
            Failure::Body { .. } => last.map(Symptom::of_step),
            Failure::Violations { .. } => None,
            Failure::Blocked(_) => Some(Symptom::Run("blocked".to_owned())),
            _ => Some(Symptom::Run("impossible".to_owned())),
        }
    }

    /// The symptoms of a failed run, violations first.
    pub fn all<'a>(
        failure: &'a Failure,
        last: Option<&Step>,
    ) -> impl Iterator<Item = Self> + use<'a> {
        let violations = failure.violations().iter().map(Symptom::of_violation);
        violations.chain(Symptom::of_end(failure, last))
    }

    /// The name for files: letters, digits and `-`.
    pub fn slug(&self) -> String {
        self.to_string().replace(' ', "-")
    }
}

impl fmt::Display for Symptom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Symptom::Invariant(name) => f.write_str(name),
            Symptom::Step(words) => write!(f, "step {words}"),
            Symptom::Run(how) => write!(f, "run {how}"),
        }
    }
}

impl FromStr for Symptom {
    type Err = UnknownSymptom;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(words) = text.strip_prefix("step ") {
            return Ok(Symptom::Step(words.to_owned()));
        }
        if let Some(how) = text.strip_prefix("run ") {
            return Ok(Symptom::Run(how.to_owned()));
        }
        let is_known = check::catalog().iter().any(|entry| entry.name == text);
        if is_known {
            return Ok(Symptom::Invariant(text.to_owned()));
        }
        Err(UnknownSymptom(text.to_owned()))
    }
}

impl Serialize for Symptom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Symptom {
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
            assert_eq!(text.parse::<Symptom>().unwrap().to_string(), text);
        }
        assert!("no-panik".parse::<Symptom>().is_err());
    }

    #[test]
    fn a_step_is_told_by_its_verbs() {
        let step: Step = "expect not knows a b".parse().unwrap();
        let symptom = Symptom::of_step(&step);
        assert_eq!(symptom, Symptom::Step("expect not knows".to_owned()));
        assert_eq!(symptom.slug(), "step-expect-not-knows");
    }
}
