//! What a file contains if a failure can occur in it.

use std::{fmt, str::FromStr};

use crate::{
    action::ActionLabel,
    syntax::{ParseError, as_text},
};

/// A part of a scenario file without which a failure cannot occur.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// An action that a line performs, or that is planned.
    Action(ActionLabel),
    /// A key, by its path from the root of the file: `hosts.script`.
    Key(String),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Action(label) => label.fmt(f),
            Need::Key(path) => f.write_str(path),
        }
    }
}

/// The keys at the root of a file whose presence can be needed.
const ROOTS: [&str; 4] = ["hosts", "names", "network", "routers"];

impl FromStr for Need {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let root = text.split('.').next().unwrap_or_default();
        match text.parse() {
            Ok(label) => Ok(Need::Action(label)),
            Err(_) if ROOTS.contains(&root) => Ok(Need::Key(text.to_owned())),
            Err(_) => Err(ParseError::new(
                0..text.len(),
                format!(
                    "{text:?} is neither a kind of action, as `crash` or `restart lose-identity`, nor \
                     the path of a key that begins with `hosts`, `names`, `network` or `routers`, as \
                     `hosts.settings.record_ttl`"
                ),
            )),
        }
    }
}

as_text!(Need);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needs_are_parsed_back() {
        for text in [
            "crash",
            "restart lose-identity",
            "routers",
            "hosts.settings.traversal.relay",
        ] {
            assert_eq!(text.parse::<Need>().expect(text).to_string(), text);
        }
        for unknown in ["crsh", "restart lose", "host.script", "steps", ""] {
            assert!(unknown.parse::<Need>().is_err(), "{unknown:?}");
        }
    }
}
