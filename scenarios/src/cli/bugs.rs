//! `bugs`: how many bugs of libp2p are found.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{CliError, duration, json};
use crate::bugs::{self, Bench, Control, MutantReport, Progress};

#[derive(Args)]
pub(super) struct Bugs {
    /// Only these mutants, by their ids
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Only the mutants of this file, not those of this project; can be given several
    /// times. --only chooses among them, and may name one of this project as well: an
    /// id that both have means the one of the file
    #[arg(long, value_name = "FILE")]
    mutants: Vec<PathBuf>,
    /// Also write a report as JSON, anew after each mutant; `-` is standard
    /// output, at the end
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Take the results of an earlier JSON report as done; of one by another program,
    /// or with another seed or time for fuzzing, only those of the crates' own tests,
    /// and which mutants are invalid
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Also write a table in Markdown
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// How many mutants at a time; each program gets its share of the processors
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// For how long each mutant is fuzzed, in real time
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    fuzz_for: Duration,
    /// Leave fuzzing out
    #[arg(long, conflicts_with = "fuzz_for")]
    no_fuzz: bool,
    /// Leave the crates' own tests out
    #[arg(long)]
    no_upstream_tests: bool,
    /// Seed of corpus and fuzzing
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

impl Bugs {
    /// Whether nothing is red with no mutant on.
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let stdout_is_json = json::takes_stdout(self.json.as_deref());
        let file = self.json.as_deref().filter(|_| !stdout_is_json);
        let bench = Bench {
            mutants: bugs::mutants(&self.mutants, &self.only)?,
            only: self.only.clone(),
            jobs: self.jobs,
            fuzz_for: (!self.no_fuzz).then_some(self.fuzz_for),
            upstream_tests: !self.no_upstream_tests,
            seed: self.seed,
            json: file.map(Path::to_owned),
            resume: self.resume.clone(),
        };
        let shown = Shown::new(stdout_is_json);
        let report = bench.run(&shown)?;
        shown.bar.finish_and_clear();
        if stdout_is_json {
            json::write(Path::new("-"), &report)?;
        } else {
            println!("{}", report.shown());
        }
        if let Some(path) = &self.table {
            std::fs::write(path, report.markdown()).map_err(|source| CliError::File {
                path: path.clone(),
                source,
            })?;
        }
        Ok(report.controls.iter().all(Control::is_clean))
    }
}

/// A bar on a terminal, and a line for each result.
struct Shown {
    bar: ProgressBar,
    is_silent: bool,
}

impl Shown {
    fn new(is_silent: bool) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed} {msg}")
            .expect("the template is well formed");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if !std::io::stderr().is_terminal() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        Shown {
            bar: bar.with_style(style),
            is_silent,
        }
    }

    fn line(&self, text: &str) {
        if !self.is_silent {
            self.bar.suspend(|| println!("{text}"));
        }
    }
}

impl Progress for Shown {
    fn begin(&self, mutants: usize) {
        self.bar.set_length(mutants as u64);
    }

    fn says(&self, text: String) {
        self.bar.set_message(text);
        self.bar.tick();
    }

    fn control(&self, control: &Control) {
        let said = if control.is_clean() { "clean" } else { "RED" };
        self.line(&format!("{}: {said} with no mutant on", control.build));
    }

    fn done(&self, mutant: &MutantReport) {
        self.line(&mutant.line());
        self.bar.inc(1);
    }
}
