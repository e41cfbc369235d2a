//! `check`: compares two runs of each case.
//!
//! One process runs the cases one after the other, so that each follows other
//! simulations; a second process runs them in 16 threads at once.
//! With `--lines` it says what depends on each line of a scenario file.

mod child;
mod lines;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use dht_harness::{noun, trace::first_divergence};

use self::child::{CaseRun, Children};
use super::{CliError, Ending, Selection, interrupt, output, pool, tally};
use dht_scenarios::{Case, Catalog};

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    selection: Selection,
    /// Instead, run each scenario file once more without each of its lines, and list the lines
    /// that make no difference and the checks that depend on no line
    #[arg(long, conflicts_with_all = ["stack", "child"])]
    lines: bool,
    /// With `--lines`: also write what depends on each line as JSON; `-` is standard output
    #[arg(long, value_name = "FILE", requires = "lines")]
    json: Option<PathBuf>,
    /// With `--lines`: how much to run at once; default is the number of processors
    #[arg(long, value_name = "N", requires = "lines", value_parser = pool::jobs, allow_negative_numbers = true)]
    jobs: Option<usize>,
    /// Print a line for each case, with its digest; with `--lines`, what depends on each line
    #[arg(long, short)]
    verbose: bool,
    /// Run each case once, write its trace here and print its digest; used by
    /// the two processes of a check
    #[arg(long, value_name = "FILE", hide = true)]
    child: Option<PathBuf>,
    /// How many threads a child process uses
    #[arg(long, value_name = "N", hide = true, default_value_t = 1)]
    threads: usize,
}

/// How many threads the second process uses.
const THREADS: usize = 16;

impl Check {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<Ending, CliError> {
        let stacks = catalog.stacks().clone();
        let selected = match self.child {
            // The process that has started this one has told what is skipped.
            Some(_) => self.selection.selected(&mut catalog)?,
            None => self.selection.told_cases(&mut catalog)?,
        };
        if selected.cases.is_empty() {
            return Err(self.selection.nothing_left(&selected));
        }
        if self.lines {
            let options = lines::Options {
                verbose: self.verbose,
                json: self.json.as_deref(),
                jobs: self.jobs,
            };
            return lines::execute(&self.selection, &stacks, &selected, &options);
        }
        let (unreadable, cases): (Vec<Case<'_>>, Vec<Case<'_>>) = selected
            .cases
            .into_iter()
            .partition(|case| case.scenario.is_unreadable());
        if let Some(folder) = &self.child {
            return Ok(child::run(&cases, self.selection.seed(), self.threads, folder)?.into());
        }
        let folder = child::temporary_folder();
        let children = Children::new(folder.clone());
        let of_signal = children.clone();
        interrupt::on_signal(move || {
            if of_signal.stop() {
                of_signal.end(interrupt::INTERRUPTED);
            }
            output::note("stopping; again: at once, without the counts");
        });
        let mut found = Found::default();
        for case in &unreadable {
            found.unreadable(case);
        }
        if cases.is_empty() {
            return self.print(&found, &children);
        }
        let (first, second) = (folder.join("first"), folder.join("second"));
        let outcome = self.spawn(&children, &first, 1).and_then(|ours| {
            let theirs = self.spawn(&children, &second, THREADS)?;
            let runs = ((&*ours, &*first), (&*theirs, &*second));
            found.compare(&cases, runs, children.is_stopped())
        });
        // A failure leaves only a folder of temporary files behind.
        let _ = std::fs::remove_dir_all(&folder);
        outcome.and_then(|()| self.print(&found, &children))
    }

    /// Runs all cases in a process of its own; returns what it tells of each.
    fn spawn(
        &self,
        children: &Children,
        folder: &Path,
        threads: usize,
    ) -> Result<Vec<CaseRun>, CliError> {
        let mut arguments = vec!["check".into(), "--child".into(), folder.into()];
        arguments.extend(["--threads".into(), threads.to_string().into()]);
        arguments.extend(["--seed".into(), self.selection.seed().to_string().into()]);
        if let Some(transport) = self.selection.transport {
            arguments.extend(["--transport".into(), transport.to_string().into()]);
        }
        if let Some(stack) = &self.selection.stack {
            arguments.extend(["--stack".into(), stack.into()]);
        }
        arguments.push("--".into());
        arguments.extend(self.selection.paths.iter().map(Into::into));
        children.run(&arguments)
    }

    fn print(&self, found: &Found, children: &Children) -> Result<Ending, CliError> {
        if self.verbose {
            for line in &found.lines {
                output::line(line)?;
            }
        } else {
            for (folder, equal) in &found.folders {
                output::line(format_args!("{folder}: {equal} equal in both runs"))?;
            }
        }
        for failure in &found.failures {
            output::line(failure)?;
        }
        for failed in &found.failed_alike {
            output::line(failed)?;
        }
        let alike = found.failed_alike.len();
        let (passed, failed) = (found.equal - alike, found.failures.len());
        let alike = match alike {
            0 => String::new(),
            _ => format!(
                ", {alike} {} equally each time (`run` tells how)",
                noun(alike, "fails", "fail")
            ),
        };
        let not_compared = match found.not_compared {
            0 => String::new(),
            number => format!(", {number} not compared"),
        };
        output::line(format_args!(
            "{passed} passed{alike}, {failed} failed{not_compared}"
        ))?;
        Ok(match children.is_stopped() {
            true => Ending::Interrupted,
            false => found.failures.is_empty().into(),
        })
    }
}

/// The runs of a process, and the folder of their traces.
type Runs<'a> = (&'a [CaseRun], &'a Path);

/// What a check has found.
#[derive(Default)]
struct Found {
    /// How many cases had equal runs.
    equal: usize,
    /// The same, by folder.
    folders: BTreeMap<String, usize>,
    /// The cases with equal runs, with their digests.
    lines: Vec<String>,
    /// The cases that could not be read, or whose runs differ.
    failures: Vec<String>,
    /// The cases that have failed twice, with equal events.
    failed_alike: Vec<String>,
    /// How many cases have not run twice because of a signal.
    not_compared: usize,
}

impl Found {
    fn unreadable(&mut self, case: &Case<'_>) {
        let report = case.run(0).report.unwrap_or_default();
        self.failures.push(format!(
            "{}: CANNOT BE READ\n{}",
            case.scenario.name,
            report.trim_end()
        ));
    }

    /// Compares the runs of two processes, each with the folder of its traces. If a signal has
    /// stopped them, the last cases have not run.
    fn compare(
        &mut self,
        cases: &[Case<'_>],
        ((ours, first), (theirs, second)): (Runs<'_>, Runs<'_>),
        is_stopped: bool,
    ) -> Result<(), CliError> {
        for (position, case) in cases.iter().enumerate() {
            let path = case.path();
            let (ours, theirs) = match (ours.get(position), theirs.get(position)) {
                (Some(ours), Some(theirs)) => (ours, theirs),
                _ if is_stopped => {
                    self.not_compared += 1;
                    continue;
                }
                (None, _) | (_, None) => {
                    self.failures
                        .push(format!("{path}: NOT RUN: a process ended early, see above"));
                    continue;
                }
            };
            match (&ours.digest, &theirs.digest) {
                (Some(digest), Some(other)) if digest == other => {
                    self.equal += 1;
                    *self.folders.entry(tally::folder(&path)).or_default() += 1;
                    self.lines.push(format!("{path:<64} {digest}"));
                    if let Some(failure) = &ours.failure {
                        self.failed_alike
                            .push(format!("{path}: failed the same way twice: {failure}"));
                    }
                }
                (Some(_), Some(_)) => {
                    let (one, other) =
                        (first.join(case.file_name()), second.join(case.file_name()));
                    let differ = match first_divergence(&one, &other) {
                        Ok(Some(divergence)) => divergence.to_string(),
                        Ok(None) => "the traces are equal, but not the digests".to_owned(),
                        Err(source) => return Err(CliError::file(&one, source)),
                    };
                    self.failures.push(format!("{path}: DIFFERENT\n{differ}"));
                }
                _ => {
                    let failure = ours.failure.as_ref().or(theirs.failure.as_ref());
                    self.failures.push(format!(
                        "{path}: CANNOT BE COMPARED, since a run has ended without a digest: {}",
                        failure.map_or("no reason is known", String::as_str)
                    ));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use dht_scenarios::{Expect, Scenario};

    use super::*;

    #[test]
    fn a_stopped_check_counts_what_was_not_compared() {
        let scenario = Scenario::new("f/any", "Nothing happens", |setting| {
            setting.sim().run(|_| Ok(()))
        });
        let scenario = ["a", "b", "c"]
            .into_iter()
            .fold(scenario, |scenario, stack| scenario.on(stack, Expect::Pass));
        let cases: Vec<Case<'_>> = scenario.cases().collect();
        let runs: Vec<CaseRun> = cases.iter().map(|_| CaseRun::default()).collect();
        let folder = Path::new("traces");
        let count = |is_stopped| {
            let mut found = Found::default();
            let both = ((&*runs, folder), (&runs[..1], folder));
            found
                .compare(&cases, both, is_stopped)
                .expect("no trace is read");
            (found.failures.len(), found.not_compared)
        };
        let all = cases.len();
        assert_eq!(count(true), (1, all - 1));
        assert_eq!(count(false), (all, 0));
    }
}
