use serde::{Deserialize, Serialize};

/// How a mutant was noticed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The case, the kept file or the test that shows it; none where the program
    /// crashed or hung.
    pub scenario: Option<String>,
    /// The crate whose test it is; none where it is no test of a crate.
    pub package: Option<String>,
    /// What was violated: invariants, `step: ..`, `unexpected-pass: ..`, `crash: ..` or
    /// `hang`.
    pub violated: Vec<String>,
    /// How many cases it took.
    pub cases: Option<u64>,
    /// How much virtual time, in seconds: of the red case of the corpus, and of
    /// all cases of fuzzing up to the one that found it.
    pub virtual_s: Option<f64>,
    /// Steps and planned faults, after shrinking where it was fuzzing.
    pub steps: Option<usize>,
    /// Hosts, likewise.
    pub hosts: Option<usize>,
}
