//! Commands of the book and of the README without their output: the program knows their
//! options.

use std::{collections::BTreeMap, process::Command};

use super::{Example, blocks, examples, root};

/// What begins a call of the program.
const CALLS: [&str; 2] = ["dht-harness ", "cargo run --release -- "];

#[test]
fn the_program_knows_the_options() {
    let mut helps = BTreeMap::new();
    for Example { place, code, .. } in examples("sh") {
        for call in code.lines() {
            let words = CALLS.iter().find_map(|start| call.strip_prefix(start));
            if let Some(unknown) = words.and_then(|words| unknown(words, &mut helps)) {
                panic!("{place}: {call}: {unknown}");
            }
        }
    }
}

#[test]
fn the_usage_of_the_program_is_true() {
    let page = root().join("book/src/program.md");
    let usage = blocks(&page, "text").remove(0).code;
    // A line that is indented goes on with the command before it.
    let usage = usage.replace("\n  ", " ").replace(['[', ']', '|'], " ");
    let mut helps = BTreeMap::new();
    let mut listed = Vec::new();
    for call in usage.lines() {
        let words = call.strip_prefix("dht-harness ").expect("a command");
        assert_eq!(unknown(words, &mut helps), None, "{call}");
        listed.extend(words.split(' ').next());
    }
    let program = Command::new(env!("CARGO_BIN_EXE_dht-harness"))
        .arg("--help")
        .output();
    let help = String::from_utf8(program.expect("the program starts").stdout).expect("text");
    let (_, commands) = help.split_once("Commands:\n").expect("commands");
    let commands = commands.lines().take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for command in commands.filter(|command| !["help", ""].contains(command)) {
        assert!(
            listed.contains(&command),
            "the page does not list `{command}`"
        );
    }
}

/// The command or the option of a call that the program does not know.
fn unknown(words: &str, helps: &mut BTreeMap<String, Option<String>>) -> Option<String> {
    let mut words = words.split_whitespace();
    let command = words.next()?;
    let help = helps.entry(command.to_owned()).or_insert_with(|| {
        let program = env!("CARGO_BIN_EXE_dht-harness");
        let output = Command::new(program).args([command, "--help"]).output();
        let output = output.expect("the program starts");
        let help = output.status.success().then_some(output.stdout)?;
        String::from_utf8(help).ok()
    });
    let Some(help) = help else {
        return Some(format!("there is no command `{command}`"));
    };
    let known = |option: &str| {
        help.split(|c: char| c.is_whitespace() || c == ',' || c == '=')
            .any(|word| word == option)
    };
    let mut options = words.filter(|word| word.starts_with("--"));
    let option = options.find(|option| !known(option))?;
    Some(format!("`{command}` has no option `{option}`"))
}

#[test]
fn a_wrong_option_is_noticed() {
    let mut helps = BTreeMap::new();
    assert_eq!(unknown("run FILE --seed 7", &mut helps), None);
    assert!(unknown("run FILE --sede 7", &mut helps).is_some());
    assert!(unknown("rum FILE", &mut helps).is_some());
}
