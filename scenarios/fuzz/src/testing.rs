//! Generated scenarios under proptest.

use std::sync::Arc;

use dht_scenarios::{Stacks, file::ScenarioFile};

use crate::{case_result::run_case, known::KnownDefects};

/// Runs a drawn scenario, whose hosts may have these stacks, and passes over
/// what is a known defect of libp2p: for properties under proptest, which then
/// makes the scenario smaller and keeps its seed.
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
/// Something goes wrong that is not known. The message tells what, and holds the
/// scenario as a file.
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
            failure.signature, result.story
        );
    }
}
