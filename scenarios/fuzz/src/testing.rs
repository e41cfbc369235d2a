//! Generated scenarios as proptest inputs.

use std::sync::Arc;

use dht_scenarios::{Stacks, file::ScenarioFile};

use crate::{case_result::run_case, known::KnownDefects};

/// Runs a generated scenario, whose hosts may use these stacks, and panics if it
/// fails for a reason that is not a known defect of libp2p. Use it in proptest
/// properties: proptest then shrinks the scenario and records its seed.
///
/// ```ignore
/// proptest! {
///     #[test]
///     fn holds(scenario in Generator::standard().strategy()) {
///         assert_no_unknown_failures(&scenario, &Stacks::standard());
///     }
/// }
/// ```
///
/// # Panics
/// Panics if a failure is not a known defect. The message contains the failure report
/// and the scenario file.
pub fn assert_no_unknown_failures(scenario: &ScenarioFile, stacks: &Stacks) {
    let file = Arc::new(scenario.clone());
    let result = run_case(&file, stacks);
    let known = KnownDefects::upstream();
    let unknown = result
        .failures
        .iter()
        .find(|failure| known.describes(&file, &result, failure).is_none());
    if let Some(failure) = unknown {
        panic!(
            "{}\n{}\nthe scenario:\n{file}",
            failure.signature, result.report
        );
    }
}
