//! What cannot be written is told before the work, and costs no result.

use std::fs;

use rstest::rstest;

use super::{FAILS, PASSES, empty, names, run, write};

/// A path below a file cannot be written, by nobody.
#[rstest]
#[case("run f --verbose --json file/report.json")]
#[case("run f --verbose --traces file/traces")]
#[case("replay f/good.toml --trace file/trace.jsonl")]
#[case("scale --hosts 2 --virtual 1s --json file/report.json")]
#[case("fuzz --cases 1 --out file/out")]
#[case("fuzz --cases 1 --json file/report.json")]
#[case("merge f --out file/out")]
#[case("merge f --json file/report.json")]
fn a_path_that_cannot_be_written_is_told_before_the_work(#[case] arguments: &str) {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    fs::write(dir.path().join("file"), "").expect("a file");
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.starts_with("error: file/"), "{ended:?}");
    assert_eq!(ended.out, "", "nothing was run");
    assert_eq!(names(dir.path()), ["f", "file"]);
}

#[test]
fn an_earlier_report_stays_until_there_is_a_new_one() {
    let dir = empty();
    fs::write(dir.path().join("report.json"), "an earlier one").expect("a file");
    let ended = run(dir.path(), &["run", "none", "--json", "report.json"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let text = fs::read_to_string(dir.path().join("report.json")).expect("a report");
    assert_eq!(text, "an earlier one");
    // A new file would be empty.
    run(dir.path(), &["run", "none", "--json", "new.json"]);
    assert_eq!(names(dir.path()), ["report.json"]);
}

/// `target` is a file, so that the folder of recordings cannot be created.
#[test]
fn without_a_recording_the_reason_is_told_all_the_same() {
    let dir = empty();
    write(dir.path(), "f/fails.toml", "fails", FAILS);
    write(dir.path(), "f/good.toml", "good", PASSES);
    fs::write(dir.path().join("target"), "").expect("a file");
    let ended = run(dir.path(), &["run", "f"]);
    assert_eq!(
        (ended.code, ended.last()),
        (Some(1), "2 passed, 2 failed"),
        "{ended:?}"
    );
    assert!(ended.err.contains("step 2 of 2 failed"), "{ended:?}");
    assert!(
        ended
            .err
            .contains("no recording to replay: target/dht-harness"),
        "{ended:?}"
    );
}
