//! What the program tells, word for word.
//!
//! `SNAPSHOTS=overwrite cargo test -p dht-harness-cli texts` writes the texts anew. Read
//! them before you commit them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rstest::rstest;
use snapbox::{Assert, Data, Redactions, data::DataFormat};

use super::{Ended, empty, run, write};

/// The commands with a help text.
#[rstest]
fn the_help_of_a_command(
    #[values(
        "",
        "run",
        "check",
        "scale",
        "replay",
        "view",
        "fuzz",
        "merge",
        "actions",
        "invariants"
    )]
    command: &str,
) {
    let dir = empty();
    let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let name = if command.is_empty() {
        "program"
    } else {
        command
    };
    compare(&format!("help-{name}"), &ended.out);
}

/// A scenario, and what `run` tells of it.
#[rstest]
#[case::step(
    "step",
    "steps = [\"add-address a b\", \"find-peers a song as=q\", \"expect peers q =0\"]"
)]
#[case::connect(
    "connect",
    "faults = [{ at = \"1s\", do = \"crash b\" }]\nsteps = [\"run 2s\", \"connect a b\"]"
)]
#[case::violation(
    "violation",
    "stacks = [\"faulty-hides-disconnects\"]\nsteps = [\"add-address a b\", \"connect a b\", \
     \"run 1s\", \"crash b\", \"latency 9ms id=slow\", \"run 1m\"]"
)]
#[case::unexpected_pass(
    "unexpected-pass",
    "allow = [{ id = \"X1\", step = \"expect not knows a b\" }]\n\
     known = [{ id = \"X1\", about = \"A host that is not known is not in the table\" }]\n\
     steps = [\"expect not knows a b\", \"connect a b\"]"
)]
#[case::mistakes(
    "mistakes",
    "steps = [\"conect a b\", \"expect answer q timedout\", \"crash c\"]"
)]
#[case::in_vain(
    "in-vain",
    "faults = [{ at = \"1s\", do = \"blackhole a b id=cut\" }]\nsteps = [\"run 3s\"]"
)]
fn the_report_of_a_scenario(#[case] name: &str, #[case] lines: &str) {
    let dir = empty();
    let lines = format!("transports = [\"mux\"]\n{lines}");
    write(dir.path(), "f/it.toml", "it", &lines);
    let ended = run(dir.path(), &["run", "f"]);
    compare(&format!("run-{name}"), &told(&ended, dir.path()));
}

/// The screen on which a report fits. A longer line takes as many rows as a terminal of this
/// width needs for it.
const ROWS: usize = 40;
const COLUMNS: usize = 100;

#[test]
fn the_report_of_each_failure_fits_on_a_screen() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/program/texts");
    let files = fs::read_dir(folder).expect("the folder of the texts");
    let files = files.map(|entry| entry.expect("an entry").path());
    let is_report = |file: &PathBuf| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("run-")
    };
    let reports: Vec<_> = files.filter(is_report).collect();
    assert!(reports.len() >= 6, "{reports:?}");
    for file in reports {
        let text = fs::read_to_string(&file).expect("a text");
        let rows = |line: &str| line.chars().count().div_ceil(COLUMNS).max(1);
        let rows: usize = text.lines().map(rows).sum();
        assert!(rows <= ROWS, "{} takes {rows} rows", file.display());
    }
}

#[test]
fn a_list_of_what_is_checked_twice() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", super::PASSES);
    write(dir.path(), "f/bad.toml", "bad", super::FAILS);
    let ended = run(dir.path(), &["check", "f"]);
    compare("check", &told(&ended, dir.path()));
}

/// A failure as programs read it.
#[rstest]
fn the_forms_of_a_failure(#[values("json", "github")] form: &str) {
    let dir = empty();
    let lines = format!("transports = [\"mux\"]\n{}", super::FAILS);
    write(dir.path(), "f/it.toml", "it", &lines);
    let arguments = ["run", "f", "--format", form, "--junit", "report.xml"];
    let ended = run(dir.path(), &arguments);
    compare(&format!("format-{form}"), &told(&ended, dir.path()));
    let junit = fs::read_to_string(dir.path().join("report.xml")).expect("a report");
    compare(
        "junit",
        &junit.replace(&dir.path().display().to_string(), "[FOLDER]"),
    );
}

#[test]
fn a_replay_of_a_failure() {
    let dir = empty();
    let lines = format!("transports = [\"mux\"]\n{}", super::FAILS);
    write(dir.path(), "f/it.toml", "it", &lines);
    run(dir.path(), &["run", "f"]);
    let recording = "target/dht-harness/f.it.kad-identify.mux.json";
    let ended = run(dir.path(), &["replay", recording]);
    compare("replay", &told(&ended, dir.path()));
    let path = dir.path().join(recording);
    let text = fs::read_to_string(&path).expect("a recording");
    let edited = text.replace("connect a b", "connect b a");
    fs::write(&path, edited).expect("it is there");
    let ended = run(dir.path(), &["replay", recording]);
    compare("replay-edited", &told(&ended, dir.path()));
    let other = text.replace(env!("CARGO_PKG_VERSION"), "0.0.7");
    let digest = regex::Regex::new("\"digest\": \"..").expect("an expression");
    let other = digest
        .replace(&other, "\"digest\": \"zz")
        .replace("zz", "00");
    let hash = regex::Regex::new(",\\s*\"hash\": \"[0-9a-f]*\"").expect("an expression");
    fs::write(&path, &*hash.replace(&other, "")).expect("it is there");
    let ended = run(dir.path(), &["replay", recording]);
    compare("replay-other-version", &told(&ended, dir.path()));
}

#[test]
fn a_picture_of_a_scenario() {
    let dir = empty();
    write(dir.path(), "f/it.toml", "it", super::PASSES);
    let ended = run(dir.path(), &["view", "f/it.toml"]);
    compare("view", &told(&ended, dir.path()));
}

#[test]
fn what_a_network_costs() {
    let dir = empty();
    let ended = run(dir.path(), &["scale", "--hosts", "3", "--virtual", "1m"]);
    compare("scale", &told(&ended, dir.path()));
}

#[test]
fn what_each_line_is_good_for() {
    let dir = empty();
    write(dir.path(), "f/vain.toml", "vain", super::lines::VAIN);
    let ended = run(dir.path(), &["check", "--lines", "f"]);
    compare("check-lines", &told(&ended, dir.path()));
    let ended = run(dir.path(), &["check", "--lines", "--verbose", "f"]);
    compare("check-lines-verbose", &told(&ended, dir.path()));
}

/// A campaign that finds a mistake of an application.
const FINDS: [&str; 10] = [
    "fuzz",
    "--first",
    "--cases",
    "20",
    "--hosts",
    "3",
    "--jobs",
    "1",
    "--stack",
    "file-sharing-ends-when-a-query-fails",
];

#[test]
fn a_finding_of_a_campaign() {
    let dir = empty();
    let ended = run(dir.path(), &FINDS);
    compare("fuzz", &told(&ended, dir.path()));
    let folder = "scenarios/regressions";
    let ended = run(dir.path(), &["merge", folder, "--out", "all"]);
    compare("merge", &told(&ended, dir.path()));
    for form in ["json", "github"] {
        let out = ["--format", form, "--out", form, "--junit", "report.xml"];
        let ended = run(dir.path(), &[&FINDS[..], &out].concat());
        compare(&format!("fuzz-{form}"), &told(&ended, dir.path()));
    }
    let junit = fs::read_to_string(dir.path().join("report.xml")).expect("a report");
    compare("fuzz-junit", &junit);
}

fn told(ended: &Ended, dir: &Path) -> String {
    let code = ended.code.unwrap_or(-1);
    let text = format!(
        "exit code {code}\n--- standard output\n{}--- standard error\n{}",
        ended.out, ended.err
    );
    text.replace(&dir.display().to_string(), "[FOLDER]")
}

/// Compares a text with the file of this name. Digests and real times are not compared.
#[track_caller]
fn compare(name: &str, text: &str) {
    let file = format!(
        "{}/tests/it/program/texts/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut redactions = Redactions::new();
    let expression = |text: &str| regex::Regex::new(text).expect("an expression");
    for (placeholder, text) in [
        ("[DIGEST]", r"[0-9a-f]{32}"),
        ("[REAL]", r" +[0-9.]+ ms "),
        ("[REAL]", r" in (?<redacted>[0-9a-z ]+): [0-9.]+ cases/s"),
        ("[RATE]", r"(?<redacted>[0-9.]+) cases/s"),
        ("[REAL]", r#""wall(?:_s|_ms)?":(?<redacted>[0-9.e-]+)"#),
        ("[REAL]", r#" time="(?<redacted>[0-9.]+)""#),
        ("[COST]", r" in (?<redacted>[0-9.]+ s: [0-9]+x);"),
        ("[COST]", r" events, (?<redacted>[0-9.]+ us) each"),
        (
            "[MEMORY]",
            r"; (?<redacted>[0-9]+ MiB resident, [0-9]+ KiB per host);",
        ),
        ("[PROGRAM]", r"/\S*/dht-harness(?: |$)"),
    ] {
        redactions
            .insert(placeholder, expression(text))
            .expect("a placeholder");
    }
    Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .redact_with(redactions)
        .eq(text, Data::read_from(file.as_ref(), Some(DataFormat::Text)));
}
