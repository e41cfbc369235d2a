//! What is to come of a scenario.
//!
//! Responsible for saying it. It must not know how it is judged.

use std::fmt;

use dht_harness::check::Violation;

use crate::signature::{FailureSignature, STEP_HOLDS};

/// What is to come of a scenario on one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every step and every invariant holds.
    Pass,
    /// All of this goes wrong, and nothing else: rust-libp2p differs from
    /// go-libp2p, or has a defect. When something of it no longer does, the
    /// scenario is stale.
    Known(Vec<ExpectedDifference>),
    /// The host is broken on purpose, and these invariants have to find it.
    Caught {
        /// Each of them is violated.
        invariants: Vec<String>,
    },
    /// Fuzzing has found that this goes wrong, and nobody has mended it: red for
    /// as long as it does, and stale when it no longer does.
    Found(FailureSignature),
}

/// Something that is known to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedDifference {
    /// Of a defect, its entry in UPSTREAM.md; of a difference from go-libp2p, `D` and
    /// a number; of a pattern, `P-` and its name.
    pub id: String,
    /// What it violates.
    pub wrong: DifferenceForm,
}

/// How something goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DifferenceForm {
    /// This invariant is violated.
    Invariant(String),
    /// This step of a scenario file fails.
    Step(String),
}

impl Expect {
    /// A difference from go-libp2p: this invariant is violated.
    pub fn difference(id: &str, invariant: &str) -> Self {
        Expect::Known(vec![ExpectedDifference {
            id: id.to_owned(),
            wrong: DifferenceForm::Invariant(invariant.to_owned()),
        }])
    }

    /// These invariants find what is broken.
    pub fn caught(invariants: &[&str]) -> Self {
        Expect::Caught {
            invariants: invariants.iter().map(ToString::to_string).collect(),
        }
    }

    /// The steps whose failure is known.
    pub(crate) fn may_fail(&self) -> Vec<String> {
        let Expect::Known(known) = self else {
            return Vec::new();
        };
        let steps = known.iter().filter_map(|known| match &known.wrong {
            DifferenceForm::Step(text) => Some(text.clone()),
            DifferenceForm::Invariant(_) => None,
        });
        steps.collect()
    }
}

impl ExpectedDifference {
    /// Whether this violation is what is known.
    pub(crate) fn describes(&self, violation: &Violation) -> bool {
        match &self.wrong {
            DifferenceForm::Invariant(name) => violation.invariant == name,
            DifferenceForm::Step(text) => {
                violation.invariant == STEP_HOLDS && violation.subject == *text
            }
        }
    }
}

impl fmt::Display for DifferenceForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DifferenceForm::Invariant(name) => write!(f, "the violation of {name}"),
            DifferenceForm::Step(text) => write!(f, "the failure of the step {text:?}"),
        }
    }
}
