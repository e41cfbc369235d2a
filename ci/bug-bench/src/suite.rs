//! Detection of mutants by the mutated crates' own tests: the baseline.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    cargo::Executable,
    error::BenchError,
    found::Found,
    mutant::SWITCH,
    process::{self, Ended},
};

/// Tests that check compile errors. They build all of libp2p again and do not
/// test behaviour.
const SKIPPED: &str = "ui";

/// How many times the control runs the tests. Tests that ever fail are
/// excluded.
const CONTROL_RUNS: usize = 3;

/// Time limit of the tests without an active mutant.
const LONG: Duration = Duration::from_secs(1800);

/// The tests of the mutated crates, built.
#[derive(Debug)]
pub(crate) struct Suite {
    binaries: Vec<Binary>,
}

#[derive(Debug)]
struct Binary {
    path: PathBuf,
    /// The folder of the crate, in which its tests expect to run.
    home: PathBuf,
    /// The name of the test target.
    target: String,
    /// The tests that pass without an active mutant.
    green: BTreeSet<String>,
    /// Their usual duration without an active mutant.
    usual: Duration,
}

/// The outcome of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestEnd {
    Green,
    Red,
}

impl Suite {
    /// Determines from the control which tests pass without an active mutant.
    pub(crate) fn control(
        executables: &[Executable],
        crates: &Path,
        logs: &Path,
    ) -> Result<Self, BenchError> {
        let mut binaries = Vec::new();
        for executable in executables {
            let Ok(below) = executable.source.strip_prefix(crates) else {
                continue;
            };
            let Some(package) = below.components().next() else {
                continue;
            };
            let mut binary = Binary {
                path: executable.path.clone(),
                home: crates.join(package),
                target: executable.target.clone(),
                green: BTreeSet::new(),
                usual: Duration::ZERO,
            };
            let mut red = BTreeSet::new();
            for _ in 0..CONTROL_RUNS {
                let ended = binary.run(None, &[], logs, LONG)?;
                binary.usual = binary.usual.max(ended.wall);
                for (test, end) in results(&ended.text()) {
                    match end {
                        TestEnd::Green => binary.green.insert(test),
                        TestEnd::Red => red.insert(test),
                    };
                }
            }
            binary.green.retain(|test| !red.contains(test));
            if !binary.green.is_empty() {
                binaries.push(binary);
            }
        }
        Ok(Suite { binaries })
    }

    /// The suite of other builds of the same tests.
    pub(crate) fn built_anew(&self, executables: &[Executable], crates: &Path) -> Self {
        let binaries = self.binaries.iter().filter_map(|binary| {
            let package = binary.home.file_name()?;
            let built = executables.iter().find(|built| {
                built.target == binary.target && built.source.starts_with(crates.join(package))
            })?;
            Some(Binary {
                path: built.path.clone(),
                home: crates.join(package),
                target: binary.target.clone(),
                green: binary.green.clone(),
                usual: binary.usual,
            })
        });
        Suite {
            binaries: binaries.collect(),
        }
    }

    /// How many tests pass without an active mutant.
    pub(crate) fn tests(&self) -> usize {
        self.binaries.iter().map(|binary| binary.green.len()).sum()
    }

    /// Runs all tests with an active mutant, those of its own crate first. A
    /// test counts if it fails or hangs, does so again when run alone, and
    /// passes alone in the control. Some tests draw random inputs, and all of
    /// them run in real time, so a test may also fail because the machine was
    /// busy.
    pub(crate) fn run(
        &self,
        mutant: &str,
        package: &str,
        control: &Suite,
        logs: &Path,
    ) -> Result<Option<Found>, BenchError> {
        let mut binaries: Vec<&Binary> = self.binaries.iter().collect();
        binaries.sort_by_key(|binary| !binary.home.ends_with(package));
        for binary in binaries {
            let is_same = |other: &&Binary| other.target == binary.target;
            let Some(control) = control.binaries.iter().find(is_same) else {
                continue;
            };
            let limit = binary.usual * 4 + Duration::from_secs(30);
            let ended = binary.run(Some(mutant), &[], logs, limit)?;
            let seen: BTreeMap<String, TestEnd> = results(&ended.text()).into_iter().collect();
            for test in &binary.green {
                let violated = match (seen.get(test), ended.abnormal_end()) {
                    (Some(TestEnd::Green), _) => continue,
                    (Some(TestEnd::Red), _) => "red".to_owned(),
                    (None, Some(abnormal_end)) => abnormal_end,
                    (None, None) => "not run".to_owned(),
                };
                let is_green = binary.is_green_alone(Some(mutant), test, logs, limit)?;
                if !is_green && control.is_green_alone(None, test, logs, LONG)? {
                    return Ok(Some(Found {
                        scenario: Some(format!("{} {test}", binary.target)),
                        package: binary.package(),
                        violated: vec![violated],
                        ..Found::default()
                    }));
                }
            }
        }
        Ok(None)
    }
}

impl Binary {
    /// The tested crate; its folder has the same name.
    fn package(&self) -> Option<String> {
        let name = self.home.file_name()?;
        Some(name.to_string_lossy().into_owned())
    }

    fn is_green_alone(
        &self,
        mutant: Option<&str>,
        test: &str,
        logs: &Path,
        limit: Duration,
    ) -> Result<bool, BenchError> {
        for _ in 0..CONTROL_RUNS {
            let ended = self.run(mutant, &[test], logs, limit)?;
            if !results(&ended.text()).contains(&(test.to_owned(), TestEnd::Green)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn run(
        &self,
        mutant: Option<&str>,
        arguments: &[&str],
        logs: &Path,
        limit: Duration,
    ) -> Result<Ended, BenchError> {
        let mut command = Command::new(&self.path);
        command.current_dir(&self.home);
        command.args(["--exact", "--skip", SKIPPED]).args(arguments);
        command.env(SWITCH, mutant.unwrap_or_default());
        let log = format!("{}.log", self.target);
        process::run(command, &logs.join(log), limit)
    }
}

/// The finished tests, parsed from the output of their program.
pub(crate) fn results(text: &str) -> Vec<(String, TestEnd)> {
    let lines = text.lines().filter_map(|line| {
        let (test, end) = line.strip_prefix("test ")?.split_once(" ... ")?;
        let test = test.trim_end_matches(" - should panic");
        match end.trim() {
            "ok" => Some((test.to_owned(), TestEnd::Green)),
            "FAILED" => Some((test.to_owned(), TestEnd::Red)),
            _ => None,
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_of_tests_are_parsed() {
        let text = "running 3 tests\ntest a::b ... ok\ntest c - should panic ... FAILED\n\
                    test d ... ignored\ntest e has been running for over 60 seconds\n";
        let expected = [
            ("a::b".to_owned(), TestEnd::Green),
            ("c".to_owned(), TestEnd::Red),
        ];
        assert_eq!(results(text), expected);
    }
}
