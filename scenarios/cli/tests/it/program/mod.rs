//! The program: its arguments, output, files, signals and exit codes.

mod bad_files;
mod campaign_page;
mod check;
mod destinations;
mod formats;
mod lines;
mod options;
mod outcomes;
mod outputs;
mod pages;
mod signals;
mod texts;
mod unwritable;

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A working directory of its own.
fn empty() -> TempDir {
    tempfile::tempdir().expect("a directory")
}

/// The program, in this working directory.
fn program(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dht-harness"));
    command.current_dir(dir).args(arguments);
    command
}

/// The end of a program, as text.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Ended {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

impl Ended {
    /// The last line of standard output.
    fn last(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }
}

#[track_caller]
fn run(dir: &Path, arguments: &[&str]) -> Ended {
    let output = program(dir, arguments).output();
    output.expect("the program starts").into()
}

/// A scenario with these lines in addition to its head and its two hosts.
fn write(dir: &Path, path: &str, name: &str, lines: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let text = format!(
        "format = 1\nname = \"{name}\"\nabout = \"It is for a test\"\n\
         hosts = [{{ name = \"a\" }}, {{ name = \"b\" }}]\n{lines}\n"
    );
    fs::write(path, text).expect("a file");
}

/// A scenario that passes, and one that fails.
const PASSES: &str = "steps = [\"connect a b\", \"run 2s\"]";
const FAILS: &str = "steps = [\"connect a b\", \"expect knows a b\"]";

/// The names in a directory, sorted.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| {
        let name = entry.expect("an entry").file_name();
        name.to_string_lossy().into_owned()
    });
    let mut names: Vec<String> = entries.collect();
    names.sort();
    names
}
