//! A file that cannot be read is one failure, and the other files run.

use std::{fs, os::unix::fs::symlink};

use rstest::rstest;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::Value;

use super::{FAILS, PASSES, empty, names, run, write};

/// What can be wrong with a file or folder, and what is told of it.
#[rstest]
#[case::not_utf8("line 2 is not UTF-8")]
#[case::pipe("a named pipe")]
#[case::dangling("No such file")]
#[case::loop_of_folders("which contains it: remove the link")]
#[case::mistakes("`steps` is missing")]
#[case::no_format("`format` is missing")]
#[case::misspelt_format("unknown key `fromat`; did you mean `format`?")]
#[case::no_toml("bad.TOML:1:")]
fn the_rest_of_a_folder_runs(#[case] told: &str, #[values("mux", "stream")] transport: &str) {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    let is_toml = !told.contains("TOML:");
    let bad = dir
        .path()
        .join(if is_toml { "f/bad.toml" } else { "f/bad.TOML" });
    if told.contains("UTF-8") {
        fs::write(&bad, b"format = 1\nname = \"\xff\"\n").expect("a file");
    } else if told.contains("pipe") {
        mknodat(CWD, &bad, FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
    } else if told.contains("No such") {
        symlink("nowhere", &bad).expect("a link");
    } else if told.contains("link") {
        symlink("../f", dir.path().join("f/inner")).expect("a link");
    } else if told.contains("fromat") {
        fs::write(&bad, "fromat = 1\nhosts = []\n").expect("a file");
    } else if told.contains("`format` is missing") {
        fs::write(&bad, "steps = []\n").expect("a file");
    } else if !is_toml {
        fs::write(&bad, "a scenario that crashes a host\n").expect("a file");
    } else {
        fs::write(&bad, "format = 1\nname = \"bad\"\n").expect("a file");
    }
    // A file that cannot be read fails on any transport.
    let ended = run(dir.path(), &["run", "f", "--transport", transport]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.last(), "1 passed, 1 failed", "{ended:?}");
    assert!(ended.err.contains(told), "{ended:?}");
    // Nothing was run that could be replayed.
    assert!(!ended.err.contains("replay"), "{ended:?}");
    assert_eq!(names(dir.path()), ["f"]);

    let checked = run(dir.path(), &["check", "f"]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert_eq!(checked.last(), "2 passed, 1 failed", "{checked:?}");
    assert!(checked.out.contains("CANNOT BE READ"), "{checked:?}");
    assert!(checked.out.contains(told), "{checked:?}");
    assert!(!checked.out.contains("DIFFERENT"), "{checked:?}");
}

#[test]
fn other_toml_files_are_skipped_and_counted() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    write(dir.path(), "f/UPPER.TOML", "upper", PASSES);
    fs::write(dir.path().join("f/Cargo.toml"), "[package]\n").expect("a file");
    let told = "1 .toml file is no scenario: f/Cargo.toml\n";
    for (command, last) in [
        ("run", "4 passed, 0 failed"),
        ("check", "4 passed, 0 failed"),
    ] {
        let ended = run(dir.path(), &[command, "f"]);
        assert_eq!((ended.code, ended.last()), (Some(0), last), "{ended:?}");
        assert_eq!(ended.err.matches(told).count(), 1, "{ended:?}");
    }
    for number in 1..=4 {
        let path = dir.path().join(format!("f/other{number}.toml"));
        fs::write(path, "").expect("a file");
    }
    let ended = run(dir.path(), &["run", "f"]);
    let told =
        "5 .toml files are no scenarios: f/Cargo.toml, f/other1.toml, f/other2.toml, 2 more\n";
    assert!(ended.err.contains(told), "{ended:?}");
    // A file that is named itself is meant.
    let ended = run(dir.path(), &["run", "f/Cargo.toml"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(!ended.err.contains("no scenario"), "{ended:?}");
}

#[test]
fn files_with_nearly_the_right_name_are_told() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    write(dir.path(), "f/late.tml", "late", FAILS);
    write(dir.path(), "f/copy.toml.txt", "copy", FAILS);
    fs::write(dir.path().join("f/README.md"), "").expect("a file");
    let told = "not read: f/copy.toml.txt, f/late.tml (a scenario file ends with .toml)\n";
    for command in ["run", "check"] {
        let ended = run(dir.path(), &[command, "f"]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.err.matches(told).count(), 1, "{ended:?}");
    }
    let ended = run(dir.path(), &["run", "f", "--json", "-"]);
    let report: Value = serde_json::from_str(&ended.out).expect("JSON");
    let files = serde_json::json!(["f/copy.toml.txt", "f/late.tml"]);
    assert_eq!(report["not_read"], files);
    let ended = run(dir.path(), &["run", "f", "--format", "json"]);
    let counts: Value = serde_json::from_str(ended.last()).expect("JSON");
    assert_eq!(counts["not_read"], files);
    let arguments = ["run", "f", "--format", "github", "--junit", "report.xml"];
    let ended = run(dir.path(), &arguments);
    let junit = fs::read_to_string(dir.path().join("report.xml")).expect("a report");
    assert!(junit.contains("tests=\"2\" skipped=\"2\""), "{junit}");
    for file in ["f/copy.toml.txt", "f/late.tml"] {
        let warning = format!(
            "::warning file={file},line=1,title=not read::a scenario file ends with .toml\n"
        );
        assert!(ended.out.contains(&warning), "{ended:?}");
        assert!(
            junit.contains(&format!("<testcase name=\"{file}\" classname=\"not read\"")),
            "{junit}"
        );
    }
    // Nothing else is there to run.
    fs::remove_file(dir.path().join("f/good.toml")).expect("it is there");
    let ended = run(dir.path(), &["run", "f"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.starts_with(told), "{ended:?}");
}

#[test]
fn two_files_of_one_name_are_told_and_both_count() {
    let dir = empty();
    write(dir.path(), "f/one.toml", "same", PASSES);
    write(dir.path(), "f/two.toml", "same", FAILS);
    let ended = run(dir.path(), &["run", "f"]);
    assert_eq!(ended.last(), "2 passed, 1 failed", "{ended:?}");
    assert!(
        ended.err.contains("give one of them another name"),
        "{ended:?}"
    );
    // A file that is named twice is one file.
    let twice = run(dir.path(), &["run", "f/one.toml", "f/one.toml"]);
    assert_eq!(twice.last(), "2 passed, 0 failed", "{twice:?}");
}

#[test]
fn the_scenario_of_the_readme_runs_as_it_is() {
    let readme = include_str!("../../../../../README.md");
    let (_, file) = readme
        .split_once("```toml\nformat = 1")
        .expect("a scenario");
    let (file, _) = file.split_once("```").expect("its end");
    let dir = empty();
    fs::write(dir.path().join("mine.toml"), format!("format = 1{file}")).expect("a file");
    let ended = run(dir.path(), &["run", "mine.toml"]);
    assert_eq!(
        (ended.code, ended.last()),
        (Some(0), "4 passed, 0 failed"),
        "{ended:?}"
    );
}
