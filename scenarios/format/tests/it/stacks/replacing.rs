//! The scenarios of a catalog run on one stack in place of their own.

use std::{fs, path::PathBuf};

use dht_scenarios::{Catalog, Scenario, Stacks, assert_scenarios_pass_on};

use super::{CAPABLE, stacks};

const DIALLED: &str = r#"format = 1
name = "dialled"
about = "A host knows the peer that it dials"
stacks = ["kad", "kad-identify"]
allow = [
  { id = "ONE", step = "expect not knows a b", stacks = ["kad-identify"] },
  { id = "TWO", step = "expect connected a b", stacks = ["kad"] },
]
known = [{ id = "ONE", about = "One is so" }, { id = "TWO", about = "Two is so" }]
hosts = [{ name = "a" }, { name = "b" }]
steps = ["connect a b", "expect connected a b", "run 1s", "expect not knows a b"]
"#;

const BLOCKED: &str = r#"format = 1
name = "blocked"
about = "A blocked peer is not connected"
hosts = [{ name = "a" }, { name = "b" }]
steps = ["block a b", "connect a b fails"]
"#;

/// A folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in files {
        fs::write(folder.join(name), text).expect("a file");
    }
    folder
}

fn catalog(stacks: Stacks) -> Catalog {
    let mut catalog = Catalog::new(stacks);
    catalog.add("test/dialled.toml".as_ref(), DIALLED);
    catalog.add("test/blocked.toml".as_ref(), BLOCKED);
    catalog
}

#[test]
fn a_scenario_keeps_the_expected_outcome_of_the_stack_that_is_replaced() {
    let on_stack = catalog(stacks(CAPABLE)).on_stack("mine").expect("a stack");
    let cases: Vec<_> = on_stack
        .catalog
        .scenarios()
        .iter()
        .flat_map(Scenario::cases)
        .map(|case| (case.path(), case.run(0).verdict.to_string()))
        .collect();
    let known = "fails as expected: ONE".to_owned();
    assert_eq!(
        cases,
        [
            ("test/dialled/mine/mux".to_owned(), known.clone()),
            ("test/dialled/mine/stream".to_owned(), known),
        ]
    );
    assert_eq!(
        on_stack.reasons(),
        "test/blocked: step 1: `block a b`: only the stacks of `dht_fixtures` support this"
    );
}

#[test]
fn a_scenario_on_one_of_its_own_stacks_is_only_filtered() {
    let on_stack = catalog(Stacks::standard())
        .on_stack("kad")
        .expect("a stack");
    let paths: Vec<String> = on_stack
        .catalog
        .scenarios()
        .iter()
        .flat_map(Scenario::cases)
        .map(|case| case.path())
        .collect();
    assert_eq!(paths, ["test/dialled/kad/mux", "test/dialled/kad/stream"]);
}

#[test]
fn one_line_tests_a_folder_and_says_what_does_not_apply() {
    let folder = folder(
        "applicable",
        &[("dialled.toml", DIALLED), ("blocked.toml", BLOCKED)],
    );
    let on_stack = assert_scenarios_pass_on(&folder, "mine", &stacks(CAPABLE));
    assert_eq!(on_stack.catalog.scenarios().len(), 1);
    assert_eq!(on_stack.skipped.len(), 1);
}

#[test]
#[should_panic(expected = "no scenario applies to the stack \"mine\"")]
fn a_folder_of_which_nothing_applies_fails() {
    let folder = folder("inapplicable", &[("blocked.toml", BLOCKED)]);
    assert_scenarios_pass_on(&folder, "mine", &stacks(CAPABLE));
}

#[test]
#[should_panic(expected = "no longer occurs")]
fn a_case_that_fails_fails_the_test() {
    let text = DIALLED.replace("expect not knows a b", "expect knows a b");
    let folder = folder("failing", &[("dialled.toml", &text)]);
    assert_scenarios_pass_on(&folder, "mine", &stacks(CAPABLE));
}

#[test]
fn the_error_for_an_unknown_stack_has_a_hint() {
    let error = catalog(stacks(CAPABLE))
        .on_stack("mime")
        .err()
        .expect("an error");
    assert!(error.to_string().contains("mine"), "{error}");
}
