//! Scenario files as Rust tests.

use std::path::Path;

use crate::{catalog::Catalog, stacks::Stacks, verdict::Verdict};

/// Runs all cases of a scenario file, whose hosts may use these stacks.
///
/// With rstest, one attribute makes each file of a folder a test:
///
/// ```ignore
/// #[rstest::rstest]
/// fn passes(#[files("scenarios/**/*.toml")] file: std::path::PathBuf) {
///     dht_scenarios::assert_scenario_passes(&file, &dht_scenarios::Stacks::standard());
/// }
/// ```
///
/// # Panics
/// Panics if the file cannot be parsed, if a case fails, or if one is an unexpected
/// pass. The message contains the report.
pub fn assert_scenario_passes(file: &Path, stacks: &Stacks) {
    let mut catalog = Catalog::new(stacks.clone());
    let names = catalog.load(file).unwrap_or_else(|error| panic!("{error}"));
    let cases = catalog
        .select(&names)
        .unwrap_or_else(|error| panic!("{error}"));
    let failures: Vec<String> = cases
        .iter()
        .map(|case| case.run(0, None))
        .filter_map(|report| match report.verdict {
            Verdict::Failed(text) | Verdict::UnexpectedPass(text) => {
                Some(format!("{}:\n{text}", report.name))
            }
            Verdict::Passed | Verdict::Known(_) => None,
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{}\nagain: dht-harness run {}",
        failures.join("\n\n"),
        file.display()
    );
}
