//! What came of a case.

use std::{fmt, time::Duration};

use dht_harness::trace::Digest;
use serde::{Deserialize, Serialize, Serializer};

use crate::signature::RunFailure;

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Only what is known to go wrong did: a difference from go-libp2p, or a
    /// defect of libp2p, by their ids.
    Known(String),
    /// Not as expected, with the whole story.
    Failed(String),
    /// What was expected to go wrong no longer does: red, with what to do.
    UnexpectedPass(String),
}

impl Verdict {
    /// Whether nothing has to be done.
    pub fn is_ok(&self) -> bool {
        matches!(self, Verdict::Passed | Verdict::Known(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Passed => write!(f, "passed"),
            Verdict::Known(ids) => write!(f, "expected difference {ids}"),
            Verdict::Failed(_) => write!(f, "FAILED"),
            Verdict::UnexpectedPass(_) => write!(f, "UNEXPECTED PASS"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Verdict::Passed => "passed",
            Verdict::Known(_) => "expected-difference",
            Verdict::Failed(_) => "failed",
            Verdict::UnexpectedPass(_) => "unexpected-pass",
        })
    }
}

/// Something that makes a case red: an entry of `violated` in a report as JSON, an
/// object whose `what` is the name of the variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum CaseFailure {
    /// `violation`: an invariant is violated.
    Violation {
        /// Its name.
        invariant: String,
        /// The name of the kind of what was found.
        kind: String,
    },
    /// `step`: a step fails.
    Step {
        /// Its position among the steps, from 0.
        index: usize,
        /// The step, as the file has it.
        step: String,
        /// The kind of the [cause](crate::step_failure::Cause::KINDS).
        cause: String,
    },
    /// `run`: the run itself goes wrong.
    Run {
        /// The name of the [`RunFailure`](crate::RunFailure), or `error` for an error
        /// that is of no step.
        cause: String,
        /// What it says, for people.
        says: String,
    },
    /// `unexpected-pass`: what was expected to go wrong does not.
    UnexpectedPass {
        /// The id under which it was expected.
        id: String,
        /// What was expected, for people.
        expected: String,
    },
}

/// A word for what it is, and what exactly: in tables of the bug bench.
impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaseFailure::Violation { invariant, kind } => write!(f, "{invariant}/{kind}"),
            CaseFailure::Step { step, .. } => write!(f, "step: {step}"),
            CaseFailure::Run { says, .. } => write!(f, "run: {says}"),
            CaseFailure::UnexpectedPass { id, expected } => {
                write!(f, "unexpected-pass: {expected} of {id}")
            }
        }
    }
}

/// One line of a report.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// The case.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// What made it red, without what is known to go wrong.
    pub violated: Vec<CaseFailure>,
    /// How many steps and planned faults the scenario has, if it is a file.
    pub steps: Option<usize>,
    /// How many hosts it has, if it is a file.
    pub hosts: Option<usize>,
    /// The virtual time that passed, in seconds.
    #[serde(rename = "virtual_s", serialize_with = "seconds")]
    pub virtual_time: Duration,
    /// The real time it took, in seconds.
    #[serde(rename = "wall_s", serialize_with = "seconds")]
    pub wall: Duration,
    /// How many events were recorded.
    pub events: u64,
    /// The digest of all of them; none if the run did not get that far.
    pub digest: Option<Digest>,
}

impl CaseReport {
    /// A case that failed before anything ran.
    pub(crate) fn failed(name: String, story: String) -> Self {
        CaseReport {
            name,
            violated: vec![CaseFailure::Run {
                cause: RunFailure::Impossible.name().to_owned(),
                says: story.lines().next().unwrap_or_default().to_owned(),
            }],
            steps: None,
            hosts: None,
            verdict: Verdict::Failed(story),
            virtual_time: Duration::ZERO,
            wall: Duration::ZERO,
            events: 0,
            digest: None,
        }
    }
}

/// Serialises a duration as seconds, for reports.
///
/// # Errors
/// What the serializer says.
fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
