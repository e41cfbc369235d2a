//! `check` says what it has found.

use super::{FAILS, PASSES, empty, run, write};

#[test]
fn a_scenario_that_fails_the_same_way_twice_is_told_as_such() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    write(dir.path(), "f/fails.toml", "fails", FAILS);
    let ended = run(dir.path(), &["check", "f"]);
    assert_eq!(
        (ended.code, ended.last()),
        (
            Some(0),
            "2 passed, 2 fail equally each time (`run` tells how), 0 failed"
        ),
        "{ended:?}"
    );
    let told = "f/fails/kad-identify/mux: failed the same way twice: step 2 of 2 failed";
    assert!(ended.out.contains(told), "{ended:?}");
}

#[test]
fn each_case_has_its_digest_with_verbose() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    let short = run(dir.path(), &["check", "f"]);
    assert_eq!(short.out, "f: 2 equal in both runs\n2 passed, 0 failed\n");
    let ended = run(dir.path(), &["check", "f", "--verbose"]);
    let is_digest = |word: &str| word.len() == 32 && word.chars().all(|it| it.is_ascii_hexdigit());
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 3, "{ended:?}");
    for line in &lines[..2] {
        assert!(
            line.split_whitespace().next_back().is_some_and(is_digest),
            "{line}"
        );
    }
}
