//! A scenario that fails tells what one has to know, on one screen.

use std::path::Path;

use dht_scenarios::{Scenario, Stacks, Verdict, file::parse};

/// What the first case of a scenario tells that has to fail.
fn story(text: &str) -> String {
    let file = parse(Path::new("fails.toml"), text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let case = scenario.cases().next().expect("one case at least");
    match case.run(0, None).verdict {
        Verdict::Failed(story) => story,
        verdict => panic!("it has to fail, and: {verdict:?}"),
    }
}

fn assert_shown(story: &str, lines: &[&str]) {
    for line in lines {
        assert!(story.contains(line), "{line:?} is missing in\n{story}");
    }
    assert!(story.lines().count() <= 40, "more than a screen:\n{story}");
}

const HEAD: &str = r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  { name = "a", settings = { periodic_bootstrap = "never" } },
  { name = "b" },
  { name = "c" },
  { name = "d" },
]
"#;

#[test]
fn a_step_that_waits_shows_what_it_has_changed_in_the_table() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b,d",
  "connect a d",
  "run 1s",
  "remove-peer a b",
  "add-address a c",
  "eventually 20s knows a b",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "step 6 of 6 failed at",
            "a: open, 2 entries in its table; before step 6, `eventually 20s knows a b`, 2",
            "    + c disconnected /ip4/",
            "    - b connected /ip4/",
            "    ~ d connected /ip4/",
        ],
    );
}

#[test]
fn a_step_that_takes_no_time_shows_what_the_one_before_has_changed() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "connect a d",
  "run 5s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "step 4 of 4 failed at",
            "a: open, 1 entries in its table; before step 3, `run 5s`, 1",
            "    ~ b disconnected /ip4/",
        ],
    );
}

#[test]
fn a_table_that_has_not_changed_is_said_to_be_the_same() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "run 1s",
  "run 1s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "a: open, 1 entries in its table, the same as before step 3, `run 1s`",
            "      b connected /ip4/",
        ],
    );
}
