//! The outcome of a case.

use std::{fmt, path::PathBuf, time::Duration};

use dht_harness::trace::Digest;
use serde::{Deserialize, Serialize, Serializer};

use crate::{
    runner::UnfiredFault,
    signature::{FailureSignature, RunFailure},
};

/// The outcome of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It has not failed.
    Passed,
    /// It has failed as its scenario says, and counts as passed. Contains the ids of the
    /// expected failures, such as `D1`, or the invariants that a host breaks on purpose.
    AsExpected(String),
    /// An unexpected failure, with the full report.
    Failed(String),
    /// An expected failure no longer occurs. Contains the remedy. Counts as a failure
    /// of the case.
    UnexpectedPass(String),
}

impl Verdict {
    /// Whether the case counts as passed.
    pub fn is_ok(&self) -> bool {
        self.failure().is_none()
    }

    /// The ids of the failures that occurred as expected, or the invariants.
    pub fn expected(&self) -> impl Iterator<Item = &str> {
        let ids = match self {
            Verdict::AsExpected(ids) => ids.as_str(),
            _ => "",
        };
        ids.split(", ").filter(|id| !id.is_empty())
    }

    /// The report of a case that does not count as passed.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Verdict::Failed(report) | Verdict::UnexpectedPass(report) => Some(report),
            Verdict::Passed | Verdict::AsExpected(_) => None,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Passed => write!(f, "passed"),
            Verdict::AsExpected(ids) => write!(f, "fails as expected: {ids}"),
            Verdict::Failed(_) => write!(f, "FAILED"),
            Verdict::UnexpectedPass(_) => write!(f, "UNEXPECTED PASS"),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Verdict::Passed => "passed",
            Verdict::AsExpected(_) => "as-expected",
            Verdict::Failed(_) => "failed",
            Verdict::UnexpectedPass(_) => "unexpected-pass",
        })
    }
}

/// A failure that makes a case fail: an entry of `violated` in a JSON report, an
/// object whose `what` is the name of the variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum CaseFailure {
    /// `violation`: an invariant is violated.
    Violation {
        /// The name of the invariant.
        invariant: String,
        /// The name of the kind of violation.
        kind: String,
        /// What the invariant expects.
        expected: String,
        /// What was seen instead.
        reason: String,
        /// The hosts concerned, the culprit first.
        hosts: Vec<String>,
        /// The kinds of the faults in force.
        faults: Vec<String>,
        /// When it was seen, in nanoseconds of virtual time, as in the trace.
        at: u64,
    },
    /// `step`: a step fails.
    Step {
        /// The index of the step, from 0.
        index: usize,
        /// The step, as written in the file.
        step: String,
        /// The file in which it is written, if it was read from one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        file: Option<PathBuf>,
        /// The line of the file, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        line: Option<usize>,
        /// The kind of the [cause](crate::step_failure::Cause::KINDS).
        cause: String,
        /// What was expected.
        #[serde(default)]
        expected: String,
        /// What was seen instead.
        #[serde(default)]
        seen: String,
        /// What was seen, and its explanation.
        reason: String,
        /// The hosts concerned.
        hosts: Vec<String>,
        /// The kinds of the faults in force.
        faults: Vec<String>,
        /// When it failed, in nanoseconds of virtual time, as in the trace.
        at: u64,
    },
    /// `run`: the run itself fails.
    Run {
        /// The name of the [`RunFailure`](crate::RunFailure), or `error` for an error
        /// that belongs to no step.
        cause: String,
        /// The message for people.
        says: String,
    },
    /// `unexpected-pass`: an expected failure did not occur.
    UnexpectedPass {
        /// The id of the expected failure.
        id: String,
        /// The expected failure, described for people.
        expected: String,
    },
}

/// Formats the failure for the tables of the bug bench.
impl fmt::Display for CaseFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CaseFailure::Violation {
                invariant, kind, ..
            } => write!(f, "{invariant}/{kind}"),
            CaseFailure::Step { step, .. } => write!(f, "step: {step}"),
            CaseFailure::Run { says, .. } => write!(f, "run: {says}"),
            CaseFailure::UnexpectedPass { id, expected } => {
                write!(f, "unexpected-pass: {expected} of {id}")
            }
        }
    }
}

/// A known defect of libp2p, or a difference from go-libp2p, that shows as a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MayBe {
    /// The id: that of a defect is in `scenarios/UPSTREAM.md`.
    pub id: String,
    /// What should be and is not, or why it is not.
    pub about: String,
    /// The failure, as `violates` of `allow` names it, or the verb and condition of the step.
    pub shows_as: FailureSignature,
}

impl fmt::Display for MayBe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let MayBe {
            id,
            about,
            shows_as,
        } = self;
        write!(
            f,
            "{shows_as} can be {id}, a known defect of libp2p, explained in \
             scenarios/UPSTREAM.md: {about}."
        )?;
        match shows_as {
            FailureSignature::Invariant(_) => write!(
                f,
                " If it is that, expect it with allow = [{{ id = {id:?}, violates = \"{shows_as}\" }}]"
            ),
            _ => write!(
                f,
                " If it is that, expect it with allow = [{{ id = {id:?}, step = \"..\" }}], with the \
                 step that failed"
            ),
        }
    }
}

/// A line for the known failures that the failure of a step can be. Begins with a line break.
fn step_may_be(known: &[&MayBe]) -> Option<String> {
    let first = known.first()?;
    let shows_as = first.shows_as.to_string();
    let step = shows_as.strip_prefix("step ").unwrap_or(&shows_as);
    let told: Vec<String> = known
        .iter()
        .map(|known| format!("{} ({})", known.id, known.about))
        .collect();
    Some(format!(
        "\nthe failure of `{}` can be a known one of libp2p whose cause the file contains: {}. If it is \
         that, expect it with allow = [{{ id = {:?}, step = \"..\" }}], with the step that failed",
        step,
        told.join(", "),
        first.id
    ))
}

/// The report of a case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// The path of the case.
    pub name: String,
    /// The outcome.
    pub verdict: Verdict,
    /// What was expected, if the verdict is [`Verdict::AsExpected`].
    pub expected: Vec<String>,
    /// The failures that make the case fail, without expected ones.
    pub violated: Vec<CaseFailure>,
    /// The full report of a case that does not count as passed.
    pub report: Option<String>,
    /// The planned faults without an effect.
    pub unfired_faults: Vec<UnfiredFault>,
    /// The hosts and steps of the file that can have no effect, each with the reason. They
    /// make no case fail.
    pub idle: Vec<String>,
    /// The known defects of libp2p that show as one of the violations, and the known failures, also
    /// differences from go-libp2p, that the failed step can be.
    pub may_be: Vec<MayBe>,
    /// The picture that was made of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<PathBuf>,
    /// The number of steps and planned faults, if the scenario is a file.
    pub steps: Option<usize>,
    /// The number of hosts, if the scenario is a file.
    pub hosts: Option<usize>,
    /// The virtual time that passed, in seconds.
    #[serde(rename = "virtual_s", serialize_with = "seconds")]
    pub virtual_time: Duration,
    /// The real time it took, in seconds.
    #[serde(rename = "wall_s", serialize_with = "seconds")]
    pub wall: Duration,
    /// The number of recorded events.
    pub events: u64,
    /// The digest of all events. `None` if the run ended before it was computed.
    pub digest: Option<Digest>,
}

impl CaseReport {
    /// The name of a case that does not count as passed, and why it does not.
    pub(crate) fn failure(&self) -> Option<String> {
        let failure = self.verdict.failure()?;
        Some(format!("{}:\n{failure}{}", self.name, self.remarks()))
    }

    /// What is to be known about a failure beyond its report: faults, hosts and
    /// steps without an effect, and known defects. Each is a line, and begins with a line break.
    pub fn remarks(&self) -> String {
        let unfired = self.unfired_faults.iter();
        let unfired = unfired.map(|fault| format!("\ndid nothing: {fault}"));
        let is_step = |known: &&MayBe| matches!(known.shows_as, FailureSignature::Step(_));
        let (steps, others): (Vec<&MayBe>, Vec<&MayBe>) = self.may_be.iter().partition(is_step);
        let may_be = others.into_iter().map(|known| format!("\n{known}"));
        let may_be = may_be.chain(step_may_be(&steps));
        // The report of a simulation that has failed names its picture itself.
        let passed = matches!(self.verdict, Verdict::UnexpectedPass(_));
        let picture = self.picture.iter().filter(|_| passed);
        let picture = picture.map(|path| format!("\npicture: {}", path.display()));
        let idle = self.idle.iter().map(|idle| format!("\nidle: {idle}"));
        unfired.chain(idle).chain(may_be).chain(picture).collect()
    }

    /// The report of a case that failed before it was run.
    pub(crate) fn failed(name: String, report: String) -> Self {
        CaseReport {
            name,
            violated: vec![CaseFailure::Run {
                cause: RunFailure::Impossible.name().to_owned(),
                says: report.lines().next().unwrap_or_default().to_owned(),
            }],
            expected: Vec::new(),
            report: Some(report.clone()),
            unfired_faults: Vec::new(),
            idle: Vec::new(),
            may_be: Vec::new(),
            picture: None,
            steps: None,
            hosts: None,
            verdict: Verdict::Failed(report),
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
/// Returns the errors of the serializer.
fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}
