//! A signal ends the program in an orderly way. These tests wait for what is seen of it,
//! and not for a time.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Stdio},
    thread,
};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{PASSES, empty, names, program, write};

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).expect("it runs");
}

/// The state of a process and the process that has started it. `None` if there is no such
/// process.
fn process(pid: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program is in parentheses.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?.chars().next()?;
    Some((state, fields.next()?.parse().ok()?))
}

/// The processes that this one has started.
fn children(parent: i32) -> Vec<i32> {
    let processes = fs::read_dir("/proc").expect("Linux");
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid| process(*pid).is_some_and(|(_, of)| of == parent))
        .collect()
}

/// All scenarios, so that the program does not end by itself before the signal.
#[test]
fn ctrl_c_in_a_run_gives_the_count_and_the_report() {
    let dir = empty();
    let arguments = ["run", "--jobs", "1", "--verbose", "--json", "report.json"];
    let mut child = program(dir.path(), &arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut first = String::new();
    out.read_line(&mut first).expect("a case");
    signal(&child, Signal::INT);
    let mut rest = String::new();
    out.read_to_string(&mut rest).expect("text");
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130), "{rest}");

    let text = fs::read_to_string(dir.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    let number = |key: &str| report[key].as_u64().expect("a number");
    assert!(number("not_run") > 0 && number("passed") > 0);
    assert_eq!(
        number("passed"),
        report["scenarios"].as_array().expect("a list").len() as u64
    );
    // The case that runs may end shortly after the signal.
    let not_finished = match number("not_finished") {
        0 => "",
        1 => ", 1 not finished",
        more => panic!("{more} cases have run"),
    };
    let last = format!(
        "{} passed, 0 failed{not_finished}, {} not run",
        number("passed"),
        number("not_run")
    );
    assert_eq!(rest.lines().last(), Some(last.as_str()));
}

/// The second case takes hours.
#[rstest]
fn a_signal_ends_the_case_that_runs(#[values(Signal::INT, Signal::TERM)] sent: Signal) {
    let dir = empty();
    write(dir.path(), "f/1.toml", "1", PASSES);
    write(dir.path(), "f/3.toml", "3", PASSES);
    let hosts = "[[hosts]]\nname = \"h\"\ncount = 200\nbootstrap = \"h\"\n";
    let text = format!(
        "format = 1\nname = \"2\"\nabout = \"It is for a test\"\nsteps = [\"run 9years\"]\n{hosts}"
    );
    fs::write(dir.path().join("f/2.toml"), text).expect("a file");
    let arguments = [
        "run",
        "f",
        "--jobs",
        "1",
        "--json",
        "report.json",
        "--junit",
        "report.xml",
        "--traces",
        "t",
    ];
    let child = program(dir.path(), &arguments)
        .args(["--transport", "mux"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while !dir.path().join("t/f.2.kad-identify.mux.jsonl").exists() {
        thread::yield_now();
    }
    signal(&child, sent);
    let ended = child.wait_with_output().expect("it ends");
    let out = String::from_utf8(ended.stdout).expect("text");
    assert_eq!(
        (ended.status.code(), out.lines().last()),
        (
            Some(130),
            Some("1 passed, 0 failed, 1 not finished, 1 not run")
        )
    );
    let text = fs::read_to_string(dir.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(report["not_finished"], 1);
    assert_eq!(report["not_run"], 1);
    assert_eq!(report["scenarios"][0]["name"], "f/1/kad-identify/mux");
    let junit = fs::read_to_string(dir.path().join("report.xml")).expect("a report");
    assert!(
        junit.contains("tests=\"3\" skipped=\"1\" errors=\"1\" failures=\"0\""),
        "{junit}"
    );
    for told in [
        "<error message=\"not finished",
        "<skipped message=\"not run\"",
    ] {
        assert!(junit.contains(told), "{junit}");
    }
}

/// Starts a check of all scenarios, and waits for the process that it starts, and for a
/// trace of that. Returns the check and that process.
#[expect(clippy::zombie_processes, reason = "the caller waits for its end")]
fn checking(dir: &Path) -> (Child, i32) {
    let check = program(dir, &["check"])
        .env("TMPDIR", dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let pid = i32::try_from(check.id()).expect("a number");
    let traces = dir.join(format!("dht-harness-check-{pid}/first"));
    loop {
        let is_traced = fs::read_dir(&traces).is_ok_and(|mut traces| traces.next().is_some());
        if let (true, Some(child)) = (is_traced, children(pid).first()) {
            return (check, *child);
        }
        thread::yield_now();
    }
}

#[test]
fn the_end_of_a_check_gives_the_count_and_leaves_no_process_and_no_folder() {
    for sent in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = empty();
        let (check, child) = checking(dir.path());
        signal(&check, sent);
        let ended = check.wait_with_output().expect("it ends");
        assert_eq!(ended.status.code(), Some(130));
        // The first of the two processes has run, so that nothing was compared.
        let out = String::from_utf8(ended.stdout).expect("text");
        let not_compared = out.strip_prefix("0 passed, 0 failed, ");
        let number = not_compared.and_then(|rest| rest.strip_suffix(" not compared\n"));
        let number: Option<usize> = number.and_then(|number| number.parse().ok());
        assert!(number.is_some_and(|number| number > 1000), "{out}");
        assert_eq!(process(child), None, "the check waits for its end");
        assert_eq!(names(dir.path()), [""; 0]);
    }
}

/// Nothing can react to SIGKILL but the process that the check has started.
#[test]
fn a_killed_check_leaves_no_process_and_no_folder() {
    let dir = empty();
    let (mut check, child) = checking(dir.path());
    check.kill().expect("it runs");
    check.wait().expect("it ends");
    // Whatever adopts it may not ask for its end: it is a zombie then.
    while process(child).is_some_and(|(state, _)| state != 'Z') {
        thread::yield_now();
    }
    assert_eq!(names(dir.path()), [""; 0]);
}

/// Whether a process has a handler for SIGTERM.
fn handles_term(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.is_some_and(|mask| mask >> (Signal::TERM.as_raw() - 1) & 1 == 1)
}

/// The campaign would take an hour.
#[test]
fn the_end_of_a_campaign_keeps_what_was_found() {
    for sent in [Signal::INT, Signal::TERM, Signal::HUP] {
        let dir = empty();
        let arguments = ["fuzz", "--for", "1h", "--hosts", "3", "--jobs", "1"];
        let stack = ["--stack", "file-sharing-ends-when-a-query-fails"];
        let child = program(dir.path(), &arguments)
            .args(stack)
            .args([
                "--out",
                "out",
                "--json",
                "report.json",
                "--junit",
                "report.xml",
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let has_found = || {
            let text = fs::read_to_string(dir.path().join("out/campaign.json")).ok()?;
            let summary: Value = serde_json::from_str(&text).ok()?;
            Some(!summary["findings"].as_array()?.is_empty())
        };
        while has_found() != Some(true) {
            thread::yield_now();
        }
        signal(&child, sent);
        let ended = child.wait_with_output().expect("it ends");
        let out = String::from_utf8(ended.stdout).expect("text");
        assert_eq!(ended.status.code(), Some(130), "{out}");
        for told in ["  kept: out/", "  stopped by a signal after "] {
            assert!(out.contains(told), "{told}: {out}");
        }
        let junit = fs::read_to_string(dir.path().join("report.xml")).expect("a report");
        assert!(
            junit.contains("<error message=\"stopped by a signal after "),
            "{junit}"
        );
        for file in ["report.json", "out/campaign.json"] {
            let text = fs::read_to_string(dir.path().join(file)).expect("a report");
            let summary: Value = serde_json::from_str(&text).expect("JSON");
            assert_eq!(summary["parts"][0]["has_ended"], true, "{summary}");
            assert_eq!(summary["parts"][0]["stopped"], true, "{summary}");
            let kept = summary["findings"][0]["file"].as_str().expect("a path");
            assert!(dir.path().join(kept).is_file(), "{kept}");
        }
    }
}

/// The scenario takes hours.
#[test]
fn the_end_of_a_check_of_lines_ends_the_case_that_runs() {
    let dir = empty();
    let hosts = "[[hosts]]\nname = \"h\"\ncount = 200\nbootstrap = \"h\"\n";
    let text = format!(
        "format = 1\nname = \"long\"\nabout = \"It is for a test\"\nsteps = [\"run 9years\"]\n{hosts}"
    );
    fs::write(dir.path().join("long.toml"), text).expect("a file");
    let mut child = program(
        dir.path(),
        &["check", "--lines", "long.toml", "--jobs", "1"],
    )
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("it starts");
    let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
    let mut first = String::new();
    err.read_line(&mut first).expect("what it does");
    assert!(first.starts_with("up to "), "{first}");
    signal(&child, Signal::TERM);
    let ended = child.wait_with_output().expect("it ends");
    let out = String::from_utf8(ended.stdout).expect("text");
    assert_eq!((ended.status.code(), out.as_str()), (Some(130), "0 runs\n"));
}

/// The measurement takes hours.
#[test]
fn the_end_of_a_measurement_leaves_no_file() {
    let dir = empty();
    let arguments = ["scale", "--hosts", "2000", "--virtual", "10years"];
    let mut child = program(dir.path(), &arguments)
        .args(["--json", "report.json"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while !handles_term(&child) {
        thread::yield_now();
    }
    signal(&child, Signal::TERM);
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(130));
    assert_eq!(names(dir.path()), [""; 0]);
}
