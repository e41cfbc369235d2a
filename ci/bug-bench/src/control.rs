//! Failures without an active mutant; there should be none.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::found::Found;

/// The results of a program without an active mutant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    /// The name of the build.
    pub build: String,
    /// A digest of its inputs.
    pub digest: String,
    /// How many cases of the corpus were run.
    pub cases: usize,
    /// The failed cases.
    pub red: Vec<String>,
    /// The real time that the corpus takes, in seconds, by transport.
    pub corpus_s: IndexMap<String, f64>,
    /// The families of the corpus, in order.
    pub families: Vec<String>,
    /// How many of the crates' own tests pass; `None` if they are skipped.
    pub tests: Option<usize>,
    /// How many cases were fuzzed, and the failure found, if any. `None` if
    /// fuzzing is skipped.
    pub fuzz: Option<ControlFuzz>,
}

/// The results of fuzzing without an active mutant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ControlFuzz {
    /// How many cases were run.
    pub cases: u64,
    /// The failure that was found.
    pub found: Option<Found>,
}

impl Control {
    /// Whether nothing fails without an active mutant.
    pub fn is_clean(&self) -> bool {
        let fuzz_is_clean = self.fuzz.as_ref().is_none_or(|fuzz| fuzz.found.is_none());
        self.red.is_empty() && fuzz_is_clean
    }
}
