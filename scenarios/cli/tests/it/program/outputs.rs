//! Results for other programs: JSON lines, annotations of GitHub, JUnit, pages.

use std::{fs, path::Path};

use serde_json::Value;

use super::{Ended, FAILS, PASSES, empty, names, run, write};

/// A scenario that passes, one that fails in its second step, and one with a mistake in it.
fn scenarios(dir: &Path) {
    let mux = "transports = [\"mux\"]\n";
    write(dir, "f/good.toml", "good", &format!("{mux}{PASSES}"));
    write(dir, "f/bad.toml", "bad", &format!("{mux}{FAILS}"));
    let faulty = "steps = [\n  \"run 1s\",\n  \"conect a b\",\n]";
    write(dir, "f/faulty.toml", "faulty", &format!("{mux}{faulty}"));
}

fn told(arguments: &[&str]) -> (Ended, tempfile::TempDir) {
    let dir = empty();
    scenarios(dir.path());
    let ended = run(dir.path(), &[&["run", "f"], arguments].concat());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    (ended, dir)
}

#[test]
fn each_case_is_a_line_of_json() {
    let (ended, _dir) = told(&["--format", "json"]);
    assert_eq!(ended.err, "");
    let lines: Vec<Value> = ended
        .out
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [cases @ .., counts] = lines.as_slice() else {
        panic!("{ended:?}");
    };
    let mut verdicts: Vec<_> = cases
        .iter()
        .map(|case| (case["name"].as_str(), case["verdict"].as_str()))
        .collect();
    verdicts.sort_unstable();
    assert_eq!(
        verdicts,
        [
            (Some("f/bad/kad-identify/mux"), Some("failed")),
            (Some("f/faulty/unreadable/mux"), Some("failed")),
            (Some("f/good/kad-identify/mux"), Some("passed")),
        ]
    );
    assert_eq!(
        (&counts["passed"], &counts["failed"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn a_failure_is_annotated_at_its_line() {
    let (ended, _dir) = told(&["--format", "github"]);
    let mut annotations: Vec<&str> = ended
        .out
        .lines()
        .filter(|line| line.starts_with("::error "))
        .collect();
    annotations.sort_unstable();
    let [bad, faulty] = annotations.as_slice() else {
        panic!("{ended:?}");
    };
    assert!(
        bad.starts_with(
            "::error file=f/bad.toml,line=6,title=f/bad/kad-identify/mux::expect knows a b%0A"
        ),
        "{bad}"
    );
    assert!(
        faulty.starts_with("::error file=f/faulty.toml,line=8,title=f/faulty/unreadable/mux::")
            && faulty.contains("did you mean `connect`"),
        "{faulty}"
    );
    assert_eq!(ended.last(), "1 passed, 2 failed");
}

#[test]
fn a_junit_report_has_a_suite_for_each_folder() {
    let (_, dir) = told(&["--junit", "junit.xml"]);
    let text = fs::read_to_string(dir.path().join("junit.xml")).expect("the report");
    let report = quick_junit::Report::deserialize_from_str(&text).expect("JUnit");
    assert_eq!((report.tests, report.failures), (3, 2), "{text}");
    assert_eq!(report.test_suites[0].name.as_str(), "f");
    assert!(
        text.contains("<testcase name=\"good/kad-identify/mux\" classname=\"f\""),
        "{text}"
    );
}

#[test]
fn two_documents_on_standard_output_are_refused() {
    let dir = empty();
    scenarios(dir.path());
    let ended = run(dir.path(), &["run", "f", "--format", "json", "--json", "-"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("give one of them"), "{ended:?}");
}

#[test]
fn a_page_is_made_of_each_failure_and_named() {
    let (ended, dir) = told(&["--html", "pages"]);
    assert_eq!(
        names(&dir.path().join("pages")),
        ["f.bad.kad-identify.mux.html"]
    );
    assert!(
        ended
            .err
            .contains("\npicture: pages/f.bad.kad-identify.mux.html"),
        "{ended:?}"
    );
}

/// A picture has the digest of the run, and does not change it.
#[test]
fn a_picture_has_the_digest_of_the_run() {
    let (_, dir) = told(&["--json", "report.json"]);
    let text = fs::read_to_string(dir.path().join("report.json")).expect("the report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let cases = report["scenarios"].as_array().expect("a list");
    for case in cases.iter().filter(|case| !case["digest"].is_null()) {
        let name = case["name"].as_str().expect("a name");
        let (file, _) = name.split_once("/kad-identify").expect("the stack");
        let ended = run(
            dir.path(),
            &["view", &format!("{file}.toml"), "--out", "run.html"],
        );
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let page = fs::read_to_string(dir.path().join("run.html")).expect("the page");
        let digest = format!("\"digest\":{}", case["digest"]);
        assert!(
            page.contains(&digest),
            "{name}: {digest} is not in the page"
        );
    }
}

#[test]
fn a_case_a_recording_and_a_trace_have_a_picture() {
    let (_, dir) = told(&["--traces", "traces"]);
    for (arguments, file) in [
        (&["f/good.toml"][..], "f.good.kad-identify.mux.html"),
        (
            &["f/bad.toml", "--format", "shiviz"],
            "f.bad.kad-identify.mux.log",
        ),
        (
            &[
                "target/dht-harness/f.bad.kad-identify.mux.json",
                "--out",
                "f/bad.html",
            ],
            "f/bad.html",
        ),
        (
            &[
                "traces/f.bad.kad-identify.mux.jsonl",
                "--format",
                "perfetto",
            ],
            "f.bad.kad-identify.mux.trace.json",
        ),
    ] {
        let ended = run(dir.path(), &[&["view"], arguments].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.last(), format!("picture: {file}"));
        assert!(dir.path().join(file).is_file(), "{ended:?}");
    }
    for (path, told) in [
        ("f/faulty.toml", "did you mean `connect`"),
        ("f/none.toml", "no scenario or file is called"),
    ] {
        let ended = run(dir.path(), &["view", path]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains(told), "{ended:?}");
    }
    let ended = run(dir.path(), &["view", "f/faulty.toml"]);
    assert_eq!(
        (&*ended.out, ended.err.matches("error:").count()),
        ("", 2),
        "{ended:?}"
    );
    assert_eq!(
        ended.err.lines().last(),
        Some("error: no picture was made of f/faulty/unreadable/mux")
    );
}

#[test]
fn a_picture_is_of_one_path_and_of_one_recorded_run() {
    let (_, dir) = told(&["--traces", "traces"]);
    let recording = "target/dht-harness/f.bad.kad-identify.mux.json";
    let trace = "traces/f.bad.kad-identify.mux.jsonl";
    for (arguments, told) in [
        (&["view"][..], "required arguments were not provided"),
        (
            &["view", trace, "--stack", "kad"],
            "`--stack` does not go with a trace",
        ),
        (
            &["view", trace, "--transport", "mux"],
            "`--transport` does not go with a trace",
        ),
        (
            &["view", recording, "--seed", "0"],
            "`--seed` does not go with a recording",
        ),
    ] {
        let ended = run(dir.path(), arguments);
        assert_eq!((ended.code, &*ended.out), (Some(2), ""), "{ended:?}");
        assert!(ended.err.contains(told), "{ended:?}");
    }
    let ended = run(
        dir.path(),
        &[
            "view",
            "f/good.toml",
            "--seed",
            "3",
            "--stack",
            "kad-identify",
        ],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
