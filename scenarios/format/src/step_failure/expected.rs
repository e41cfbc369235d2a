//! What was expected of a step that failed.

use super::{Cause, StepFailure};
use crate::{action::Action, step::Fails, syntax::Word};

impl StepFailure {
    /// What was expected, in words: the condition and when it had to be true, or what the step
    /// had to do.
    pub fn expected(&self) -> String {
        if let Cause::FaultWithoutEffect { fault, .. } = &self.cause {
            return format!("the fault `{fault}` has an effect");
        }
        if let Cause::PlannedFaultFailed { fault, .. } = &self.cause {
            return format!("the fault `{fault}` takes effect");
        }
        match &self.step.fails {
            Fails::With(text) => return format!("the step fails with {text:?}"),
            Fails::Somehow => return "the step fails".to_owned(),
            Fails::No | Fails::Maybe => {}
        }
        match (&self.step.action, &self.cause) {
            (Action::Expect { condition }, _) => format!("`{}`, now", condition),
            (Action::Eventually { within, condition }, _) => {
                format!("`{}`, within {}", condition, within.write())
            }
            (Action::Always { time, condition }, _) => {
                format!("`{}`, throughout {}", condition, time.write())
            }
            (_, Cause::NotRecovered { within, .. } | Cause::RecoveredLate { within }) => {
                format!("the tables recover within {}", within.write())
            }
            (_, Cause::LookupIncomplete { .. }) => {
                "the lookup finds all peers that it has to find".to_owned()
            }
            (_, Cause::FaultNotInForce { fault }) => format!("the fault `{}` is in force", fault.0),
            _ => "the step succeeds".to_owned(),
        }
    }
}
