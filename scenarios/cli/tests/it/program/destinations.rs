//! No output takes the place of an input, of another output or of a file of another kind.

use std::{fs, path::Path};

use rstest::rstest;

use super::{Ended, FAILS, PASSES, empty, names, run, write};

/// A scenario that passes, one that fails with its recording, and a trace.
fn files(dir: &Path) {
    let mux = "transports = [\"mux\"]\n";
    write(dir, "f/w.toml", "w", &format!("{mux}{PASSES}"));
    write(dir, "f/bad.toml", "bad", &format!("{mux}{FAILS}"));
    let ended = run(dir, &["run", "f", "--traces", "t"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let recording = dir.join("target/dht-harness/f.bad.kad-identify.mux.json");
    fs::rename(recording, dir.join("rec.json")).expect("a recording");
    fs::rename(
        dir.join("t/f.w.kad-identify.mux.jsonl"),
        dir.join("t.jsonl"),
    )
    .expect("a trace");
    fs::remove_dir_all(dir.join("t")).expect("a folder");
    fs::remove_dir_all(dir.join("target")).expect("a folder");
    fs::write(dir.join("notes"), "Do not lose this.\n").expect("a file");
    let foreign = "{ \"name\": \"app\", \"version\": \"1.0.0\" }\n";
    fs::write(dir.join("package.json"), foreign).expect("a file");
    std::os::unix::fs::symlink("f/w.toml", dir.join("link")).expect("a link");
}

fn text(dir: &Path, arguments: &str) -> Ended {
    run(dir, &Vec::from_iter(arguments.split(' ')))
}

const INPUT: &str = "the command reads this file";

#[rstest]
#[case("replay f/w.toml --trace f/w.toml", INPUT)]
#[case("replay rec.json --trace rec.json", INPUT)]
#[case("replay rec.json --trace f/../rec.json", INPUT)]
#[case("view f/w.toml --out f/w.toml", INPUT)]
#[case("view f/w.toml --out link", INPUT)]
#[case("view t.jsonl --out t.jsonl", INPUT)]
#[case("view rec.json --format perfetto --out rec.json", INPUT)]
#[case("run f/w.toml --junit f/w.toml", INPUT)]
#[case("run f/w.toml --json f/w.toml", INPUT)]
#[case("run f --junit f/w.toml", "the file is no JUnit report")]
#[case("run f --json t.jsonl", "the file is no JSON report")]
#[case("run f --json rec.json", "the file is no JSON report")]
#[case("run f --json package.json", "the file is no JSON report")]
#[case("run f --junit rec.json", "the file is no JUnit report")]
#[case("replay f --trace f/w.toml", "the file is no trace")]
#[case("replay f --trace rec.json", "the file is no trace")]
#[case("view f/w.toml --out notes", "the file is no page")]
#[case(
    "view f/w.toml --format shiviz --out notes",
    "the file is no log for ShiViz"
)]
#[case(
    "view f/w.toml --format perfetto --out rec.json",
    "the file is no trace for Perfetto"
)]
#[case("run f --json x --junit x", "two outputs")]
#[case("run f --json x --junit f/../x", "two outputs")]
#[case("run f --junit -", "only `--json` writes to standard output")]
#[case("replay f/w.toml --trace -", "only `--json` writes to standard output")]
#[case("view f/w.toml --out -", "only `--json` writes to standard output")]
#[case("view f/w.toml --out f", "a folder")]
#[case(
    "view f/w.toml --out none/x",
    "none/x: the folder none does not exist; make it, or name another"
)]
fn what_would_be_lost_is_told_before_the_work(#[case] arguments: &str, #[case] told: &str) {
    let dir = empty();
    files(dir.path());
    let all = || {
        let paths = [
            "f/w.toml",
            "f/bad.toml",
            "rec.json",
            "t.jsonl",
            "notes",
            "package.json",
        ];
        (
            names(dir.path()),
            paths.map(|path| fs::read(dir.path().join(path)).expect("a file")),
        )
    };
    let before = all();
    let ended = text(dir.path(), arguments);
    assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
    assert!(ended.err.contains(told), "{ended:?}");
    assert!(before == all(), "nothing is changed: {ended:?}");
}

#[rstest]
#[case("run f/w.toml --json x --junit y")]
#[case("run f/w.toml --junit x")]
#[case("run f/w.toml --traces f --html f")]
#[case("replay f/w.toml --trace x")]
#[case("replay f/w.toml --trace /dev/null")]
#[case("view f/w.toml --out x")]
#[case("view f/w.toml --out ./-")]
#[case("view t.jsonl --out x --format perfetto")]
#[case("view t.jsonl --out x --format shiviz")]
fn an_output_replaces_the_earlier_one(#[case] arguments: &str) {
    let dir = empty();
    files(dir.path());
    for _ in 0..2 {
        let ended = text(dir.path(), arguments);
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn an_empty_file_is_filled() {
    let dir = empty();
    files(dir.path());
    fs::write(dir.path().join("x"), "").expect("a file");
    let ended = text(dir.path(), "replay f/w.toml --trace x");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(fs::read(dir.path().join("x")).is_ok_and(|trace| !trace.is_empty()));
}

#[test]
fn files_in_the_folders_of_outputs_stay_if_they_are_something_else() {
    for (option, extension) in [("--traces", "jsonl"), ("--html", "html")] {
        let dir = empty();
        files(dir.path());
        let path = dir
            .path()
            .join(format!("f/f.bad.kad-identify.mux.{extension}"));
        fs::write(&path, "something else").expect("a file");
        let ended = text(dir.path(), &format!("run f {option} f"));
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
        assert_eq!(fs::read_to_string(path).expect("it"), "something else");
    }
    let dir = empty();
    fs::write(dir.path().join("index.html"), "something else").expect("a file");
    let ended = text(dir.path(), "fuzz --cases 1 --html .");
    assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
}

#[test]
fn a_merge_does_not_overwrite_a_summary_that_it_reads() {
    let dir = empty();
    let ended = text(dir.path(), "fuzz --cases 1 --hosts 3 --out part");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let ended = text(dir.path(), "merge part --out all --json part/campaign.json");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains(INPUT), "{ended:?}");
    for _ in 0..2 {
        let ended = text(dir.path(), "merge part --out all --json part/report.json");
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn a_report_that_is_not_written_leaves_no_file() {
    let dir = empty();
    let ended = text(dir.path(), "run none --junit x --json y");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    let ended = text(dir.path(), "replay none.json --trace z");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert_eq!(names(dir.path()), [""; 0]);
}
