//! Formats results as tables.

use std::fmt::Write;

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};
use dht_harness::noun;

use crate::{
    control::Control,
    found::Found,
    report::{BenchReport, MutantReport, duration},
};

impl BenchReport {
    /// A table for a terminal: one line per mutant, and the totals.
    pub fn shown(&self) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_FULL_CONDENSED);
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(["mutant", "corpus", "fuzz", "own tests", "noticed by"]);
        for mutant in &self.mutants {
            table.add_row(match mutant.valid {
                true => [
                    mutant.id.clone(),
                    mark(mutant.corpus).to_owned(),
                    mark(mutant.fuzz).to_owned(),
                    mark(mutant.upstream_tests).to_owned(),
                    summary(mutant),
                ],
                false => [
                    mutant.id.clone(),
                    "-".to_owned(),
                    "-".to_owned(),
                    "-".to_owned(),
                    why_invalid(mutant),
                ],
            });
        }
        format!("{table}\n{}", self.sums())
    }

    /// The totals, one per line. A mutant counts only where it was run.
    pub fn sums(&self) -> String {
        let totals = &self.totals;
        let mut text = format!(
            "{} mutants, {} of them compile\n",
            totals.mutants, totals.valid
        );
        let mut line = |what: &str, said: String| {
            let _ = writeln!(text, "noticed by {what}: {said}");
        };
        let corpus = self.asked(|mutant| mutant.corpus.is_some());
        let fuzz = self.asked(|mutant| mutant.fuzz.is_some());
        let either = self.asked(|mutant| mutant.corpus.is_some() || mutant.fuzz.is_some());
        line("the corpus", share(totals.corpus, corpus));
        line("fuzzing", share(totals.fuzz, fuzz));
        line("either", share(totals.caught, either));
        line("the crates' own tests", self.own_tests());
        if totals.shrunk > 0 {
            let _ = writeln!(
                text,
                "shrunk failures of at most 8 steps and 5 hosts: {}",
                share(totals.small, totals.shrunk)
            );
        }
        for control in &self.controls {
            let said = match control.is_clean() {
                true => "nothing is red".to_owned(),
                false => format!("RED: {}", control_red(control)),
            };
            let _ = writeln!(
                text,
                "the build with the shared mutants ({}), none of them on, {} cases of the \
                 corpus{}: {said}",
                control.build,
                control.cases,
                control.fuzz.as_ref().map_or(String::new(), |fuzz| format!(
                    " and {} of fuzzing",
                    fuzz.cases
                ))
            );
        }
        text
    }

    /// The number of mutants that compile and have such a result.
    fn asked(&self, is_asked: impl Fn(&MutantReport) -> bool) -> usize {
        let valid = self.mutants.iter().filter(|mutant| mutant.valid);
        valid.filter(|mutant| is_asked(mutant)).count()
    }

    /// How many mutants have results for the crates' own tests.
    fn tested(&self) -> usize {
        self.asked(|mutant| mutant.upstream_tests.is_some())
    }

    /// How many mutants the crates' own tests detect, and how many of those are
    /// detected by a test of libp2p-kad.
    fn own_tests(&self) -> String {
        let tested = self.tested();
        let said = share(self.totals.upstream_tests, tested);
        match self.packages_of_tests() {
            Some(packages) if tested > 0 => {
                let by_kad = packages.iter().filter(|name| **name == "libp2p-kad");
                format!("{said}, by libp2p-kad's alone: {}", by_kad.count())
            }
            _ => said,
        }
    }

    /// The crate whose test has detected it, for each mutant that a test has
    /// detected. `None` if it is unknown for any: earlier reports lack it.
    fn packages_of_tests(&self) -> Option<Vec<&str>> {
        self.mutants
            .iter()
            .filter(|mutant| mutant.valid && mutant.upstream_tests == Some(true))
            .map(|mutant| mutant.by_upstream_tests.as_ref()?.package.as_deref())
            .collect()
    }

    /// The table of `ci/BUGBENCH.md`.
    pub fn markdown(&self) -> String {
        let mut text = self.head();
        for sum in self.sums().lines() {
            let _ = writeln!(text, "- {sum}");
        }
        text.push_str(
            "\n| mutant | wrong behaviour | corpus | fuzzing | own tests |\n|---|---|---|---|---|\n",
        );
        for mutant in &self.mutants {
            let cells = match mutant.valid {
                true => [
                    cell(mutant.corpus, mutant.by_corpus.as_ref()),
                    cell(mutant.fuzz, mutant.by_fuzz.as_ref()),
                    cell(mutant.upstream_tests, mutant.by_upstream_tests.as_ref()),
                ],
                false => [why_invalid(mutant), String::new(), String::new()],
            };
            let _ = writeln!(
                text,
                "| {} | {} | {} |",
                mutant.id,
                escaped(&mutant.wrong),
                cells.map(|cell| escaped(&cell)).join(" | ")
            );
        }
        text
    }

    /// The settings under which the table was made.
    fn head(&self) -> String {
        let settings = &self.settings;
        let crates: Vec<String> = settings
            .crates
            .iter()
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        let corpus = match self.asked(|mutant| mutant.corpus.is_some()) {
            0 => NOT_ASKED,
            _ => "up to the first case that is red",
        };
        let fuzzing = match settings.fuzz_s {
            Some(time) => format!(
                "until something is found, for at most {} of real time",
                duration(time)
            ),
            None => NOT_ASKED.to_owned(),
        };
        let own_tests = match self.tested() {
            0 => NOT_ASKED,
            _ => "as published",
        };
        format!(
            "# The bug bench\n\nWhich bugs of libp2p the scenarios and fuzzing find. Generated by \
             `{}`; do not edit.\n\n\
             Made with dht-harness {}, {}, seed {}. Each mutant is a bug put into a copy of the \
             published crate. It may be noticed by the corpus ({corpus}), by fuzzing ({fuzzing}), \
             and by the crates' own tests ({own_tests}). Seed and versions decide what the corpus \
             finds; how many cases of fuzzing fit into its time depends on the machine, so a \
             slower one may find less there. No time of the machine is shown: all times are \
             virtual.\n\n",
            self.call(),
            settings.harness,
            crates.join(", "),
            settings.seed,
        )
    }

    /// The command that creates the table.
    fn call(&self) -> String {
        let fuzzing = match self.settings.fuzz_s {
            Some(time) => format!("--fuzz-for {}", duration(time).replace(' ', "")),
            None => "--no-fuzz".to_owned(),
        };
        let own_tests = match self.tested() {
            0 => " --no-upstream-tests",
            _ => "",
        };
        let seed = self.settings.seed;
        format!("dht-bug-bench {fuzzing}{own_tests} --seed {seed} --table ci/BUGBENCH.md")
    }
}

/// The text for results that were skipped.
const NOT_ASKED: &str = "not asked";

/// A share of the mutants that have results.
fn share(count: usize, of: usize) -> String {
    match of {
        0 => NOT_ASKED.to_owned(),
        of => format!(
            "{count} of {of} ({:.0} %)",
            count as f64 * 100.0 / of as f64
        ),
    }
}

fn control_red(control: &Control) -> String {
    let mut red = control.red.clone();
    if let Some(found) = control.fuzz.as_ref().and_then(|fuzz| fuzz.found.as_ref()) {
        red.push(format!("by fuzzing, {}", cell(Some(true), Some(found))));
    }
    let shown = red.iter().take(RED_SHOWN).cloned().collect::<Vec<_>>();
    match red.len().saturating_sub(RED_SHOWN) {
        0 => shown.join(", "),
        more => format!("{}, and {more} more", shown.join(", ")),
    }
}

/// How many failed cases of a control are listed.
const RED_SHOWN: usize = 5;

fn mark(noticed: Option<bool>) -> &'static str {
    match noticed {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    }
}

impl MutantReport {
    /// The results of a mutant, in one line.
    pub fn line(&self) -> String {
        if !self.valid {
            return format!("{}: {}", self.id, why_invalid(self));
        }
        format!(
            "{}: corpus {}, fuzz {}, own tests {}{}",
            self.id,
            mark(self.corpus),
            mark(self.fuzz),
            mark(self.upstream_tests),
            match summary(self) {
                empty if empty.is_empty() => empty,
                text => format!("; {text}"),
            }
        )
    }
}

/// What has detected a mutant, in a few words.
fn summary(mutant: &MutantReport) -> String {
    match mutant.by_fuzz.as_ref().or(mutant.by_corpus.as_ref()) {
        Some(found) => cell(Some(true), Some(found)),
        None => String::new(),
    }
}

/// How a mutant was detected: the case, the violation and its size.
fn cell(noticed: Option<bool>, found: Option<&Found>) -> String {
    let Some(found) = found else {
        return match noticed {
            Some(true) => "yes".to_owned(),
            Some(false) => "no".to_owned(),
            None => NOT_ASKED.to_owned(),
        };
    };
    let mut parts = vec![found.violated.first().cloned().unwrap_or_default()];
    if let Some(scenario) = &found.scenario {
        parts.push(format!("in {scenario}"));
    }
    if let Some(cases) = found.cases {
        let noun = noun(cases as usize, "case", "cases");
        parts.push(format!("after {cases} {noun}"));
    }
    if let Some(time) = found.virtual_s {
        parts.push(format!("{} virtual", duration(time.round())));
    }
    if let (Some(steps), Some(hosts)) = (found.steps, found.hosts) {
        parts.push(format!(
            "{steps} {}, {hosts} {}",
            noun(steps, "step", "steps"),
            noun(hosts, "host", "hosts")
        ));
    }
    parts.join("; ")
}

/// Why a mutant is invalid, in a few words.
fn why_invalid(mutant: &MutantReport) -> String {
    let text = mutant.why_invalid.as_deref().unwrap_or_default();
    text.lines().next().unwrap_or_default().to_owned()
}

/// Escapes a text for a cell of a Markdown table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
