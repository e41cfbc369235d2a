//! Scenario files under `cargo test`.

use std::{path::Path, sync::Arc};

use crate::{
    catalog::Catalog,
    explore::{known::Known, try_out},
    file::ScenarioFile,
    stacks::Stacks,
    verdict::Verdict,
};

/// Runs all cases of a scenario file, whose hosts may have these stacks.
///
/// One line makes a named test of each file of a folder:
///
/// ```ignore
/// #[rstest::rstest]
/// fn holds(#[files("scenarios/**/*.toml")] file: std::path::PathBuf) {
///     dht_scenarios::assert_holds(&file, &dht_scenarios::Stacks::standard());
/// }
/// ```
///
/// # Panics
/// The file cannot be read, or a case of it fails or is stale. The message
/// tells why.
pub fn assert_holds(file: &Path, stacks: &Stacks) {
    let mut catalog = Catalog::new(stacks.clone());
    let names = catalog.load(file).unwrap_or_else(|error| panic!("{error}"));
    let cases = catalog
        .select(&names)
        .unwrap_or_else(|error| panic!("{error}"));
    let stories: Vec<String> = cases
        .iter()
        .map(|case| case.run(0, None))
        .filter_map(|report| match report.verdict {
            Verdict::Failed(story) | Verdict::Stale(story) => {
                Some(format!("{}:\n{story}", report.name))
            }
            Verdict::Passed | Verdict::Known(_) => None,
        })
        .collect();
    assert!(
        stories.is_empty(),
        "{}\nagain: dht-harness run {}",
        stories.join("\n\n"),
        file.display()
    );
}

/// Runs a drawn scenario, whose hosts may have these stacks, and passes over
/// what is a known defect of libp2p: for properties under proptest, which then
/// makes the scenario smaller and keeps its seed.
///
/// ```ignore
/// proptest! {
///     #[test]
///     fn holds(scenario in Generator::standard().strategy()) {
///         assert_sound(&scenario, &Stacks::standard());
///     }
/// }
/// ```
///
/// # Panics
/// Something goes wrong that is not known. The message tells what, and holds the
/// scenario as a file.
pub fn assert_sound(scenario: &ScenarioFile, stacks: &Stacks) {
    let file = Arc::new(scenario.clone());
    let trial = try_out(&file, stacks);
    let known = Known::upstream();
    let unknown = trial
        .sightings
        .iter()
        .find(|sighting| known.describes(&file, &trial, sighting).is_none());
    if let Some(sighting) = unknown {
        panic!(
            "{}\n{}\nthe scenario:\n{file}",
            sighting.symptom, trial.story
        );
    }
}
