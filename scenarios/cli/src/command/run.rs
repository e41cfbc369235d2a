//! `run`: runs each case once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process,
    sync::{Arc, atomic::Ordering},
};

use clap::Args;

use super::{
    CliError, Ending, Selected, Selection,
    destinations::{self, Content, Destinations},
    exit_code,
    format::OutputFormat,
    interrupt,
    json::{self, JsonFile},
    junit::{JunitFile, MissingCase},
    output,
    pool::{self, Results},
    progress::{self, Limit},
    recording::{Recording, replay_command, view_command},
    report::{Report, missing},
    tally::Tally,
    watch::Watch,
};
use dht_fuzz::KnownDefects;
use dht_harness::{Release, noun, view::ViewFormat};
use dht_scenarios::{
    Case, CaseReport, Catalog, RunFiles, Skipped, Stacks, Verdict, file::ScenarioFile,
};

#[derive(Args, Default)]
pub(super) struct Run {
    #[command(flatten)]
    selection: Selection,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Also write a report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The form of what is told on standard output
    #[arg(long, value_name = "FORM", value_enum, default_value_t)]
    format: OutputFormat,
    /// Also write the trace of each case into this folder, as JSON lines. The file is named
    /// after the case, with dots for the slashes
    #[arg(long, value_name = "DIR")]
    traces: Option<PathBuf>,
    /// Also make a page for a browser of each failed case in this folder, named like a trace
    #[arg(long, value_name = "DIR")]
    html: Option<PathBuf>,
    /// Print a line for each case, and not only those that fail
    #[arg(long, short)]
    verbose: bool,
    /// List the scenarios that do not apply to the stack of `--stack` or to this release of
    /// libp2p, each with the reasons
    #[arg(long)]
    why: bool,
    /// Stop at the first failed case; the report ends with it
    #[arg(long)]
    fail_fast: bool,
    /// How many cases to run at once; default is the number of processors
    #[arg(long, value_name = "N", value_parser = pool::jobs, allow_negative_numbers = true)]
    jobs: Option<usize>,
}

impl Run {
    pub(super) fn execute(&self, catalog: Catalog) -> Result<Ending, CliError> {
        let folders = self.traces.iter().chain(&self.html);
        destinations::with_folders(folders, || self.run_all(catalog))
    }

    fn run_all(&self, mut catalog: Catalog) -> Result<Ending, CliError> {
        if json::takes_stdout(self.json.as_deref()) && !self.format.is_text() {
            return Err(CliError::TwoDocuments);
        }
        let mut destinations = Destinations::of(&self.selection.paths);
        let json = JsonFile::open(self.json.as_deref(), &mut destinations)?;
        let junit = JunitFile::open(self.junit.as_deref(), &mut destinations)?;
        let stacks = catalog.stacks().clone();
        let selected = self.selection.told_cases(&mut catalog)?;
        if selected.cases.is_empty() {
            if self.why {
                print_reasons(&selected.skipped)?;
            }
            return Err(self.selection.nothing_left(&selected));
        }
        let Selected {
            cases,
            skipped,
            not_read,
            ..
        } = selected;
        for case in &cases {
            if let Some(folder) = &self.traces {
                destinations.check(Content::Trace, &trace_of(case, folder))?;
            }
            if let Some(folder) = &self.html {
                destinations.check(Content::Picture(ViewFormat::Html), &case.page_in(folder))?;
            }
        }
        let stop = interrupt::flag("stopping; again: at once, without a report");
        let seed = self.selection.seed();
        let watch = Watch::start();
        pool::each(
            &cases,
            self.jobs.unwrap_or_else(pool::processors),
            &stop,
            |case| watch.during(&case.path(), || self.run_case(case, &stacks)),
            |mut results| {
                let scenarios = self.read(&cases, &mut results)?;
                let is_interrupted = stop.load(Ordering::Relaxed);
                let started = match is_interrupted {
                    true => results.started(),
                    false => 0,
                };
                let missing = missing(&cases, &scenarios, started);
                let report = Report::new(seed, scenarios, &missing, skipped, not_read);
                let ended =
                    self.write(json, junit, &report, &missing)
                        .map(|()| match is_interrupted {
                            true => Ending::Interrupted,
                            false => (report.counts.red() == 0).into(),
                        });
                if report.counts.not_finished > 0 {
                    // The cases that run may take long.
                    process::exit(exit_code(ended).into());
                }
                ended
            },
        )
    }

    /// Reads the results, and tells of the cases that fail.
    fn read(
        &self,
        cases: &[Case<'_>],
        results: &mut Results<'_, CaseReport>,
    ) -> Result<Vec<CaseReport>, CliError> {
        let is_silent = json::takes_stdout(self.json.as_deref());
        let bar = progress::bar(Limit::Cases(cases.len() as u64));
        let mut reports = Vec::new();
        for (position, report) in results {
            let case = &cases[position];
            bar.set_message(case.path());
            let has_failed = !report.verdict.is_ok();
            if !is_silent {
                bar.suspend(|| self.tell(case, &report))?;
            }
            if let Some(failure) = self.failure_report(case, &report)
                && self.format.is_text()
            {
                bar.suspend(|| output::note(failure));
            }
            reports.push(report);
            bar.inc(1);
            if has_failed && self.fail_fast {
                break;
            }
        }
        bar.finish_and_clear();
        Ok(reports)
    }

    /// Tells the result of a case on standard output.
    fn tell(&self, case: &Case<'_>, report: &CaseReport) -> Result<(), CliError> {
        if self.format.is_text() && (self.verbose || !report.verdict.is_ok()) {
            output::line(line(report))?;
        }
        self.format.case(case, report)
    }

    fn write(
        &self,
        json: Option<JsonFile>,
        junit: Option<JunitFile>,
        report: &Report,
        missing: &[MissingCase],
    ) -> Result<(), CliError> {
        if let Some(junit) = junit {
            junit.write(&report.scenarios, missing, &report.counts.not_read)?;
        }
        if let Some(json) = json {
            json.write(report)?;
        }
        if json::takes_stdout(self.json.as_deref()) {
            return Ok(());
        }
        self.format.end(report)?;
        match self.format.is_text() {
            true => self.print_end(report),
            false => Ok(()),
        }
    }

    /// Runs a case, and looks a failure up in the known defects of libp2p.
    fn run_case(&self, case: &Case<'_>, stacks: &Stacks) -> CaseReport {
        let seed = self.selection.seed();
        let trace = (self.traces.as_ref()).map(|folder| trace_of(case, folder));
        let mut report = match trace {
            None => case.run(seed),
            trace => case.run_writing(
                seed,
                RunFiles {
                    trace,
                    ..RunFiles::default()
                },
            ),
        };
        if let (Some(folder), false) = (&self.html, report.verdict.is_ok()) {
            let again = replay_command(&Recording::file_of(&report.name));
            report = case.view_failure(seed, report, case.page_in(folder), Some(again));
        }
        if let (Verdict::Failed(_), Some(file)) = (&report.verdict, &case.scenario.file) {
            let alone = Arc::new(ScenarioFile {
                stacks: vec![case.stack.to_owned()],
                transports: vec![case.transport],
                seed: file.seed.wrapping_add(seed),
                ..ScenarioFile::clone(file)
            });
            for met in KnownDefects::upstream().met_by(&alone, stacks) {
                let is_there = |id: &String| *id == met.id;
                let allowed = file.allow.iter().any(|allow| is_there(&allow.id));
                if !allowed && !report.may_be.iter().any(|known| is_there(&known.id)) {
                    report.may_be.push(met);
                }
            }
        }
        report
    }

    fn print_end(&self, report: &Report) -> Result<(), CliError> {
        let mut tally = Tally::default();
        report.scenarios.iter().for_each(|case| tally.add(case));
        output::text(tally)?;
        print_unfired(&report.scenarios)?;
        print_idle(&report.scenarios)?;
        let counts = &report.counts;
        if counts.unexpected_passes > 0 {
            output::line(format_args!(
                "{} of the failed cases {}",
                counts.unexpected_passes,
                noun(
                    counts.unexpected_passes,
                    "is an unexpected pass",
                    "are unexpected passes"
                )
            ))?;
        }
        let mut last = format!("{} passed, {} failed", counts.passed, counts.red());
        if counts.not_finished > 0 {
            last.push_str(&format!(", {} not finished", counts.not_finished));
        }
        if counts.not_run > 0 {
            last.push_str(&format!(", {} not run", counts.not_run));
        }
        let skipped = &report.not_applicable;
        if self.why {
            print_reasons(skipped)?;
        }
        if !skipped.is_empty() || self.selection.stack.is_some() {
            last.push_str(&format!(", {}", self.selection.not_applicable(skipped)));
        }
        output::line(last)
    }

    /// Records a failed case, unless its file is invalid. Returns its failure report,
    /// below the name of the case and with the command that replays it; `None` if the case
    /// is as expected.
    fn failure_report(&self, case: &Case<'_>, report: &CaseReport) -> Option<String> {
        let failure = report.verdict.failure()?;
        // A file that cannot be read has not been run, so nothing can be replayed.
        if case.scenario.is_unreadable() {
            return Some(failure.to_owned());
        }
        let recording = Recording::of_run(
            report.name.clone(),
            self.selection.seed(),
            case.scenario.file.as_ref().map(ToString::to_string),
            report.digest,
        );
        let mut text = format!("---- {} ----\n{failure}{}", report.name, report.remarks());
        text.push_str(&match recording.save() {
            Ok(path) => {
                let replay = replay_command(&path);
                let mut lines = format!("\nreplay: {replay} --trace trace.jsonl");
                // The report names the page that was made already.
                if report.picture.is_none() {
                    lines.push_str(&format!("\nlook: {}", view_command(&path)));
                }
                lines
            }
            Err(error) => format!("\nno recording to replay: {error}"),
        });
        Some(text)
    }
}

/// The file of the trace of a case.
fn trace_of(case: &Case<'_>, folder: &Path) -> PathBuf {
    folder.join(format!("{}.jsonl", case.file_name()))
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

/// Lists the faults that did nothing, once for each scenario.
fn print_unfired(reports: &[CaseReport]) -> Result<(), CliError> {
    let mut unfired: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for report in reports {
        let name = scenario_of(report);
        for fault in &report.unfired_faults {
            *unfired.entry((name, fault.to_string())).or_default() += 1;
        }
    }
    if unfired.is_empty() {
        return Ok(());
    }
    output::line("faults that did nothing:")?;
    for ((scenario, fault), cases) in unfired {
        let noun = noun(cases, "case", "cases");
        output::line(format_args!("  {scenario}, {cases} {noun}: {fault}"))?;
    }
    Ok(())
}

/// Lists the hosts and steps that can have no effect, once for each scenario.
fn print_idle(reports: &[CaseReport]) -> Result<(), CliError> {
    let mut idle: BTreeSet<(&str, &String)> = BTreeSet::new();
    for report in reports {
        let name = scenario_of(report);
        idle.extend(report.idle.iter().map(|idle| (name, idle)));
    }
    if idle.is_empty() {
        return Ok(());
    }
    output::line("idle hosts and steps:")?;
    for (scenario, idle) in idle {
        output::line(format_args!("  {scenario}: {idle}"))?;
    }
    Ok(())
}

/// The path of a case without the stack and the transport.
fn scenario_of(report: &CaseReport) -> &str {
    report.name.rsplitn(3, '/').nth(2).unwrap_or(&report.name)
}

fn print_reasons(skipped: &[Skipped]) -> Result<(), CliError> {
    for Skipped {
        scenario,
        obstacles,
    } in skipped
    {
        output::line(format_args!("{scenario} does not apply:"))?;
        for obstacle in obstacles {
            output::line(format_args!("    {obstacle}"))?;
        }
    }
    Ok(())
}

impl Selection {
    /// The number of scenarios that were left out, and why.
    fn not_applicable(&self, skipped: &[Skipped]) -> String {
        let number = skipped.len();
        match &self.stack {
            Some(stack) => {
                let do_not = noun(number, "scenario does not", "scenarios do not");
                format!("{number} {do_not} apply to {stack}")
            }
            None => {
                let are = noun(number, "scenario is", "scenarios are");
                format!(
                    "{number} {are} for other releases of libp2p than {}",
                    Release::BUILT
                )
            }
        }
    }

    /// The error for a selection without any case.
    pub(super) fn nothing_left(&self, selected: &Selected<'_>) -> CliError {
        let skipped = &selected.skipped;
        let mut reasons = Vec::new();
        if let (Some(transport), 1..) = (self.transport, selected.elsewhere) {
            let none = match skipped.is_empty() {
                true => "none",
                false => "none of the others",
            };
            reasons.push(format!("{none} runs over {transport}"));
        }
        if !skipped.is_empty() {
            let why = "`run --why` says why";
            reasons.push(format!("{} ({why})", self.not_applicable(skipped)));
        }
        CliError::NothingToRun {
            reasons: reasons.join("; "),
        }
    }
}
