//! Signatures of failures.
//!
//! Responsible for distinguishing causes by the fields of a failure, and for the text
//! form of signatures. It must not know which failures are expected.

mod step;
mod violation;

use std::{fmt, str::FromStr};

use dht_harness::sim::Failure;
pub use step::StepSignature;
pub use violation::ViolationPattern;

use crate::{
    step_failure::{Cause, StepFailure},
    syntax::{ParseError, as_text},
};

/// The kind of a failure, without its time and place. Runs with the same signature
/// are taken to have the same cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FailureSignature {
    /// An invariant is violated.
    Invariant(ViolationPattern),
    /// A step fails.
    Step(StepSignature),
    /// The run itself fails.
    Run(RunFailure),
}

/// A failure of the run itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RunFailure {
    /// `stalled`: events continue, but no virtual time passes.
    Stalled,
    /// `blocked`: no progress in real time.
    Blocked,
    /// `panicked`: a panic outside the hosts.
    Panicked,
    /// `fault-without-effect`: a planned fault had to have an effect, but had none.
    FaultWithoutEffect,
    /// `impossible`: the run could not start.
    Impossible,
}

impl RunFailure {
    /// All variants.
    pub const ALL: [RunFailure; 5] = [
        RunFailure::Stalled,
        RunFailure::Blocked,
        RunFailure::Panicked,
        RunFailure::FaultWithoutEffect,
        RunFailure::Impossible,
    ];

    /// The name, which is the same in all reports.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            RunFailure::Stalled => "stalled",
            RunFailure::Blocked => "blocked",
            RunFailure::Panicked => "panicked",
            RunFailure::FaultWithoutEffect => "fault-without-effect",
            RunFailure::Impossible => "impossible",
        }
    }

    /// The failure of a run that did not end with a failed step or with violations
    /// only.
    pub(crate) fn of(failure: &Failure) -> Option<Self> {
        match failure {
            Failure::Violations { .. } => None,
            Failure::Body { error, .. } => match error.downcast_ref() {
                Some(StepFailure { cause, .. }) => cause.is_stall().then_some(RunFailure::Stalled),
                None => Some(match Cause::from(error.clone()) {
                    cause if cause.is_stall() => RunFailure::Stalled,
                    Cause::FaultWithoutEffect { .. } => RunFailure::FaultWithoutEffect,
                    _ => RunFailure::Impossible,
                }),
            },
            Failure::Panicked { .. } => Some(RunFailure::Panicked),
            Failure::Blocked(_) => Some(RunFailure::Blocked),
            _ => Some(RunFailure::Impossible),
        }
    }
}

impl fmt::Display for RunFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text names no signature.
fn unknown(text: &str) -> ParseError {
    ParseError::new(
        0..text.len(),
        format!(
            "{text:?} is not a signature: write the name of an invariant, with `/` and a kind behind \
             it or without (`dht-harness invariants` lists them), `step VERB..` or `run stalled`"
        ),
    )
}

impl FailureSignature {
    /// The signature of the failure that ended a run of a scenario file, apart from
    /// violations.
    pub fn of_end(failure: &Failure) -> Option<Self> {
        if let Some(run) = RunFailure::of(failure) {
            return Some(FailureSignature::Run(run));
        }
        let step = match failure {
            Failure::Body { error, .. } => StepFailure::of(error)?,
            _ => return None,
        };
        Some(FailureSignature::Step(StepSignature::of(&step.step)))
    }

    /// The signatures of a failed run of a scenario file, violations first.
    pub(crate) fn all(failure: &Failure) -> impl Iterator<Item = Self> + '_ {
        let violations = failure.violations().iter().map(ViolationPattern::of);
        violations
            .map(FailureSignature::Invariant)
            .chain(FailureSignature::of_end(failure))
    }

    /// Whether this signature matches everything that `other` matches. The signature
    /// of an invariant without a kind matches all kinds.
    pub fn covers(&self, other: &FailureSignature) -> bool {
        match (self, other) {
            (FailureSignature::Invariant(one), FailureSignature::Invariant(other)) => {
                one.covers(other)
            }
            (one, other) => one == other,
        }
    }

    /// The name for use in file names: letters, digits and `-`.
    pub fn slug(&self) -> String {
        self.to_string().replace([' ', '/'], "-")
    }
}

impl fmt::Display for FailureSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureSignature::Invariant(pattern) => pattern.fmt(f),
            FailureSignature::Step(step) => write!(f, "step {step}"),
            FailureSignature::Run(run) => write!(f, "run {}", run.name()),
        }
    }
}

impl FromStr for FailureSignature {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(verbs) = text.strip_prefix("step ") {
            return verbs.parse().map(FailureSignature::Step);
        }
        if let Some(name) = text.strip_prefix("run ") {
            let mut known = RunFailure::ALL.into_iter();
            let run = known.find(|run| run.name() == name);
            return run.map(FailureSignature::Run).ok_or_else(|| unknown(text));
        }
        text.parse().map(FailureSignature::Invariant)
    }
}

as_text!(FailureSignature);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::Step;

    #[test]
    fn signatures_are_parsed_back() {
        for text in [
            "no-panic",
            "entries-are-dialable/duplicate-address",
            "step expect not knows",
            "step recover",
            "run stalled",
        ] {
            assert_eq!(text.parse::<FailureSignature>().unwrap().to_string(), text);
        }
        for unknown in ["no-panik", "step expekt", "step expect nos", "run away"] {
            assert!(unknown.parse::<FailureSignature>().is_err(), "{unknown}");
        }
    }

    #[test]
    fn the_signature_of_a_step_consists_of_its_verbs() {
        let step: Step = "expect not knows a b".parse().unwrap();
        let signature = FailureSignature::Step(StepSignature::of(&step));
        assert_eq!(signature, "step expect not knows".parse().unwrap());
        assert_eq!(signature.slug(), "step-expect-not-knows");
    }
}
