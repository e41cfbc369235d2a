//! `check --lines` says what depends on each line.

use dht_scenarios::lines::{LineKind, lines};
use serde_json::Value;

use super::{empty, run, write};

/// A scenario in which a line and a setting do nothing, a condition cannot fail, and another one
/// depends on a line.
pub(super) const VAIN: &str = r#"transports = ["mux"]
checks = ["table-graph-connected"]
network = { dial_timeout = "7s" }
steps = [
  "connect a b",
  "run 2s",
  "remove-external b",
  "expect state a open",
  "expect connected a b",
]"#;

#[test]
fn a_line_that_makes_no_difference_is_told() {
    let dir = empty();
    write(dir.path(), "f/vain.toml", "vain", VAIN);
    let ended = run(dir.path(), &["check", "--lines", "f/vain.toml"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = "f/vain:
  makes no difference:
    line 7: dial_timeout = \"7s\" (network)
    line 11: remove-external b
  the same without each line that can be left out:
    line 12: expect state a open
";
    assert!(ended.out.starts_with(told), "{}", ended.out);
    assert!(ended.err.starts_with("up to 7 runs: "), "{}", ended.err);
    assert_eq!(ended.last(), "7 runs", "{ended:?}");
}

#[test]
fn each_line_is_told_with_verbose() {
    let dir = empty();
    write(dir.path(), "f/vain.toml", "vain", VAIN);
    let ended = run(dir.path(), &["check", "--lines", "--verbose", "f"]);
    for told in [
        "    line 9: connect a b\n      changes what fails\n      line 13: expect connected a b fails\n",
        "    line 13: expect connected a b\n      depends on line 9\n",
        "    line 4: { name = \"a\" }\n      needed: without it the file is not valid\n",
        "    line 6: table-graph-connected\n      depends on lines 9, 10\n",
    ] {
        assert!(ended.out.contains(told), "{told}\n{}", ended.out);
    }
}

#[test]
fn the_report_has_each_line() {
    let dir = empty();
    write(dir.path(), "f/vain.toml", "vain", VAIN);
    let ended = run(dir.path(), &["check", "--lines", "--json", "-", "f"]);
    let report: Value = serde_json::from_str(&ended.out).expect("JSON");
    let lines = report["scenarios"][0]["lines"].as_array().expect("lines");
    let of = |number: u64| {
        let mut lines = lines.iter();
        lines.find(|line| line["line"] == number).expect("the line")
    };
    assert_eq!(of(4)["without"], "invalid");
    assert_eq!(of(9)["without"], "verdict");
    assert_eq!(of(11)["without"], "same");
    assert_eq!(of(12)["depends_on"], Value::Array(Vec::new()));
    assert_eq!(of(13)["depends_on"], serde_json::json!([9]));
    assert!(of(12).get("without").is_none(), "{report}");
}

/// A line whose only merit is that it stands between two equal checks.
#[test]
fn a_line_that_only_validation_needs_is_told_as_such() {
    let dir = empty();
    let steps = r#"transports = ["mux"]
steps = [
  "connect a b",
  "run 2s",
  "expect connected a b",
  "remove-external b",
  "expect connected a b",
]"#;
    write(dir.path(), "f/valid.toml", "valid", steps);
    let ended = run(dir.path(), &["check", "--lines", "f"]);
    let told = "  needed only for the file to be valid:\n    line 10: remove-external b\n";
    assert!(ended.out.contains(told), "{}", ended.out);
    let sum = "3 without which the file is not valid (1 is needed only for that), ";
    assert!(ended.out.contains(sum), "{}", ended.out);
    let ended = run(dir.path(), &["check", "--lines", "--json", "-", "f"]);
    let report: Value = serde_json::from_str(&ended.out).expect("JSON");
    let lines = report["scenarios"][0]["lines"].as_array().expect("lines");
    let of = |number: u64| lines.iter().find(|line| line["line"] == number);
    assert_eq!(of(10).expect("the line")["without"], "validity");
    assert_eq!(of(7).expect("the line")["without"], "verdict");
    assert_eq!(of(4).expect("the line")["without"], "invalid");
}

#[test]
fn a_repeated_line_is_left_out_in_each_repetition() {
    let dir = empty();
    let steps = r#"transports = ["mux"]
steps = [
  { repeat = 2, steps = ["start-connect a b", "run 1s", "expect connected a b", "disconnect a b"] },
]"#;
    write(dir.path(), "f/again.toml", "again", steps);
    let ended = run(dir.path(), &["check", "--lines", "-v", "f"]);
    let told = "line 7: expect connected a b\n      depends on line 7\n";
    assert!(ended.out.contains(told), "{}", ended.out);
}

/// One `settle` waits for what the next line needs, and nothing happens while the other one waits.
#[test]
fn a_settle_is_told_as_a_condition() {
    let dir = empty();
    let steps = r#"transports = ["mux"]
steps = [
  "add-address a b",
  "start find-peers a song as=q",
  "settle",
  "expect succeeded q",
  "run 1m",
  "settle within=1m",
]"#;
    write(dir.path(), "f/calm.toml", "calm", steps);
    let ended = run(dir.path(), &["check", "--lines", "f"]);
    let (differences, waits) = ended
        .out
        .split_once("  nothing happens while it waits:\n    line 12: settle within=1m\n")
        .unwrap_or_else(|| panic!("{}", ended.out));
    assert!(!differences.contains(": settle\n"), "{}", ended.out);
    assert!(!waits.contains(": settle\n"), "{}", ended.out);
    // Its option is a line of its own.
    let option = "    line 12: within=1m (settle within=1m)\n";
    assert!(differences.contains(option), "{}", ended.out);
}

#[test]
fn what_has_no_lines_is_told() {
    let dir = empty();
    let of_program = run(
        dir.path(),
        &["check", "--lines", "founding/double-close/kad"],
    );
    assert_eq!(of_program.code, Some(2), "{of_program:?}");
    assert!(
        of_program.err.contains("built into this program"),
        "{of_program:?}"
    );
    write(
        dir.path(),
        "f/wrong.toml",
        "wrong",
        "steps = [\"conect a b\"]",
    );
    let faulty = run(dir.path(), &["check", "--lines", "f"]);
    assert_eq!(faulty.code, Some(1), "{faulty:?}");
    assert!(faulty.err.contains("did you mean `connect`"), "{faulty:?}");
    let option = run(dir.path(), &["check", "--jobs", "2", "f"]);
    assert_eq!(option.code, Some(2), "{option:?}");
}

/// The options of planned faults are parts of them, as those of steps are, and so are flags.
#[test]
fn options_of_planned_faults_and_flags_are_left_out() {
    let text = r#"faults = [{ at = "1s", do = "latency 50ms of=a to=b one-way" }]
steps = ["restart a keep-store keep-table", "put a keep-store la"]
"#;
    let parts: Vec<(String, Option<String>)> = lines(text)
        .into_iter()
        .filter(|line| line.kind == LineKind::Setting)
        .map(|line| {
            let without = line.left_out(text).expect("it is a line of the text");
            assert_eq!(without, text.replacen(&format!(" {}", line.text), "", 1));
            (line.text, line.of)
        })
        .collect();
    let of = |part: &str, line: &str| (part.to_owned(), Some(line.to_owned()));
    let restart = "restart a keep-store keep-table";
    let planned = "latency 50ms of=a to=b one-way";
    let expected = [
        of("of=a", planned),
        of("to=b", planned),
        of("one-way", planned),
        of("keep-store", restart),
        of("keep-table", restart),
    ];
    assert_eq!(parts, expected);
}
