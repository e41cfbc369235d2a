//! The bug bench as a program: how many bugs of libp2p are found.

use std::{
    fs,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use dht_bug_bench::{Bench, BenchError, Control, MutantReport, Progress, mutants};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Puts known bugs into copies of libp2p, and tells which of them are noticed
#[derive(Parser)]
#[command(name = "dht-bug-bench", version)]
struct Arguments {
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
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
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

fn main() -> ExitCode {
    match Arguments::parse().execute() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

impl Arguments {
    /// Whether nothing is red with no mutant on.
    fn execute(&self) -> Result<bool, BenchError> {
        let stdout_is_json = self.json.as_deref() == Some(Path::new("-"));
        let file = self.json.as_deref().filter(|_| !stdout_is_json);
        let bench = Bench {
            mutants: mutants(&self.mutants, &self.only)?,
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
            println!("{}", report.json());
        } else {
            println!("{}", report.shown());
        }
        if let Some(path) = &self.table {
            fs::write(path, report.markdown()).map_err(BenchError::file(path))?;
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
