//! `check --lines`: what depends on each line of a scenario file.
//!
//! Each scenario is run once as it is, and once more without each of its lines. A run goes on
//! after a failed step, so that the same runs say on which lines each condition depends.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process,
    sync::atomic::Ordering,
};

use dht_harness::{TransportKind, noun};
use dht_scenarios::{
    Case, Probe, Scenario, Stacks,
    file::{Problem, ScenarioFile, line_of, parse, parse_unchecked},
    lines::{Line, LineKind, lines},
};
use serde::Serialize;

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
            let outcomes: Vec<Outcome> = results.by_ref().map(|(_, outcome)| outcome).collect();
            let is_running = results.started() > outcomes.len();
            let report = Report::of(&subjects, outcomes, seed);
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

impl Report {
    fn of(subjects: &[Subject], outcomes: Vec<Outcome>, seed: u64) -> Self {
        let mut report = Report {
            format: 1,
            seed,
            runs: 0,
            scenarios: Vec::new(),
        };
        let mut outcomes = outcomes.into_iter();
        for subject in subjects {
            let Some(base) = outcomes.next() else { break };
            let acting = subject.lines.iter().filter(|line| line.acts()).count();
            let without: Vec<Outcome> = outcomes.by_ref().take(acting).collect();
            let told = Told::of(subject, &base, &without);
            report.runs += told.runs;
            report.scenarios.push(told);
        }
        report
    }

    /// Writes the report, and tells it unless it is written to standard output.
    fn tell(&self, json: Option<JsonFile>, verbose: bool) -> Result<(), CliError> {
        let is_silent = json.as_ref().is_some_and(JsonFile::is_stdout);
        if let Some(json) = json {
            json.write(self)?;
        }
        if is_silent {
            return Ok(());
        }
        for told in &self.scenarios {
            output::text(told.text(verbose))?;
        }
        let runs = self.runs;
        output::line(format_args!("{runs} {}", noun(runs, "run", "runs")))
    }
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

/// The report of the command.
#[derive(Serialize)]
struct Report {
    format: u32,
    seed: u64,
    runs: usize,
    scenarios: Vec<Told>,
}

/// What is told of a scenario.
#[derive(Serialize)]
struct Told {
    name: String,
    file: PathBuf,
    cases: usize,
    runs: usize,
    /// What fails in the scenario as it is.
    fails: BTreeSet<String>,
    lines: Vec<ToldLine>,
}

/// What is told of a line.
#[derive(Serialize)]
struct ToldLine {
    line: usize,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    kind: LineKind,
    /// `None` for a line that cannot change a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    without: Option<Without>,
    /// The mistake of the file without it, or how the verdict differs.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    says: BTreeSet<String>,
    /// The numbers of the lines without which it fails, or fails no more. `None` for a line
    /// that checks nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<BTreeSet<usize>>,
}

/// What a scenario is without a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Without {
    /// The file is not valid, and its run is another one.
    Invalid,
    /// The file is not valid, and its run is as it was.
    Validity,
    /// Something else fails.
    Verdict,
    /// Other events take place, and the same fails.
    Events,
    /// Everything is as it was.
    Same,
    /// The command was ended before.
    NotRun,
}

impl Without {
    fn says(self) -> &'static str {
        match self {
            Without::Invalid => "needed: without it the file is not valid",
            Without::Validity => {
                "needed only for the file to be valid: the run is the same without it"
            }
            Without::Verdict => "changes what fails",
            Without::Events => "changes events, and not what fails",
            Without::Same => "makes no difference",
            Without::NotRun => "not run",
        }
    }
}

impl Told {
    fn of(subject: &Subject, base: &Outcome, without: &[Outcome]) -> Self {
        let as_it_is = match base {
            Outcome::Ran(probes) => probes.as_slice(),
            // It was valid when it was loaded.
            Outcome::Invalid(..) => &[],
        };
        let mut depends: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut told = Vec::new();
        let mut outcomes = without.iter();
        for line in &subject.lines {
            let mut says = BTreeSet::new();
            let effect = match line.acts().then(|| outcomes.next()) {
                None => None,
                Some(None) => Some(Without::NotRun),
                Some(Some(Outcome::Invalid(mistake, probes))) => {
                    says.insert(mistake.clone());
                    let is_same = |(base, without): (&Probe, &Probe)| {
                        base.events == without.events
                            && Compared::of(subject, line, base, without).says.is_empty()
                    };
                    let mut pairs = as_it_is.iter().zip(probes);
                    Some(match !probes.is_empty() && pairs.all(is_same) {
                        true => Without::Validity,
                        false => Without::Invalid,
                    })
                }
                Some(Some(Outcome::Ran(probes))) => {
                    let mut effect = Without::Same;
                    for (base, without) in as_it_is.iter().zip(probes) {
                        let compared = Compared::of(subject, line, base, without);
                        for check in compared.checks {
                            depends.entry(check).or_default().insert(line.number);
                        }
                        let is_verdict = !compared.says.is_empty();
                        says.extend(compared.says);
                        effect = effect.min(match (is_verdict, base.events == without.events) {
                            (true, _) => Without::Verdict,
                            (false, false) => Without::Events,
                            (false, true) => Without::Same,
                        });
                    }
                    Some(effect)
                }
            };
            told.push(ToldLine {
                line: line.number,
                text: line.text.clone(),
                of: line.of.clone(),
                kind: line.kind,
                without: effect,
                says,
                depends_on: None,
            });
        }
        for (position, (line, told)) in subject.lines.iter().zip(&mut told).enumerate() {
            if line.is_check() {
                told.depends_on = Some(depends.remove(&position).unwrap_or_default());
            }
        }
        let ran = |outcome: &Outcome| match outcome {
            Outcome::Ran(probes) | Outcome::Invalid(_, probes) => probes.len(),
        };
        Told {
            name: subject.name.clone(),
            file: subject.path.clone(),
            cases: subject.cases.len(),
            runs: ran(base) + without.iter().map(ran).sum::<usize>(),
            fails: as_it_is
                .iter()
                .flat_map(|probe| failures(subject, probe))
                .collect(),
            lines: told,
        }
    }

    fn text(&self, verbose: bool) -> String {
        let mut text = format!("{}:\n", self.name);
        let mut section = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                text.push_str(&format!("  {title}:\n"));
                lines
                    .iter()
                    .for_each(|line| text.push_str(&format!("    {line}\n")));
            }
        };
        section("fails as it is", self.fails.iter().cloned().collect());
        let all = || self.lines.iter();
        let with = |effect: Without| all().filter(move |line| line.without == Some(effect));
        if verbose {
            section("each line", all().map(ToldLine::in_full).collect());
        }
        let same = with(Without::Same).filter(|line| line.depends_on.is_none());
        section("makes no difference", same.map(ToldLine::place).collect());
        let validity = with(Without::Validity);
        section(
            "needed only for the file to be valid",
            validity.map(ToldLine::place).collect(),
        );
        let waits = |line: &&ToldLine| {
            let mut words = ["eventually ", "always "].into_iter();
            line.kind == LineKind::Check && words.any(|word| line.text.starts_with(word))
        };
        let at_once = with(Without::Same).filter(waits);
        section(
            "nothing happens while it waits",
            at_once.map(ToldLine::place).collect(),
        );
        section(
            "the same without each line that can be left out",
            all()
                .filter(|line| line.is_independent())
                .map(ToldLine::place)
                .collect(),
        );
        let count = |effect: Without| {
            with(effect)
                .filter(|line| line.depends_on.is_none())
                .count()
        };
        let checks = all().filter(|line| line.depends_on.is_some()).count();
        let independent = all().filter(|line| line.is_independent()).count();
        let validity = count(Without::Validity);
        let needed = count(Without::Invalid) + validity;
        let only = match validity {
            0 => String::new(),
            _ => format!(
                " ({validity} {} needed only for that)",
                noun(validity, "is", "are")
            ),
        };
        let mut sum = format!(
            "{needed} without which the file is not valid{only}, {} that change what fails, \
             {} that change events only, {} that make no difference; {checks} {}, {independent} of \
             which {} on none that can be left out",
            count(Without::Verdict),
            count(Without::Events),
            count(Without::Same),
            noun(checks, "check", "checks"),
            noun(independent, "depends", "depend"),
        );
        let not_run = with(Without::NotRun).count();
        if not_run > 0 {
            sum.push_str(&format!("; {not_run} not run"));
        }
        let lines = all().filter(|line| line.depends_on.is_none()).count();
        text.push_str(&format!(
            "  {lines} {}: {sum}\n",
            noun(lines, "line", "lines")
        ));
        text
    }
}

impl ToldLine {
    fn is_independent(&self) -> bool {
        self.depends_on.as_ref().is_some_and(BTreeSet::is_empty)
            && self.without != Some(Without::NotRun)
    }

    fn place(&self) -> String {
        let of = self.of.as_ref().map(|of| format!(" ({of})"));
        format!(
            "line {}: {}{}",
            self.line,
            self.text,
            of.unwrap_or_default()
        )
    }

    fn in_full(&self) -> String {
        let mut text = self.place();
        let mut add = |says: &str| text.push_str(&format!("\n      {says}"));
        if let Some(without) = self.without {
            add(without.says());
        }
        self.says.iter().for_each(|says| add(says));
        if let Some(lines) = self.depends_on.as_ref().filter(|lines| !lines.is_empty()) {
            let numbers: Vec<String> = lines.iter().map(usize::to_string).collect();
            let are = noun(lines.len(), "line", "lines");
            add(&format!("depends on {are} {}", numbers.join(", ")));
        }
        text
    }
}

/// How a run without a line differs from that with it.
struct Compared {
    /// The differences of what fails.
    says: BTreeSet<String>,
    /// The positions of the checks, among all lines, that fail in one of them only.
    checks: BTreeSet<usize>,
}

impl Compared {
    fn of(subject: &Subject, line: &Line, base: &Probe, without: &Probe) -> Self {
        // The steps after a line that is left out have lower indices.
        let moved = |index: &usize| {
            let left_out = line.steps.iter();
            left_out.fold(*index, |index, step| index + usize::from(*step <= index))
        };
        let after: BTreeSet<usize> = without.failed.iter().map(moved).collect();
        let before: BTreeSet<usize> = base.failed.difference(&line.steps).copied().collect();
        let of = |failures: &BTreeSet<String>, invariant: &str| -> Vec<String> {
            let failures = failures.iter();
            let own = failures.filter(|failure| failure.split('/').next() == Some(invariant));
            own.cloned().collect()
        };
        let mut compared = Compared {
            says: BTreeSet::new(),
            checks: BTreeSet::new(),
        };
        for (position, other) in subject.lines.iter().enumerate() {
            let of_steps = |failed: &BTreeSet<usize>| -> Vec<usize> {
                other.steps.intersection(failed).copied().collect()
            };
            let (before, after) = (of_steps(&before), of_steps(&after));
            if before != after {
                let fails = match (before.is_empty(), after.is_empty()) {
                    (_, true) => "does not fail",
                    (true, _) => "fails",
                    _ => "fails in other repetitions",
                };
                compared.says.insert(format!("{} {fails}", told(other)));
                compared.checks.insert(position);
            }
            if other.kind == LineKind::Invariant
                && of(&base.failures, &other.text) != of(&without.failures, &other.text)
            {
                compared.checks.insert(position);
            }
        }
        let new = without.failures.difference(&base.failures);
        compared
            .says
            .extend(new.map(|failure| format!("{failure} fails")));
        let gone = base.failures.difference(&without.failures);
        let gone = gone.map(|failure| format!("{failure} does not fail"));
        compared.says.extend(gone);
        compared
    }
}

/// What fails in a run.
fn failures(subject: &Subject, probe: &Probe) -> BTreeSet<String> {
    let failed = |line: &&Line| !line.steps.is_disjoint(&probe.failed);
    let steps = subject.lines.iter().filter(failed).map(told);
    steps.chain(probe.failures.iter().cloned()).collect()
}

fn told(line: &Line) -> String {
    format!("line {}: {}", line.number, line.text)
}
