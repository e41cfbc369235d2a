//! `run`: runs each case once.

use std::{
    fs,
    io::IsTerminal,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{CliError, Selection, file_name, json, pool, recording::Recording};
use dht_harness::Release;
use dht_scenarios::{Case, CaseReport, Catalog, Skipped, Verdict};

#[derive(Args, Default)]
pub(super) struct Run {
    #[command(flatten)]
    selection: Selection,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also write the trace of each case into this folder, as JSON lines. The file is named
    /// after the case, with dots for the slashes
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,
    /// List the scenarios that do not apply to the stack of `--stack` or to this release of
    /// libp2p, each with the reasons
    #[arg(long)]
    why: bool,
    /// Stop at the first failed case; the report ends with it
    #[arg(long)]
    fail_fast: bool,
    /// How many cases to run at once; default is the number of processors
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
}

#[derive(Serialize)]
struct Report {
    passed: usize,
    failed: usize,
    unexpected_passes: usize,
    /// The scenarios that are for other releases of libp2p, or with `--stack`: that do not
    /// apply to the stack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_applicable: Vec<Skipped>,
    scenarios: Vec<CaseReport>,
}

impl Run {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<bool, CliError> {
        let (cases, skipped) = self.selection.cases_and_skipped(&mut catalog)?;
        if let Some(folder) = &self.traces {
            fs::create_dir_all(folder).map_err(|source| CliError::File {
                path: folder.clone(),
                source,
            })?;
        }
        let silent = json::takes_stdout(self.json.as_deref());
        let bar = bar(cases.len() as u64);
        let mut scenarios = Vec::new();
        let mut saved = Ok(());
        let seed = self.selection.seed;
        pool::each(
            &cases,
            self.jobs.unwrap_or_else(pool::processors),
            |case| run(case, seed, self.traces.as_deref()),
            |case, report| {
                bar.set_message(case.path());
                if !silent {
                    bar.suspend(|| println!("{}", line(&report)));
                }
                match self.failure_report(case, &report) {
                    Ok(Some(report)) => bar.suspend(|| eprintln!("{report}")),
                    Ok(None) => {}
                    Err(error) => saved = Err(error),
                }
                let has_failed = !report.verdict.is_ok();
                scenarios.push(report);
                bar.inc(1);
                if has_failed && self.fail_fast {
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            },
        );
        bar.finish_and_clear();
        saved?;
        let report = Report::new(scenarios, skipped);
        if let Some(path) = &self.json {
            json::write(path, &report)?;
        }
        let failed = report.failed + report.unexpected_passes;
        if !silent {
            if report.unexpected_passes > 0 {
                println!(
                    "{} of the failed cases are unexpected passes",
                    report.unexpected_passes
                );
            }
            self.print_end(&report, failed);
        }
        Ok(failed == 0)
    }

    fn print_end(&self, report: &Report, failed: usize) {
        let counts = format!("{} passed, {failed} failed", report.passed);
        let skipped = &report.not_applicable;
        if self.why {
            for Skipped {
                scenario,
                obstacles,
            } in skipped
            {
                println!("{scenario} does not apply:");
                for obstacle in obstacles {
                    println!("    {obstacle}");
                }
            }
        }
        match &self.selection.stack {
            Some(stack) => println!(
                "{counts}, {} scenarios do not apply to {stack}",
                skipped.len()
            ),
            None if skipped.is_empty() => println!("{counts}"),
            None => println!(
                "{counts}, {} scenarios are for other releases of libp2p than {}",
                skipped.len(),
                Release::BUILT
            ),
        }
    }

    /// Records a failed case, unless its file is invalid. Returns its failure report
    /// with the command that replays it; `None` if the case is as expected.
    fn failure_report(
        &self,
        case: &Case<'_>,
        report: &CaseReport,
    ) -> Result<Option<String>, CliError> {
        let Some(failure) = report.verdict.failure() else {
            return Ok(None);
        };
        // A file that cannot be read has not been run, so nothing can be replayed.
        if case.scenario.is_unreadable() {
            return Ok(Some(failure.to_owned()));
        }
        let recording = Recording {
            format: Recording::FORMAT,
            case: report.name.clone(),
            seed: self.selection.seed,
            scenario: case.scenario.file.as_ref().map(ToString::to_string),
            digest: report.digest,
        };
        let path = recording.save()?;
        Ok(Some(format!(
            "{failure}\nreplay: dht-harness replay {} --trace trace.jsonl",
            path.display()
        )))
    }
}

impl Report {
    fn new(scenarios: Vec<CaseReport>, not_applicable: Vec<Skipped>) -> Self {
        let count = |wanted: fn(&Verdict) -> bool| {
            scenarios
                .iter()
                .filter(|report| wanted(&report.verdict))
                .count()
        };
        Report {
            passed: count(Verdict::is_ok),
            failed: count(|verdict| matches!(verdict, Verdict::Failed(_))),
            unexpected_passes: count(|verdict| matches!(verdict, Verdict::UnexpectedPass(_))),
            not_applicable,
            scenarios,
        }
    }
}

fn run(case: &Case<'_>, seed: u64, traces: Option<&Path>) -> CaseReport {
    let trace = traces.map(|folder| folder.join(format!("{}.jsonl", file_name(case))));
    case.run(seed, trace)
}

fn line(report: &CaseReport) -> String {
    format!(
        "{:<64} {:>9.1} s virtual {:>8.1} ms {:>8} events  {}",
        report.name,
        report.virtual_time.as_secs_f64(),
        report.wall.as_secs_f64() * 1e3,
        report.events,
        report.verdict
    )
}

fn bar(length: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}")
        .expect("the template is well formed");
    ProgressBar::new(length).with_style(style)
}
