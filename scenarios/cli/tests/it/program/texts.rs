//! What the program tells, word for word.
//!
//! `SNAPSHOTS=overwrite cargo test -p dht-harness-cli texts` writes the texts anew. Read
//! them before you commit them.

use std::path::Path;

use rstest::rstest;
use snapbox::{Assert, Data, Redactions, data::DataFormat};

use super::{Ended, empty, run, write};

/// The commands with a help text.
#[rstest]
fn the_help_of_a_command(
    #[values("", "run", "check", "scale", "replay", "view", "fuzz", "merge")] command: &str,
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

#[test]
fn a_list_of_what_is_checked_twice() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", super::PASSES);
    write(dir.path(), "f/bad.toml", "bad", super::FAILS);
    let ended = run(dir.path(), &["check", "f"]);
    compare("check", &told(&ended, dir.path()));
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
        ("[PROGRAM]", r"/\S*/dht-harness(?: |$)"),
    ] {
        redactions
            .insert(placeholder, expression(text))
            .expect("a placeholder");
    }
    Assert::new()
        .action_env("SNAPSHOTS")
        .redact_with(redactions)
        .eq(text, Data::read_from(file.as_ref(), Some(DataFormat::Text)));
}
