//! TOML of the book: scenario files are run, parts of them are completed and read, and
//! the rest is a manifest.

use std::{fs, path::PathBuf};

use dht_scenarios::{Stacks, assert_scenario_passes, file::parse};
use tempfile::TempDir;
use toml::Table;

use super::{Example, examples};

/// What completes a part of a scenario file.
const REST: &str = r#"
format = 1
name = "part"
about = "It completes an example"
hosts = [{ name = "a" }, { name = "b" }, { name = "p" }, { name = "h", count = 8 }]
steps = ["run 1s"]
"#;

/// The keys of `Cargo.toml` that examples may have.
const MANIFEST: [&str; 7] = [
    "package",
    "features",
    "dependencies",
    "dev-dependencies",
    "patch",
    "profile",
    "workspace",
];

/// Writes a scenario to a file that is named after it.
fn write(dir: &TempDir, text: &str) -> PathBuf {
    let file = dir.path().join("example.toml");
    fs::write(&file, text).expect("a file");
    file
}

#[test]
fn scenario_files_pass() {
    let dir = tempfile::tempdir().expect("a folder");
    for Example { place, code, .. } in examples("toml") {
        let table: Table = toml::from_str(&code).unwrap_or_else(|e| panic!("{place}: {e}"));
        if table.contains_key("format") {
            eprintln!("{place}");
            assert_scenario_passes(&write(&dir, &code), &Stacks::standard());
        } else {
            for key in table.keys() {
                assert!(
                    MANIFEST.contains(&key.as_str()),
                    "{place}: `{key}` is no key of a manifest; mark a part of a scenario file by `toml,fragment`"
                );
            }
        }
    }
}

#[test]
fn parts_of_files_are_read() {
    for Example { place, code, .. } in examples("toml,fragment") {
        if let Err(mistake) = read(&completed(&code)) {
            panic!("{place}: {mistake}");
        }
    }
}

#[test]
fn failing_examples_fail() {
    let dir = tempfile::tempdir().expect("a folder");
    for Example { place, code, .. } in examples("toml,fails") {
        let file = write(&dir, &code);
        let run = std::panic::catch_unwind(|| assert_scenario_passes(&file, &Stacks::standard()));
        assert!(run.is_err(), "{place}: it passes");
    }
}

#[test]
fn a_part_with_a_mistake_is_refused() {
    assert_eq!(read(&completed("steps = [\"connect a b\"]")), Ok(()));
    let mistake = read(&completed("steps = [\"conect a b\"]")).expect_err("no action");
    assert!(mistake.contains("did you mean `connect`"), "{mistake}");
}

/// A whole file with the keys of this part.
fn completed(part: &str) -> String {
    let mut whole: Table = toml::from_str(REST).expect("TOML");
    whole.extend(toml::from_str::<Table>(part).expect("TOML"));
    toml::to_string(&whole).expect("TOML")
}

/// Reads a file without running it.
fn read(text: &str) -> Result<(), String> {
    let stacks = Stacks::standard();
    match parse("part.toml".as_ref(), text, &stacks) {
        Ok(_) => Ok(()),
        Err(problems) => Err(problems.to_string()),
    }
}
