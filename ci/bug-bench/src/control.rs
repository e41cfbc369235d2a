//! What goes wrong with no mutant on: nothing, if all is well.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::found::Found;

/// A program with no mutant on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// The build.
    pub build: String,
    /// A number for what it was built from.
    pub digest: String,
    /// How many cases of the corpus it has run.
    pub cases: usize,
    /// Those that were red.
    pub red: Vec<String>,
    /// How long the corpus takes it, in seconds of real time, by transport.
    pub corpus_s: IndexMap<String, f64>,
    /// The families of the corpus, in their order.
    pub families: Vec<String>,
    /// How many of the crates' own tests are green; none where they are left out.
    pub tests: Option<usize>,
    /// How many cases it has been fuzzed with, and what that has found though
    /// there was nothing new to find. None where fuzzing is left out.
    pub fuzz: Option<ControlFuzz>,
}

/// What fuzzing does with no mutant on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ControlFuzz {
    /// How many cases were run.
    pub cases: u64,
    /// What was found.
    pub found: Option<Found>,
}

impl Control {
    /// Whether nothing goes wrong with no mutant on.
    pub fn is_clean(&self) -> bool {
        let fuzz_is_clean = self.fuzz.as_ref().is_none_or(|fuzz| fuzz.found.is_none());
        self.red.is_empty() && fuzz_is_clean
    }
}
