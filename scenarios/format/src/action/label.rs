//! Labels of actions, by which reports and known defects refer to the actions before
//! a failure.

use std::{fmt, str::FromStr};

use super::{Action, ActionKind};
use crate::syntax::{Argument, ParseError, as_text};

/// A kind of action, optionally restricted to those with a flag: `restart`, or
/// `restart lose-identity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionLabel {
    kind: ActionKind,
    flag: Option<&'static str>,
}

impl Action {
    /// The labels of an action: its kind, and its kind with each flag that is set.
    pub fn labels(&self) -> Vec<ActionLabel> {
        let kind = self.kind();
        let mut labels = vec![ActionLabel { kind, flag: None }];
        self.flags(&mut |flag| {
            labels.push(ActionLabel {
                kind,
                flag: Some(flag),
            });
        });
        labels
    }
}

impl fmt::Display for ActionLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        match self.flag {
            Some(flag) => write!(f, " {flag}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ActionLabel {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || {
            let wrong = "is not a kind of action: write a verb (`dht-harness actions` lists them), or a \
                         verb and a flag, as `restart lose-identity`";
            ParseError::new(0..text.len(), format!("{text:?} {wrong}"))
        };
        let (verb, flag) = match text.split_once(' ') {
            Some((verb, flag)) => (verb, Some(flag)),
            None => (text, None),
        };
        let mut entries = ActionKind::ALL.iter().zip(Action::reference());
        let entry = entries.find(|(kind, _)| kind.verb() == verb);
        let (kind, entry) = entry.ok_or_else(unknown)?;
        let flag = match flag {
            Some(flag) => {
                let mut flags = entry.flags.into_iter();
                Some(flags.find(|known| *known == flag).ok_or_else(unknown)?)
            }
            None => None,
        };
        Ok(ActionLabel { kind: *kind, flag })
    }
}

as_text!(ActionLabel);

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(line: &str) -> Vec<String> {
        let action: Action = line.parse().expect("an action");
        let labels = action.labels().into_iter();
        labels.map(|label| label.to_string()).collect()
    }

    #[test]
    fn labels_consist_of_the_verb_and_each_flag() {
        assert_eq!(labels("move a"), ["move"]);
        assert_eq!(
            labels("restart a lose-identity keep-store"),
            ["restart", "restart lose-identity", "restart keep-store"]
        );
        assert_eq!(labels("loss 0.1 of=a id=weak"), ["loss"]);
    }

    #[test]
    fn labels_are_parsed_back() {
        for text in ["move", "restart lose-identity", "cut dials"] {
            let label: ActionLabel = text.parse().expect(text);
            assert_eq!(label.to_string(), text);
        }
        for unknown in ["mov", "restart lose", "move dials", "", "restart "] {
            assert!(unknown.parse::<ActionLabel>().is_err(), "{unknown:?}");
        }
    }
}
