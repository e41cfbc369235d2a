//! Patterns of violations.

use std::{fmt, str::FromStr};

use dht_harness::{check::Violation, invariants};

use super::unknown;
use crate::syntax::ParseError;

/// Matches the violations of an invariant, or those of one kind:
/// `entries-are-dialable`, or `entries-are-dialable/duplicate-address`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ViolationPattern {
    /// The name of the invariant.
    pub invariant: String,
    /// The name of the kind; `None` matches all kinds.
    pub kind: Option<String>,
}

impl ViolationPattern {
    /// The pattern that matches the invariant and the kind of a violation.
    pub fn of(violation: &Violation) -> Self {
        ViolationPattern {
            invariant: violation.invariant.to_owned(),
            kind: Some(violation.kind.to_owned()),
        }
    }

    /// Parses a pattern without looking it up in the
    /// [catalog](invariants::catalog()), because an invariant may be defined by the
    /// user.
    pub(crate) fn unchecked(text: &str) -> Self {
        let (invariant, kind) = match text.split_once('/') {
            Some((invariant, kind)) => (invariant, Some(kind.to_owned())),
            None => (text, None),
        };
        ViolationPattern {
            invariant: invariant.to_owned(),
            kind,
        }
    }

    /// Whether this pattern matches everything that `other` matches.
    pub(crate) fn covers(&self, other: &ViolationPattern) -> bool {
        self.invariant == other.invariant && (self.kind.is_none() || self.kind == other.kind)
    }

    /// Whether the pattern matches a violation.
    pub(crate) fn describes(&self, violation: &Violation) -> bool {
        let is_kind = |kind: &String| kind == violation.kind;
        self.invariant == violation.invariant && self.kind.as_ref().is_none_or(is_kind)
    }
}

impl fmt::Display for ViolationPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.invariant)?;
        match &self.kind {
            Some(kind) => write!(f, "/{kind}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ViolationPattern {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pattern = ViolationPattern::unchecked(text);
        let mut catalog = invariants::catalog().iter();
        let entry = catalog.find(|entry| entry.name == pattern.invariant);
        let entry = entry.ok_or_else(|| unknown(text))?;
        if let Some(kind) = &pattern.kind
            && entry.kinds.iter().all(|known| known.name != kind)
        {
            return Err(unknown(text));
        }
        Ok(pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_without_kind_covers_all_kinds() {
        let all: ViolationPattern = "buckets-hold".parse().unwrap();
        let one: ViolationPattern = "buckets-hold/out-of-range".parse().unwrap();
        assert_eq!(one.to_string(), "buckets-hold/out-of-range");
        assert!(all.covers(&one) && all.covers(&all) && one.covers(&one));
        assert!(!one.covers(&all));
        assert!(!all.covers(&ViolationPattern::unchecked("no-panic")));
        for unknown in ["buckets-hold/panic", "bucket-hold", ""] {
            assert!(unknown.parse::<ViolationPattern>().is_err(), "{unknown}");
        }
    }
}
