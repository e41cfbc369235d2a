//! Totals of results.

use serde::{Deserialize, Serialize};

use super::MutantReport;

/// The number of mutants by result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All mutants.
    pub mutants: usize,
    /// Mutants that compile.
    pub valid: usize,
    /// Detected by the corpus.
    pub corpus: usize,
    /// Detected by fuzzing.
    pub fuzz: usize,
    /// Detected by either.
    pub caught: usize,
    /// Detected by the crate's own tests.
    pub upstream_tests: usize,
    /// Failures that fuzzing has found and shrunk.
    pub shrunk: usize,
    /// Shrunk failures of at most 8 steps and 5 hosts.
    pub small: usize,
}

/// The limits of a small failure: steps and hosts.
const SMALL: (usize, usize) = (8, 5);

impl Totals {
    /// Counts the results.
    pub fn of(mutants: &[MutantReport]) -> Self {
        let count = |wanted: &dyn Fn(&MutantReport) -> bool| {
            mutants
                .iter()
                .filter(|mutant| mutant.valid && wanted(mutant))
                .count()
        };
        let size = |mutant: &MutantReport| {
            let found = mutant.by_fuzz.as_ref()?;
            Some((found.steps?, found.hosts?))
        };
        Totals {
            mutants: mutants.len(),
            valid: count(&|_| true),
            corpus: count(&|mutant| mutant.corpus == Some(true)),
            fuzz: count(&|mutant| mutant.fuzz == Some(true)),
            caught: count(&MutantReport::is_caught),
            upstream_tests: count(&|mutant| mutant.upstream_tests == Some(true)),
            shrunk: count(&|mutant| size(mutant).is_some()),
            small: count(&|mutant| {
                size(mutant).is_some_and(|(steps, hosts)| steps <= SMALL.0 && hosts <= SMALL.1)
            }),
        }
    }
}
