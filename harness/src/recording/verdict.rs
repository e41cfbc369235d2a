//! What is to be said of the end of a run whose failure can be expected.

use std::fmt;

/// How a run ended for a test that expects failures: what [pictures](crate::view) say in place
/// of "passed" or "failed".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It has failed as expected. Contains what was expected, such as the id `D1` of a known
    /// difference.
    AsExpected(String),
    /// A failure that was expected has not occurred.
    UnexpectedPass,
}

impl Verdict {
    /// Whether the run counts as passed.
    pub fn is_ok(&self) -> bool {
        matches!(self, Verdict::AsExpected(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::AsExpected(what) => write!(f, "fails as expected: {what}"),
            Verdict::UnexpectedPass => f.write_str("unexpected pass"),
        }
    }
}
