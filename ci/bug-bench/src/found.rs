use serde::{Deserialize, Serialize};

/// How a mutant was detected.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// The case, kept failure or test that detected it; `None` if the program
    /// crashed or hung.
    pub scenario: Option<String>,
    /// The crate of that test; `None` if it was not a test of a crate.
    pub package: Option<String>,
    /// The violations: invariants, `step: ..`, `unexpected-pass: ..`, `crash:
    /// ..` or `hang`.
    pub violated: Vec<String>,
    /// The number of cases until then.
    pub cases: Option<u64>,
    /// Virtual time in seconds: of the failed case of the corpus, or of all
    /// cases of fuzzing up to the one that detected it.
    pub virtual_s: Option<f64>,
    /// Number of steps and planned faults; after shrinking for fuzzing.
    pub steps: Option<usize>,
    /// Number of hosts, likewise.
    pub hosts: Option<usize>,
    /// The shrunk scenario that fuzzing has kept, as a file.
    #[serde(default)]
    pub file: Option<String>,
}
