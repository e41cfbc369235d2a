//! What `run` and `fuzz` tell, and what they leave behind.

use serde_json::Value;

use super::{FAILS, PASSES, empty, names, program, run, write};

/// Two faults that do nothing: one is due after the end, one meets no traffic. The third
/// has an effect, and the fourth is no fault of the network.
const FAULTS: &str = r#"faults = [
  { at = "9m", do = "partition a | b id=late" },
  { at = "1s", do = "blackhole a b id=idle", until = "2s" },
  { at = "0s", do = "latency 5ms" },
  { at = "1s", do = "crash b" },
]
"#;

#[test]
fn faults_that_did_nothing_are_listed_for_passes_and_failures() {
    for (steps, code) in [(PASSES, 0), (FAILS, 1)] {
        // A failure ends before the second fault is due.
        let dir = empty();
        write(
            dir.path(),
            "f/faults.toml",
            "faults",
            &format!("{FAULTS}{steps}"),
        );
        let ended = run(dir.path(), &["run", "f", "--json", "report.json"]);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        let late = "  f/faults, 2 cases: `partition a | b id=late`, planned for 9m: \
                    the run ended before\n";
        assert!(ended.out.contains(late), "{ended:?}");
        assert!(
            ended
                .out
                .contains("`blackhole a b id=idle`, planned for 1s"),
            "{ended:?}"
        );
        assert_eq!(
            ended.out.contains("it was in force and met nothing"),
            code == 0
        );
        let others = ["latency 5ms", "crash b"].map(|other| ended.out.contains(other));
        // They are due after the failure, too.
        assert_eq!(others, [false, code == 1], "{ended:?}");
        assert_eq!(ended.err.contains("did nothing: `partition"), code == 1);

        let text = std::fs::read_to_string(dir.path().join("report.json")).expect("a report");
        let report: Value = serde_json::from_str(&text).expect("JSON");
        let unfired = &report["scenarios"][0]["unfired_faults"];
        assert_eq!(unfired[0]["fault"], "partition a | b id=late");
        assert_eq!(unfired[0]["at_s"], 540.0);
        assert_eq!(unfired[0]["installed"], false);
        assert_eq!(unfired[1]["installed"], code == 0);
    }
}

#[test]
fn a_run_is_summed_up_by_folder_and_told_by_case_with_verbose() {
    let dir = empty();
    write(dir.path(), "one/good.toml", "good", PASSES);
    write(dir.path(), "two/good.toml", "good", PASSES);
    let known = "allow = [{ id = \"D1\", step = \"expect not knows a b\" }]\n\
                 steps = [\"add-address a b\", \"crash b\", \"find-peers a song\", \"expect not knows a b\"]";
    write(dir.path(), "two/known.toml", "known", known);
    let ended = run(dir.path(), &["run", "one", "two"]);
    let lines = [
        "folder  passed  as expected  failed",
        "one          2            0       0",
        "two          2            2       0",
        "as expected: the case fails as its scenario says, and counts as passed",
        "  differences from go-libp2p; `about` in the scenario says what should be:",
        "    D1",
        "6 passed, 0 failed",
    ];
    assert_eq!(Vec::from_iter(ended.out.lines()), lines, "{ended:?}");
    assert_eq!(names(dir.path()), ["one", "two"]);
    let verbose = run(dir.path(), &["run", "one", "two", "--verbose"]);
    assert_eq!(verbose.out.lines().count(), lines.len() + 6, "{verbose:?}");
    assert!(
        verbose.out.starts_with("one/good/kad-identify/mux "),
        "{verbose:?}"
    );
}

/// The command is that of the program as it was called: one with stacks of its own has
/// another name.
#[test]
fn the_command_of_a_failure_replays_it() {
    let dir = empty();
    write(dir.path(), "f/fails.toml", "fails", FAILS);
    let ended = run(
        dir.path(),
        &["run", "f", "--seed", "3", "--transport", "mux"],
    );
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let command = ended
        .err
        .lines()
        .find_map(|line| line.strip_prefix("replay: "));
    let command = command.expect("a command");
    assert!(
        command.starts_with(env!("CARGO_BIN_EXE_dht-harness")),
        "{command}"
    );
    let output = std::process::Command::new("sh")
        .current_dir(dir.path())
        .args(["-c", command])
        .output()
        .expect("a shell");
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(told.contains("identical to the recorded one"), "{told}");
    assert_eq!(names(dir.path()), ["f", "target", "trace.jsonl"]);
}

#[test]
fn a_run_that_is_not_finished_says_so() {
    let dir = empty();
    write(dir.path(), "f/1.toml", "1", FAILS);
    write(dir.path(), "f/2.toml", "2", PASSES);
    let arguments = ["run", "f", "--fail-fast", "--jobs", "1"];
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.last(), "0 passed, 1 failed, 3 not run", "{ended:?}");
}

#[test]
fn a_campaign_leaves_nothing_unless_it_has_found_something() {
    let dir = empty();
    let clean = run(dir.path(), &["fuzz", "--cases", "1", "--hosts", "3"]);
    assert_eq!(
        (clean.code, clean.last()),
        (Some(0), "0 found"),
        "{clean:?}"
    );
    assert!(clean.out.starts_with("1 case of seed 0 "), "{clean:?}");
    assert_eq!(names(dir.path()), [""; 0]);
    let found = ["fuzz", "--first", "--cases", "20", "--hosts", "3"];
    let found = [
        &found[..],
        &["--stack", "file-sharing-ends-when-a-query-fails"],
    ]
    .concat();
    let found = run(dir.path(), &found);
    assert_eq!(found.code, Some(1), "{found:?}");
    let kept = found
        .out
        .lines()
        .find_map(|line| line.strip_prefix("  kept: "));
    let kept = kept.expect("where it is kept");
    assert!(dir.path().join(kept).is_file(), "{found:?}");
    assert!(found.err.contains(&format!(" replay {kept}")), "{found:?}");
    let names = names(&dir.path().join("scenarios/regressions"));
    assert!(names.contains(&"campaign.json".to_owned()), "{names:?}");

    let merged = run(
        dir.path(),
        &["merge", "scenarios/regressions", "--out", "all"],
    );
    let told = "cases of seed 0 (shard 0/1) with --hosts 3 --stack \
                file-sharing-ends-when-a-query-fails in";
    assert!(merged.out.contains(told), "{merged:?}");
}

/// The reader of the output has gone, as with `| head -1`.
#[test]
fn a_closed_pipe_ends_the_program_quietly() {
    let dir = empty();
    write(dir.path(), "f/good.toml", "good", PASSES);
    write(dir.path(), "f/fails.toml", "fails", FAILS);
    let commands: [&[&str]; 7] = [
        &["actions"],
        &["invariants"],
        &["run", "f", "--verbose"],
        &["run", "f"],
        &["run", "f", "--json", "-"],
        &["check", "f"],
        &["scale", "--hosts", "2", "--virtual", "1s"],
    ];
    for arguments in commands {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = program(dir.path(), arguments);
        let output = command.stdout(writer).output().expect("it starts");
        let told = String::from_utf8(output.stderr).expect("text");
        assert_eq!(output.status.code(), Some(141), "{arguments:?}: {told}");
        assert!(
            !told.contains("panicked") && !told.contains("error:"),
            "{told}"
        );

        // As with `2>&1 | head -1`.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let other = writer.try_clone().expect("another end");
        let mut command = program(dir.path(), arguments);
        let status = command.stdout(writer).stderr(other).status();
        assert_eq!(
            status.expect("it starts").code(),
            Some(141),
            "{arguments:?}"
        );
    }
}

/// Scenarios whose condition once depended on the draws of their seed, and a failure that
/// was found and keeps its own.
const SEEDED: [&str; 3] = [
    "f18-load/dialling-while-connecting-does-not-block",
    "regressions/step-expect-recall-a317c7",
    "upstream/f01-request-on-a-losing-dial",
];

#[test]
fn verdicts_do_not_depend_on_the_seed() {
    let dir = empty();
    for seed in 1..=10 {
        let seed = seed.to_string();
        let arguments = [&["run", "--seed", &seed][..], &SEEDED].concat();
        let ended = run(dir.path(), &arguments);
        assert_eq!(
            (ended.code, ended.last()),
            (Some(0), "6 passed, 0 failed"),
            "{ended:?}"
        );
    }
}

/// Runs a command that the program has proposed.
#[track_caller]
fn shell(dir: &std::path::Path, command: &str) -> super::Ended {
    let mut shell = std::process::Command::new("sh");
    let output = shell.current_dir(dir).args(["-c", command]).output();
    output.expect("a shell").into()
}

/// The scenario is one of a file, or one that is built into the program.
#[test]
fn the_command_that_view_proposes_makes_a_picture_of_the_other_case() {
    for path in ["my files/good.toml", "founding/double-close"] {
        let dir = empty();
        write(dir.path(), "my files/good.toml", "good", PASSES);
        let ended = run(dir.path(), &["view", path, "--seed", "3"]);
        let (_, command) = ended.last().split_once("such as: ").expect("a command");
        let again = shell(dir.path(), command);
        assert_eq!(again.code, Some(0), "{command}: {again:?}");
        let case = |ended: &super::Ended| {
            let (case, _) = ended.out.split_once(": ").expect("a case");
            case.to_owned()
        };
        assert!(case(&ended).ends_with("/mux"), "{ended:?}");
        assert!(case(&again).ends_with("/stream"), "{again:?}");
        assert!(!again.out.contains("the first of"), "{again:?}");
    }
}

/// `--seed` is added to the seed of the file. The report names the sum, and of what it is one.
#[test]
fn the_seed_of_a_report_gives_the_same_run_again() {
    let dir = empty();
    let seeded = format!("seed = 5\ntransports = [\"mux\"]\n{FAILS}");
    write(dir.path(), "f/fails.toml", "fails", &seeded);
    let line = |ended: &super::Ended, beginning: &str| {
        let mut lines = ended.err.lines();
        let line = lines.find(|line| line.starts_with(beginning));
        line.unwrap_or_else(|| panic!("{beginning}: {ended:?}"))
            .to_owned()
    };
    for (given, told) in [
        ("", "seed 5 of the file"),
        (" --seed 3", "seed 8: 5 of the file and `--seed 3`"),
    ] {
        let first = shell(
            dir.path(),
            &format!("{} run f{given}", env!("CARGO_BIN_EXE_dht-harness")),
        );
        let reproduce = line(&first, "reproduce: ");
        assert!(reproduce.ends_with(&format!(", {told}")), "{reproduce}");
        let (run_line, sum) = (line(&first, "run: "), told.split([' ', ':']).nth(1));
        let sum = sum.expect("a number");
        assert!(
            run_line.starts_with(&format!("run: seed {sum},")),
            "{run_line}"
        );
        // What it says, as options.
        let word = |after: &str| {
            let (_, rest) = reproduce.split_once(after).expect(after);
            rest.split([',', ' ']).next().expect("a word").to_owned()
        };
        let (stack, transport) = (word("stack "), word("transport "));
        let option = reproduce.split('`').nth(1).unwrap_or_default();
        let options = format!("--stack {stack} --transport {transport} {option}");
        let command = format!(
            "{} run f/fails.toml {options}",
            env!("CARGO_BIN_EXE_dht-harness")
        );
        let again = shell(dir.path(), &command);
        assert_eq!(line(&again, "run: "), run_line);
        let replayed = shell(dir.path(), &line(&first, "replay: ")["replay: ".len()..]);
        assert!(
            replayed.out.contains("identical to the recorded one"),
            "{replayed:?}"
        );
    }
}
