//! Scenario files as Rust tests.

use std::{path::Path, thread};

use crate::{catalog::Catalog, on_stack::OnStack, stacks::Stacks};

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
    let failures = cases.iter().filter_map(|case| case.run(0, None).failure());
    let failures: Vec<String> = failures.collect();
    if !failures.is_empty() {
        let again = again(file, stacks, thread::current().name());
        panic!("{}\n{again}", failures.join("\n\n"));
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
        "{passed} cases passed, {} scenarios do not apply to {stack}\n{}",
        on_stack.skipped.len(),
        on_stack.reasons()
    );
    on_stack
}

/// How to run a failed file again. The thread of a test has the name of the test. The
/// program has only the standard stacks.
fn again(file: &Path, stacks: &Stacks, test: Option<&str>) -> String {
    let mut lines = match test {
        None | Some("main") => "again: run this test again".to_owned(),
        Some(test) => format!("again: cargo test {test}"),
    };
    if stacks.names().eq(Stacks::standard().names()) {
        lines.push_str(&format!(
            "\n       or, with the program: dht-harness run {}",
            file.display()
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_named_only_for_the_standard_stacks() {
        let file = Path::new("ping.toml");
        let own = Stacks::standard().with("mine", |node, settings| {
            dht_fixtures::Stack::KadIdentify.swarm_with(node, settings)
        });
        assert_eq!(again(file, &own, Some("pings")), "again: cargo test pings");
        let standard = again(file, &Stacks::standard(), Some("pings"));
        assert!(
            standard.ends_with("dht-harness run ping.toml"),
            "{standard}"
        );
    }
}
