//! Scenario files as Rust tests.

use std::path::Path;

use dht_harness::noun;

use crate::{again::again, catalog::Catalog, on_stack::OnStack, stacks::Stacks};

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
    let mut failures = Vec::new();
    for case in cases {
        let report = case.run(0);
        match report.failure() {
            Some(failure) => failures.push(failure),
            None => {
                for fault in &report.unfired_faults {
                    println!("{}: did nothing: {fault}", report.name);
                }
                for idle in &report.idle {
                    println!("{}: idle: {idle}", report.name);
                }
            }
        }
    }
    if !failures.is_empty() {
        panic!("{}\n{}", failures.join("\n\n"), again(file, stacks));
    }
}

/// Runs a scenario file, or all scenario files of a folder and its subfolders, on one
/// stack: those that apply to it, with this stack in place of the one that they are
/// written for. Prints which do not apply, and why, and returns all of it.
///
/// ```no_run
/// use dht_fixtures::{KadSettings, Stack};
/// use dht_scenarios::{Stacks, assert_scenarios_pass_on};
///
/// let stacks = Stacks::standard().with("mine", |node, settings: &KadSettings| {
///     Stack::KadIdentify.swarm_with(node, settings)
/// });
/// assert_scenarios_pass_on("scenarios".as_ref(), "mine", &stacks);
/// ```
///
/// # Panics
/// Panics if there is no such stack or no scenario file, if no scenario applies, or if a
/// case fails. The message contains the reports.
pub fn assert_scenarios_pass_on(path: &Path, stack: &str, stacks: &Stacks) -> OnStack {
    let mut catalog = Catalog::new(stacks.clone());
    let loaded = catalog.load(path);
    loaded.unwrap_or_else(|error| panic!("{error}"));
    let on_stack = catalog.on_stack(stack);
    let on_stack = on_stack.unwrap_or_else(|error| panic!("{error}"));
    let passed = on_stack.assert_passes();
    println!(
        "{passed} {} passed, {} {} apply to {stack}\n{}",
        noun(passed, "case", "cases"),
        on_stack.skipped.len(),
        noun(
            on_stack.skipped.len(),
            "scenario does not",
            "scenarios do not"
        ),
        on_stack.reasons()
    );
    on_stack
}
