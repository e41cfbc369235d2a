//! What `check --lines` tells: what a scenario is without each of its lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use dht_harness::noun;
use dht_scenarios::{
    Probe,
    lines::{Line, LineKind},
};
use serde::Serialize;

use super::{
    super::super::{CliError, json::JsonFile, output},
    Outcome, Subject,
};

/// The report of the command.
#[derive(Serialize)]
pub(super) struct Report {
    format: u32,
    seed: u64,
    runs: usize,
    scenarios: Vec<Told>,
}

impl Report {
    /// Of the outcomes of these subjects, each by the position of its task: the scenario as it is,
    /// and then without each line that acts. If the command was ended before, some are missing.
    pub(super) fn of(subjects: &[Subject], outcomes: &BTreeMap<usize, Outcome>, seed: u64) -> Self {
        let mut report = Report {
            format: 1,
            seed,
            runs: 0,
            scenarios: Vec::new(),
        };
        let mut first = 0;
        for subject in subjects {
            let acting = subject.lines.iter().filter(|line| line.acts()).count();
            let without: Vec<Option<&Outcome>> = (1..=acting)
                .map(|number| outcomes.get(&(first + number)))
                .collect();
            // Without it there is nothing to compare the others with.
            if let Some(base) = outcomes.get(&first) {
                let told = Told::of(subject, base, &without);
                report.runs += told.runs;
                report.scenarios.push(told);
            }
            first += 1 + acting;
        }
        report
    }

    /// Writes the report, and tells it unless it is written to standard output.
    pub(super) fn tell(&self, json: Option<JsonFile>, verbose: bool) -> Result<(), CliError> {
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
    fn of(subject: &Subject, base: &Outcome, without: &[Option<&Outcome>]) -> Self {
        let as_it_is = match base {
            Outcome::Ran(probes) => probes.as_slice(),
            // It was valid when it was loaded.
            Outcome::Invalid(..) => &[],
        };
        let mut depends: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        let mut told = Vec::new();
        let mut outcomes = without.iter().copied();
        for line in &subject.lines {
            let mut says = BTreeSet::new();
            let effect = match line.acts().then(|| outcomes.next().flatten()) {
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
            runs: ran(base) + without.iter().copied().flatten().map(ran).sum::<usize>(),
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
        let not_run = with(Without::NotRun).count();
        // On what a check depends is known once the file has run without each line.
        let independent: Vec<&ToldLine> = all()
            .filter(|line| not_run == 0 && line.is_independent())
            .collect();
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
            let waits = ["eventually", "always", "settle", "recover"].contains(&line.verb());
            line.kind == LineKind::Check && waits
        };
        let at_once = with(Without::Same).filter(waits);
        section(
            "nothing happens while it waits",
            at_once.map(ToldLine::place).collect(),
        );
        section(
            "the same without each line that can be left out",
            independent.iter().map(|line| line.place()).collect(),
        );
        let count = |effect: Without| {
            with(effect)
                .filter(|line| line.depends_on.is_none())
                .count()
        };
        let checks = all().filter(|line| line.depends_on.is_some()).count();
        let independent = independent.len();
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
        // Most runs settle and recover, and are others for having waited.
        let only_waits = ["settle", "recover"].contains(&self.verb());
        let is_needed = only_waits && self.without != Some(Without::Same);
        !is_needed && self.depends_on.as_ref().is_some_and(BTreeSet::is_empty)
    }

    fn verb(&self) -> &str {
        self.text.split_whitespace().next().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use dht_harness::TransportKind;
    use dht_scenarios::lines::lines;

    use super::*;

    /// A scenario with two lines that act and a check, as it is and without each of them.
    fn told(outcomes: &[usize]) -> String {
        let text = "steps = [\n  \"crash a\",\n  \"run 1s\",\n  \"expect not knows b a\",\n]\n";
        let subject = Subject {
            name: "f/n".to_owned(),
            path: "f/n.toml".into(),
            text: text.to_owned(),
            lines: lines(text),
            cases: vec![("kad".to_owned(), TransportKind::Mux)],
        };
        let run = |position: &usize| {
            let probe = Probe {
                events: *position as u64,
                ..Probe::default()
            };
            (*position, Outcome::Ran(vec![probe]))
        };
        let outcomes = outcomes.iter().map(run).collect();
        let report = Report::of(&[subject], &outcomes, 0);
        let scenarios = report.scenarios.iter();
        scenarios.map(|told| told.text(true)).collect()
    }

    #[test]
    fn each_line_has_its_own_outcome() {
        let all = told(&[0, 1, 2, 3]);
        assert!(!all.contains("not run"), "{all}");
        assert!(all.contains("1 of which depends on none"), "{all}");
        // The second line that acts has not run.
        let some = told(&[0, 1, 3]);
        let second = "line 3: run 1s\n      not run\n";
        assert!(some.contains(second), "{some}");
        assert_eq!(some.matches("changes events").count(), 1, "{some}");
        assert!(some.contains("0 of which depend on none"), "{some}");
        assert!(some.contains("; 1 not run"), "{some}");
        assert!(!some.contains("the same without each line"), "{some}");
    }

    #[test]
    fn nothing_is_told_of_a_scenario_that_has_not_run_as_it_is() {
        assert_eq!(told(&[1, 2, 3]), "");
    }
}
