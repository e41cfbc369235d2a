//! What is to come of a scenario.
//!
//! Responsible for saying it. It must not know how it is judged.

use std::{collections::BTreeSet, fmt};

use dht_harness::check::Violation;

use crate::{
    signature::{FailureSignature, ViolationPattern},
    step::Step,
};

/// What is to come of a scenario on one stack.
#[derive(Clone, Debug, PartialEq)]
pub enum Expect {
    /// Every step and every invariant holds.
    Pass,
    /// All of this goes wrong, and nothing else: rust-libp2p differs from
    /// go-libp2p, or has a defect. When something of it no longer does, the
    /// scenario passes unexpectedly.
    Known(Vec<ExpectedDifference>),
    /// The host is broken on purpose, and the checks have to find it.
    Caught {
        /// Each of these is violated.
        invariants: Vec<ViolationPattern>,
    },
    /// Fuzzing has found that this goes wrong, and it is not fixed: red for as long
    /// as it does, and an unexpected pass when it no longer does.
    Found(FailureSignature),
}

/// Something that is known to go wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedDifference {
    /// Of a defect, its entry in UPSTREAM.md; of a difference from go-libp2p, `D` and
    /// a number; of a pattern, `P-` and its name.
    pub id: String,
    /// How it goes wrong.
    pub wrong: DifferenceForm,
}

/// How something goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum DifferenceForm {
    /// This invariant is violated.
    Invariant(ViolationPattern),
    /// This step of a scenario file fails.
    Step(Step),
}

impl Expect {
    /// A difference from go-libp2p: this invariant is violated, where a kind is named
    /// (`INVARIANT/KIND`) in this way.
    pub fn difference(id: &str, invariant: &str) -> Self {
        Expect::Known(vec![ExpectedDifference {
            id: id.to_owned(),
            wrong: DifferenceForm::Invariant(ViolationPattern::unchecked(invariant)),
        }])
    }

    /// These invariants find what is broken, where a kind is named (`INVARIANT/KIND`)
    /// in this way.
    pub fn caught(invariants: &[&str]) -> Self {
        let patterns = invariants.iter().copied().map(ViolationPattern::unchecked);
        Expect::Caught {
            invariants: patterns.collect(),
        }
    }

    /// The positions of the steps that are known to fail.
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

impl ExpectedDifference {
    /// Whether it is the failure of this step.
    pub(crate) fn is_of_step(&self, step: &Step) -> bool {
        matches!(&self.wrong, DifferenceForm::Step(known) if known == step)
    }

    /// Whether it is this violation.
    pub(crate) fn describes(&self, violation: &Violation) -> bool {
        match &self.wrong {
            DifferenceForm::Invariant(pattern) => pattern.describes(violation),
            DifferenceForm::Step(_) => false,
        }
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
    fn a_step_is_known_to_fail_wherever_it_stands_and_however_it_is_written() {
        let steps = ["run 60s", "expect knows a b", "run 1m", "expect knows b a"];
        let steps = steps.map(|step| step.parse::<Step>().expect("a step"));
        let known = |step: &str| {
            let step = step.parse().expect("a step");
            Expect::Known(vec![ExpectedDifference {
                id: "D0".to_owned(),
                wrong: DifferenceForm::Step(step),
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
