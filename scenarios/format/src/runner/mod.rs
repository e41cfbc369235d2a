//! Executes scenario files.
//!
//! Responsible for looking up hosts by name, performing actions and evaluating
//! conditions. It must not know how files are parsed or how results are reported.

mod addresses;
mod applications;
mod awaited;
mod conditions;
mod connections;
mod explain;
mod faults;
mod lifecycle;
mod limits;
mod messages;
mod neighbours;
mod perform;
mod planned;
mod queries;
mod readiness;
mod registry;
mod scenario;
mod scripts;
mod truth;
mod unasked;
mod unfired;
mod unread;

pub use scenario::{Attempt, StepEnd, attempt, needs_tap};
pub(crate) use scenario::{ScenarioRunner, reproduction};
pub use unfired::UnfiredFault;

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use super::*;
    use crate::{
        action::Action,
        condition::Condition,
        file::parse,
        stacks::Stacks,
        step::{Fails, Step},
    };

    /// Hosts and results for the examples of the reference.
    const STAGE: &str = r#"format = 1
name = "examples"
about = "Each example of the reference"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  { name = "a" }, { name = "b" }, { name = "c" }, { name = "d" },
  { name = "h", count = 5 },
  { name = "r", stack = "raw", script = "silent" },
]
steps = [
  "find-peers a peer:b as=q",
  "ask r a find-node peer:b as=r",
  "expect not reply r garbage",
  "snapshot a before",
  "block c d",
  "expect same-table a before",
  "partition a,b | c,d id=split",
]
"#;

    /// Runs an example after the steps of the stage, and returns the text of the
    /// failure, if any.
    fn played(line: &str) -> String {
        let mut file = parse(Path::new("examples.toml"), STAGE, None).expect("a valid file");
        file.steps.push(Step {
            fails: Fails::Maybe,
            ..line.parse().expect("examples can be parsed")
        });
        let steps = file.steps.len();
        let attempt = attempt(&Arc::new(file), &Stacks::standard(), |_| {});
        let failure = attempt.outcome.err();
        let text = failure.map_or(String::new(), |failure| failure.to_string());
        // A panic in the last step leaves no result of it.
        assert!(
            attempt.steps.len() == steps,
            "`{line}` was not performed: {text}"
        );
        text
    }

    #[test]
    fn each_action_has_an_arm() {
        for entry in Action::reference() {
            let text = played(entry.example);
            assert!(!text.contains("has no arm for"), "{text}");
        }
    }

    #[test]
    fn each_condition_has_an_arm() {
        for entry in Condition::reference() {
            let text = played(&format!("expect {}", entry.example));
            assert!(!text.contains("has no arm for"), "{text}");
        }
    }
}
