//! `check --lines`: what depends on each line of a scenario file.
//!
//! Each scenario is run once as it is, and once more without each of its lines. A run goes on
//! after a failed step, so that the same runs say on which lines each condition depends.

mod report;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::Ordering,
};

use dht_harness::{TransportKind, noun};
use dht_scenarios::{
    Case, Probe, Scenario, Stacks,
    file::{Problem, ScenarioFile, line_of, parse, parse_unchecked},
    lines::{Line, lines},
};

use self::report::Report;
use super::super::{
    CliError, Ending, Selected, Selection, destinations::Destinations, exit_code, interrupt,
    json::JsonFile, output, pool,
};

/// What the command is given beside its selection.
pub(super) struct Options<'a> {
    pub(super) verbose: bool,
    pub(super) json: Option<&'a Path>,
    pub(super) jobs: Option<usize>,
}

/// A scenario, with its lines and the cases of it that are selected.
struct Subject {
    name: String,
    path: PathBuf,
    text: String,
    lines: Vec<Line>,
    cases: Vec<(String, TransportKind)>,
}

/// Runs of a scenario without one of its lines.
struct Task<'a> {
    subject: &'a Subject,
    /// `None` is the scenario as it is.
    line: Option<&'a Line>,
}

/// What has come of a task.
enum Outcome {
    /// Without the line the file has this mistake. The runs are of the file all the same; there
    /// are none if it cannot be read.
    Invalid(String, Vec<Probe>),
    /// A run of each case.
    Ran(Vec<Probe>),
}

/// Runs the scenarios without each of their lines, and tells what depends on it.
pub(super) fn execute(
    selection: &Selection,
    stacks: &Stacks,
    selected: &Selected<'_>,
    options: &Options<'_>,
) -> Result<Ending, CliError> {
    let mut destinations = Destinations::of(&selection.paths);
    let json = JsonFile::open(options.json, &mut destinations)?;
    let unreadable: Vec<&Case<'_>> = selected
        .cases
        .iter()
        .filter(|case| case.scenario.is_unreadable())
        .collect();
    for case in &unreadable {
        let report = case.run(0).report.unwrap_or_default();
        output::note(report.trim_end());
    }
    let subjects = subjects(selected)?;
    let mut tasks = Vec::new();
    for subject in &subjects {
        tasks.push(Task {
            subject,
            line: None,
        });
        let acting = subject.lines.iter().filter(|line| line.acts());
        tasks.extend(acting.map(|line| Task {
            subject,
            line: Some(line),
        }));
    }
    let stop = interrupt::flag("stopping; again: at once, without a report");
    let most: usize = tasks.iter().map(|task| task.subject.cases.len()).sum();
    if most > 0 {
        let files = subjects.len();
        output::note(format_args!(
            "up to {most} {}: {files} {}, once as {} and once without each line",
            noun(most, "run", "runs"),
            noun(files, "scenario", "scenarios"),
            noun(files, "it is", "they are"),
        ));
    }
    let seed = selection.seed();
    let jobs = options.jobs.unwrap_or_else(pool::processors);
    pool::each(
        &tasks,
        jobs,
        &stop,
        |task| task.run(stacks, seed),
        |mut results| {
            let outcomes: BTreeMap<usize, Outcome> = results.by_ref().collect();
            let is_running = results.started() > outcomes.len();
            let report = Report::of(&subjects, &outcomes, seed);
            let told = report.tell(json, options.verbose);
            let is_interrupted = stop.load(Ordering::Relaxed);
            let ended = told.map(|()| match is_interrupted {
                true => Ending::Interrupted,
                false => unreadable.is_empty().into(),
            });
            if is_interrupted && is_running {
                // What runs may take long.
                process::exit(exit_code(ended).into());
            }
            ended
        },
    )
}

/// The scenarios of the selected cases, each once.
fn subjects(selected: &Selected<'_>) -> Result<Vec<Subject>, CliError> {
    let mut subjects: Vec<Subject> = Vec::new();
    for case in &selected.cases {
        if case.scenario.is_unreadable() {
            continue;
        }
        let this = (case.stack.to_owned(), case.transport);
        let name = &case.scenario.name;
        if let Some(known) = subjects.iter_mut().find(|subject| subject.name == *name) {
            known.cases.push(this);
            continue;
        }
        let Some(path) = &case.scenario.path else {
            return Err(CliError::NoLines {
                scenario: name.clone(),
            });
        };
        let text = fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
        subjects.push(Subject {
            name: name.clone(),
            path: path.clone(),
            lines: lines(&text),
            text,
            cases: vec![this],
        });
    }
    Ok(subjects)
}

impl Task<'_> {
    fn run(&self, stacks: &Stacks, seed: u64) -> Outcome {
        let Subject { path, text, .. } = self.subject;
        let left = self.line.and_then(|line| line.left_out(text));
        let text = left.as_ref().unwrap_or(text);
        match parse(path, text, stacks) {
            Ok(file) => Outcome::Ran(self.probes(file, stacks, seed)),
            Err(problems) => {
                let first = problems.list.first();
                let told = |problem: &Problem| {
                    let line = line_of(text, problem.at.start);
                    let shown = text.lines().nth(line - 1).unwrap_or_default().trim();
                    format!("{} ({shown})", problem.text)
                };
                let mistake = first.map_or(String::new(), told);
                let probes = match parse_unchecked(path, text) {
                    Ok(file) => self.probes(file, stacks, seed),
                    Err(_) => Vec::new(),
                };
                Outcome::Invalid(mistake, probes)
            }
        }
    }

    /// Runs each selected case of a file.
    fn probes(&self, file: ScenarioFile, stacks: &Stacks, seed: u64) -> Vec<Probe> {
        let scenario = Scenario::of_file("", file, stacks);
        let chosen = self.subject.cases.iter().filter_map(|(stack, transport)| {
            let mut cases = scenario.cases();
            cases.find(|case| case.stack == stack && case.transport == *transport)
        });
        chosen.filter_map(|case| case.probe(seed)).collect()
    }
}
