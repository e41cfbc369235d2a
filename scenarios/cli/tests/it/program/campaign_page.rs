//! The page of a campaign.

use std::fs;

use rstest::rstest;

use super::{empty, names, run};

#[test]
fn a_campaign_is_a_page() {
    let dir = empty();
    let arguments = ["fuzz", "--cases", "6", "--seed", "1", "--html", "pages"];
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("page: pages/index.html"), "{ended:?}");
    let page = fs::read_to_string(dir.path().join("pages/index.html")).expect("the page");
    for part in [
        "<h1>Campaign of 6 cases</h1>",
        "<b>6</b> cases",
        "<h2>Drawn</h2>",
        "<code>find-peers</code>",
        "<h2>Invariants in force</h2>",
        "<svg ",
        "No case failed in a way that is not known.",
    ] {
        assert!(page.contains(part), "{part:?} is missing");
    }
    let again = "fuzz --cases 6 --seed 1 --html pages</code>";
    assert!(page.contains(again), "{again:?} is missing");
    // Links to explanations load nothing.
    let link = "<a href=\"https://github.com/";
    let page = page.replace(link, "");
    for reference in ["src=", "http://", "https://"] {
        assert!(!page.contains(reference), "the page refers to {reference}");
    }
}

/// A folder in which nothing can be made is told before the work.
#[test]
fn a_page_that_cannot_be_written_is_told_before() {
    let dir = empty();
    fs::write(dir.path().join("file"), "").expect("a file");
    let ended = run(dir.path(), &["fuzz", "--cases", "6", "--html", "file"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(names(dir.path()), ["file"]);
}

/// A command that fails leaves none of the folders that it has made for its pages.
#[rstest]
#[case::unknown_stack(&["fuzz", "--cases", "1", "--stack", "none"])]
#[case::no_such_file(&["run", "missing.toml"])]
fn a_command_that_fails_leaves_no_empty_folder(#[case] command: &[&str]) {
    let dir = empty();
    let arguments = [command, &["--html", "new/pages"]].concat();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(names(dir.path()), [""; 0]);
    fs::create_dir(dir.path().join("new")).expect("a folder");
    run(dir.path(), &arguments);
    assert_eq!(names(dir.path()), ["new"]);
}
