//! The expected outcome of a scenario.
//!
//! Responsible for describing expectations. It must not know how they are compared
//! with a run.

use std::{collections::BTreeSet, fmt};

use dht_harness::{check::Violation, sim::Failure, view};

use crate::{
    signature::{FailureSignature, ViolationPattern},
    step::Step,
    step_failure::StepFailure,
};

/// The expected outcome of a scenario on one stack.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Every step and every invariant holds.
    Pass,
    /// All of these failures occur, and no others: rust-libp2p differs from
    /// go-libp2p, or has a defect. If one of them no longer occurs, the result is an
    /// unexpected pass.
    Known(Vec<ExpectedDifference>),
    /// The host is broken on purpose, and the checks have to detect it.
    Caught {
        /// Each of these is violated.
        invariants: Vec<ViolationPattern>,
    },
    /// Fuzzing found this failure, and it is not fixed. The case fails as long as the
    /// failure occurs, and is an unexpected pass when it no longer does.
    Found(FailureSignature),
}

/// A failure that is known and expected.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedDifference {
    /// The id: for a defect, its entry in UPSTREAM.md; for a difference from
    /// go-libp2p, `D` and a number; for a pattern, `P-` and its name.
    pub id: String,
    /// The form of the failure.
    pub wrong: DifferenceForm,
    /// The hosts of which a violation names one; any hosts if it is `None`.
    pub hosts: Option<Vec<String>>,
}

/// The form of an expected failure.
#[derive(Clone, Debug, PartialEq)]
pub enum DifferenceForm {
    /// This invariant is violated.
    Invariant(ViolationPattern),
    /// This step of a scenario file fails.
    Step(Step),
}

impl Expect {
    /// A difference from go-libp2p: this invariant is violated. `INVARIANT/KIND`
    /// restricts it to one kind of violation.
    pub fn difference(id: &str, invariant: &str) -> Self {
        Expect::Known(vec![ExpectedDifference {
            id: id.to_owned(),
            wrong: DifferenceForm::Invariant(ViolationPattern::unchecked(invariant)),
            hosts: None,
        }])
    }

    /// The invariants that detect a host that is broken on purpose. `INVARIANT/KIND`
    /// restricts one to one kind of violation.
    pub fn caught(invariants: &[&str]) -> Self {
        let patterns = invariants.iter().copied().map(ViolationPattern::unchecked);
        Expect::Caught {
            invariants: patterns.collect(),
        }
    }

    /// The positions of the steps that are expected to fail.
    pub(crate) fn may_fail(&self, steps: &[Step]) -> BTreeSet<usize> {
        let Expect::Known(known) = self else {
            return BTreeSet::new();
        };
        let is_known = |step: &Step| known.iter().any(|known| known.is_of_step(step));
        (0..steps.len())
            .filter(|index| is_known(&steps[*index]))
            .collect()
    }
}

impl Expect {
    /// What pictures say of a run that has ended with this failure, if it has failed, and in
    /// which these steps have failed as they may. `None` if nothing was expected that matters.
    pub(crate) fn verdict(
        &self,
        failure: Option<&Failure>,
        allowed: &[StepFailure],
    ) -> Option<view::Verdict> {
        match (self, failure) {
            (Expect::Pass, _) | (Expect::Found(_), Some(_)) => None,
            (Expect::Found(_), None) => Some(view::Verdict::UnexpectedPass),
            (Expect::Known(known), _) => match KnownOutcome::of(known, failure, allowed) {
                KnownOutcome::AsExpected(ids) => Some(view::Verdict::AsExpected(ids)),
                KnownOutcome::Gone(_) => Some(view::Verdict::UnexpectedPass),
                KnownOutcome::Otherwise(_) => None,
            },
            (Expect::Caught { .. }, None) => Some(view::Verdict::UnexpectedPass),
            (Expect::Caught { invariants }, Some(failure)) => are_caught(invariants, failure)
                .then(|| view::Verdict::AsExpected(listed(invariants))),
        }
    }
}

/// The names of these invariants.
pub(crate) fn listed(invariants: &[ViolationPattern]) -> String {
    let names: Vec<_> = invariants.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Whether each of these invariants is violated, and nothing else is wrong.
pub(crate) fn are_caught(invariants: &[ViolationPattern], failure: &Failure) -> bool {
    let steps_held = matches!(failure, Failure::Violations { .. });
    let mut invariants = invariants.iter();
    steps_held
        && invariants.all(|pattern| {
            let mut violations = failure.violations().iter();
            violations.any(|violation| pattern.describes(violation))
        })
}

/// A run, compared with the failures that were expected of it.
pub(crate) enum KnownOutcome<'a> {
    /// All of them have occurred, and no others. Contains their ids.
    AsExpected(String),
    /// This one has not occurred.
    Gone(&'a ExpectedDifference),
    /// It has failed in another way.
    Otherwise(&'a Failure),
}

impl<'a> KnownOutcome<'a> {
    /// Compares the failure of a run, if it has failed, and the steps that have failed as they
    /// may.
    pub(crate) fn of(
        known: &'a [ExpectedDifference],
        failure: Option<&'a Failure>,
        allowed: &[StepFailure],
    ) -> Self {
        let violations = failure.map_or(&[][..], Failure::violations);
        let steps_held = matches!(failure, None | Some(Failure::Violations { .. }));
        let all_known = violations
            .iter()
            .all(|violation| known.iter().any(|known| known.describes(violation)));
        if let Some(failure) = failure.filter(|_| !steps_held || !all_known) {
            return KnownOutcome::Otherwise(failure);
        }
        let is_seen = |known: &ExpectedDifference| {
            let mut allowed = allowed.iter();
            violations
                .iter()
                .any(|violation| known.describes(violation))
                || allowed.any(|failure| known.is_of_step(&failure.step))
        };
        if let Some(gone) = known.iter().find(|known| !is_seen(known)) {
            return KnownOutcome::Gone(gone);
        }
        let mut ids: Vec<&str> = known.iter().map(|known| known.id.as_str()).collect();
        ids.dedup();
        KnownOutcome::AsExpected(ids.join(", "))
    }
}

impl ExpectedDifference {
    /// Whether this is the failure of the given step.
    pub(crate) fn is_of_step(&self, step: &Step) -> bool {
        matches!(&self.wrong, DifferenceForm::Step(known) if known == step)
    }

    /// Whether this describes a violation.
    pub(crate) fn describes(&self, violation: &Violation) -> bool {
        self.is_of_invariant(violation) && !self.is_of_other_hosts(violation)
    }

    /// Whether a violation is one of the invariant of this, whichever hosts it names.
    pub(crate) fn is_of_invariant(&self, violation: &Violation) -> bool {
        match &self.wrong {
            DifferenceForm::Invariant(pattern) => pattern.describes(violation),
            DifferenceForm::Step(_) => false,
        }
    }

    /// Whether a violation names hosts, and none of this.
    fn is_of_other_hosts(&self, violation: &Violation) -> bool {
        let Some(hosts) = &self.hosts else {
            return false;
        };
        let mut named = violation.names.iter();
        !violation.names.is_empty() && !named.any(|name| hosts.contains(name))
    }
}

impl fmt::Display for DifferenceForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DifferenceForm::Invariant(pattern) => write!(f, "the violation of {pattern}"),
            DifferenceForm::Step(step) => write!(f, "the failure of the step \"{step}\""),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expected_step_failure_matches_by_value_at_every_position() {
        let steps = ["run 60s", "expect knows a b", "run 1m", "expect knows b a"];
        let steps = steps.map(|step| step.parse::<Step>().expect("a step"));
        let known = |step: &str| {
            let step = step.parse().expect("a step");
            Expect::Known(vec![ExpectedDifference {
                id: "D0".to_owned(),
                wrong: DifferenceForm::Step(step),
                hosts: None,
            }])
        };
        let may_fail = |expect: Expect| Vec::from_iter(expect.may_fail(&steps));
        assert_eq!(may_fail(known("run 60000ms")), [0, 2]);
        assert_eq!(may_fail(known("expect knows b a")), [3]);
        assert!(may_fail(known("expect not knows b a")).is_empty());
        assert!(may_fail(Expect::difference("D0", "no-panic")).is_empty());
        assert!(may_fail(Expect::Pass).is_empty());
    }
}
