//! A step of a scenario.

use std::{fmt, str::FromStr};

use crate::{
    action::Action,
    syntax::{Argument, ParseError, TokenCursor, quoted},
};

/// An action, and whether it has to fail.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The action.
    pub action: Action,
    /// Whether the action has to fail.
    pub fails: Fails,
}

/// Whether an action has to fail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Fails {
    /// It has to succeed.
    #[default]
    No,
    /// `may-fail`: either outcome is accepted, because the state of its hosts is not
    /// known.
    Maybe,
    /// `fails`: it has to fail with any error.
    Somehow,
    /// `fails=TEXT`: it has to fail with an error that contains this text. This is
    /// the only place where an error is matched by its text. The author of the file
    /// chooses this, and another version may word the error differently.
    With(String),
}

impl From<Action> for Step {
    fn from(action: Action) -> Self {
        Step {
            action,
            fails: Fails::No,
        }
    }
}

impl FromStr for Step {
    type Err = ParseError;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let mut words = TokenCursor::of(line)?;
        let fails = if words.flag("fails") {
            Fails::Somehow
        } else if words.flag("may-fail") {
            Fails::Maybe
        } else if let Some((text, at)) = words.option("fails") {
            if text.starts_with('\'') {
                return Err(ParseError::new(
                    at,
                    "a text with blanks is in double quotes, and a single quote is a part of the text: \
                     write fails=\"TEXT\", with \\\" in a TOML string between double quotes",
                ));
            }
            Fails::With(text)
        } else {
            Fails::No
        };
        Ok(Step {
            action: Action::take(&mut words)?,
            fails,
        })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        match &self.fails {
            Fails::No => Ok(()),
            Fails::Maybe => f.write_str(" may-fail"),
            Fails::Somehow => write!(f, " fails"),
            Fails::With(text) => write!(f, " fails={}", quoted(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::condition::Condition;

    #[test]
    fn every_example_survives_a_round_trip() {
        for entry in Action::reference() {
            let step: Step = entry.example.parse().expect(entry.example);
            assert_eq!(step.to_string(), entry.example, "{}", entry.form);
            assert_eq!(step.action.kind().verb(), entry.verb);
        }
        for entry in Condition::reference() {
            let condition: Condition = entry.example.parse().expect(entry.example);
            assert_eq!(condition.to_string(), entry.example, "{}", entry.form);
        }
    }

    #[test]
    fn the_error_for_an_unknown_verb_contains_the_nearest_one() {
        let error = "conect a b".parse::<Step>().unwrap_err();
        assert_eq!(error.at, 0..6);
        assert!(error.text.contains("did you mean `connect`"), "{error:?}");
    }

    #[test]
    fn a_step_may_end_with_an_expected_failure() {
        let step: Step = "connect a b fails=\"is closed\"".parse().unwrap();
        assert_eq!(step.fails, Fails::With("is closed".to_owned()));
        assert_eq!(step.to_string(), "connect a b fails=\"is closed\"");
        let step: Step = "connect a b may-fail".parse().unwrap();
        assert_eq!(step.fails, Fails::Maybe);
        assert_eq!(step.to_string(), "connect a b may-fail");
    }
}
