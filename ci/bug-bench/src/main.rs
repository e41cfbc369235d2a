//! The command line of the bug bench.

use std::{
    fs,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use dht_bug_bench::{Bench, BenchError, BenchReport, Control, MutantReport, Progress, mutants};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Puts known bugs into copies of libp2p, and reports which of them are
/// detected
#[derive(Parser)]
#[command(name = "dht-bug-bench", version)]
struct Arguments {
    /// Only these mutants, by their ids
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    only: Vec<String>,
    /// Only the mutants of this file, instead of those of this project; can be
    /// repeated. --only selects among them, and may also name a mutant of this
    /// project. If both have an id, the file's mutant is used
    #[arg(long, value_name = "FILE")]
    mutants: Vec<PathBuf>,
    /// Also write a report as JSON after each mutant; `-` is standard output,
    /// written at the end
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Continue an earlier JSON report. If it was made by another program, or
    /// with another seed or fuzzing time, only the results of the crates' own
    /// tests and the invalid mutants are reused
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Also write a table in Markdown
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Also write a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Run nothing: write the table and the page of a JSON report
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "resume", "only", "mutants"])]
    of: Option<PathBuf>,
    /// How many mutants to run at once; the processors are divided among the
    /// programs
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: usize,
    /// How long each mutant is fuzzed, in real time
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = humantime::parse_duration)]
    fuzz_for: Duration,
    /// Skip fuzzing
    #[arg(long, conflicts_with = "fuzz_for")]
    no_fuzz: bool,
    /// Skip the crates' own tests
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
    /// Returns whether nothing fails without an active mutant.
    fn execute(&self) -> Result<bool, BenchError> {
        if let Some(path) = &self.of {
            let report = BenchReport::read(path)?;
            println!("{}", report.shown());
            self.write(&report)?;
            return Ok(report.controls.iter().all(Control::is_clean));
        }
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
        self.write(&report)?;
        Ok(report.controls.iter().all(Control::is_clean))
    }

    /// Writes the table and the page, if they are wanted.
    fn write(&self, report: &BenchReport) -> Result<(), BenchError> {
        if let Some(path) = &self.table {
            fs::write(path, report.markdown()).map_err(BenchError::file(path))?;
        }
        if let Some(path) = &self.html {
            fs::write(path, report.html()).map_err(BenchError::file(path))?;
        }
        Ok(())
    }
}

/// A progress bar on a terminal, and a line for each result.
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
