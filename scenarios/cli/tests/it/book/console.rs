//! Commands of the book with their output.
//!
//! A block `console` has a line `$ dht-harness ..` and what it prints, in which `[..]`
//! stands for any text of a line, and a line `...` for any lines. It is run in a folder
//! with the scenarios of the repository and of its page.

use std::{fs, path::Path, process::Command};

use toml::Table;

use super::{Example, blocks, examples, root};

#[test]
fn commands_print_what_the_book_says() {
    for Example { place, page, code } in examples("console") {
        let (command, expected) = code.split_once('\n').expect("a command");
        let printed = run(command, &page);
        if let Err(line) = matches(expected, &printed) {
            panic!("{place}: `{command}` does not print `{line}`, but:\n{printed}");
        }
    }
}

/// What a command prints to both of its outputs.
fn run(command: &str, page: &Path) -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let scenarios = root().join("scenarios").canonicalize().expect("a folder");
    std::os::unix::fs::symlink(scenarios, dir.path().join("scenarios")).expect("a link");
    for info in ["toml", "toml,fails"] {
        for block in blocks(page, info) {
            let table: Table = toml::from_str(&block.code).expect("TOML");
            if let Some(name) = table.get("name").and_then(toml::Value::as_str) {
                let file = dir.path().join(format!("{name}.toml"));
                fs::write(file, &block.code).expect("a file");
            }
        }
    }
    let words = command.strip_prefix("$ dht-harness ").expect("a command");
    let output = Command::new("sh")
        .args([
            "-c",
            "exec \"$0\" \"$@\" 2>&1",
            env!("CARGO_BIN_EXE_dht-harness"),
        ])
        .args(words.split(' '))
        .current_dir(dir.path())
        .output()
        .expect("the program starts");
    String::from_utf8(output.stdout).expect("text")
}

/// Compares a text with a pattern. The error is the first line that is not there.
fn matches<'p>(pattern: &'p str, text: &str) -> Result<(), &'p str> {
    let mut lines = text.lines();
    let mut skips = false;
    for expected in pattern.lines() {
        if expected == "..." {
            skips = true;
            continue;
        }
        let found = match skips {
            true => lines.any(|line| is_like(expected, line)),
            false => lines.next().is_some_and(|line| is_like(expected, line)),
        };
        if !found {
            return Err(expected);
        }
        skips = false;
    }
    match skips || lines.next().is_none() {
        true => Ok(()),
        false => Err("nothing more"),
    }
}

/// Whether a line is like one in which `[..]` stands for any text.
fn is_like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.trim_end().split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.trim_end().strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some("") => true,
        Some(part) => rest.is_empty() || line.trim_end().ends_with(part),
    }
}

#[test]
fn patterns_leave_out_what_differs_and_nothing_else() {
    let text = "one 1.2 ms\ntwo\nthree\nfour\n";
    assert_eq!(matches("one [..] ms\ntwo\n...\nfour\n", text), Ok(()));
    assert_eq!(matches("one [..]\n...\n", text), Ok(()));
    assert_eq!(matches("one [..] s\n...\n", text), Err("one [..] s"));
    assert_eq!(matches("...\nfive\n", text), Err("five"));
    assert_eq!(matches("...\nthree\n", text), Err("nothing more"));
    assert_eq!(matches("two\n...\n", text), Err("two"));
}
