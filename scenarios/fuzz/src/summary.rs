//! The results of a campaign.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::PathBuf,
    time::Duration,
};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{coverage_map::CoverageMap, keep::Place, shard::Shard};
use dht_harness::noun;
use dht_scenarios::{FailureSignature, file::Shrunk};

/// The results of one campaign or of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The version of this format.
    pub format: u32,
    /// The campaigns, or parts of campaigns, in this summary.
    pub parts: Vec<Part>,
    /// The number of cases, without the runs for shrinking.
    pub cases: u64,
    /// The virtual time of all cases, in seconds.
    pub virtual_s: f64,
    /// The elapsed real time, in seconds.
    pub wall_s: f64,
    /// The number of steps performed.
    pub steps: u64,
    /// The number of steps that had an effect.
    pub steps_effective: u64,
    /// By the verb of a step or planned fault, the number of cases that have one.
    #[serde(default)]
    pub drawn: IndexMap<String, u64>,
    /// The findings, one for each cause, in the order of their first cases.
    pub findings: Vec<Kept>,
    /// By signature, the numbers of further cases that show it. They were not shrunk
    /// because enough cases with this signature were.
    #[serde(default)]
    pub unshrunk: IndexMap<String, Vec<CaseId>>,
    /// How often each known defect was met, by its id.
    pub known: IndexMap<String, u64>,
    /// The features that were reached.
    pub coverage: CoverageMap,
}

/// A campaign, or one part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The seed of the campaign.
    pub seed: u64,
    /// The part of its cases: `0/1` is all of them.
    pub shard: Shard,
    /// The options that say what is drawn, such as `--stack kad`. Empty for the standard
    /// generator.
    #[serde(default)]
    pub options: String,
    /// The number of cases that were run.
    pub cases: u64,
    /// Whether the part has ended, by its budget or by a signal. If not, it runs still, or
    /// its process was killed.
    pub has_ended: bool,
    /// Whether a signal has ended it before its budget was used up.
    #[serde(default)]
    pub stopped: bool,
}

impl Part {
    /// The part of a campaign that has not run any case.
    pub(crate) fn new(seed: u64, shard: Shard, options: &str) -> Self {
        Part {
            seed,
            shard,
            options: options.to_owned(),
            cases: 0,
            has_ended: false,
            stopped: false,
        }
    }

    /// What the cases of this part are drawn from. Two parts with the same draws have the same
    /// cases.
    fn draws(&self) -> (u64, &str, Shard) {
        (self.seed, &self.options, self.shard)
    }
}

/// The part for people, after the noun.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "seed {}, shard {}{}",
            self.seed,
            self.shard,
            with(&self.options)
        )
    }
}

/// The options behind a seed, for people.
fn with(options: &str) -> String {
    match options {
        "" => String::new(),
        options => format!(" with {options}"),
    }
}

/// A case of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseId {
    /// The seed of the campaign.
    pub seed: u64,
    /// The number of the case.
    pub case: u64,
}

/// A failure that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The name of the scenario.
    pub name: String,
    /// The signature of the failure.
    pub invariant: FailureSignature,
    /// Other unknown failures of the same runs.
    #[serde(default)]
    pub beside: BTreeSet<FailureSignature>,
    /// The path of the scenario file.
    pub file: PathBuf,
    /// The number of cases that show the failure.
    pub count: u64,
    /// The seed of the campaign that has seen it first.
    pub seed: u64,
    /// The number of the first such case.
    pub case: u64,
    /// The number of cases that had been run when the failure was first seen.
    pub cases: u64,
    /// The virtual time that had passed by then, in seconds.
    pub virtual_s: f64,
    /// The number of steps and planned faults in the file.
    pub steps: usize,
    /// The number of hosts in the file.
    pub hosts: usize,
    /// How far the scenario in the file was shrunk.
    #[serde(default)]
    pub shrunk: Shrunk,
    /// The number of steps and planned faults before shrinking.
    pub steps_before: usize,
    /// The number of hosts before shrinking.
    pub hosts_before: usize,
}

impl Default for Summary {
    fn default() -> Self {
        Summary {
            format: Summary::FORMAT,
            parts: Vec::new(),
            cases: 0,
            virtual_s: 0.0,
            wall_s: 0.0,
            steps: 0,
            steps_effective: 0,
            drawn: IndexMap::new(),
            findings: Vec::new(),
            unshrunk: IndexMap::new(),
            known: IndexMap::new(),
            coverage: CoverageMap::default(),
        }
    }
}

impl Summary {
    /// The version of the format in which summaries are written.
    pub const FORMAT: u32 = 1;

    /// The summary of a part.
    pub(crate) fn of(part: Part) -> Self {
        Summary {
            parts: vec![part],
            ..Summary::default()
        }
    }

    /// Adds the results of another campaign, or of another part of this one. Findings
    /// with the same name are merged.
    pub(crate) fn merge(&mut self, other: Summary) {
        self.parts.extend(other.parts);
        self.cases += other.cases;
        self.virtual_s += other.virtual_s;
        self.wall_s = self.wall_s.max(other.wall_s);
        self.steps += other.steps;
        self.steps_effective += other.steps_effective;
        for (verb, cases) in other.drawn {
            *self.drawn.entry(verb).or_default() += cases;
        }
        for finding in other.findings {
            self.add(finding);
        }
        for (signature, cases) in other.unshrunk {
            self.unshrunk.entry(signature).or_default().extend(cases);
        }
        for (id, count) in other.known {
            *self.known.entry(id).or_default() += count;
        }
        self.coverage.merge(&other.coverage);
    }

    /// Counts a case in which a known defect was met.
    pub(super) fn met(&mut self, id: &str) {
        *self.known.entry(id.to_owned()).or_default() += 1;
    }

    /// Adds a finding. A finding with the same name is merged: the earlier case and
    /// the smaller file are kept.
    fn add(&mut self, finding: Kept) {
        let mut same = self.findings.iter_mut();
        match same.find(|known| known.name == finding.name) {
            Some(known) => known.merge(finding),
            None => self.findings.push(finding),
        }
        self.findings.sort_by_key(|finding| finding.cases);
    }

    /// Adds a finding, or counts it as a known defect if its file declares it as
    /// expected.
    pub(crate) fn place(&mut self, finding: Kept, place: &Place) {
        for id in &place.expected {
            self.met(id);
        }
        if place.expected.is_empty() {
            self.add(Kept {
                name: place.name.clone(),
                file: place.file.clone(),
                steps: place.size.0,
                hosts: place.size.1,
                shrunk: place.shrunk,
                ..finding
            });
        }
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.unshrunk.is_empty()
    }

    /// The seeds, their parts, and the options with which they were drawn, for people.
    pub(crate) fn told_parts(&self) -> String {
        let mut seeds: BTreeMap<(u64, &str), Vec<String>> = BTreeMap::new();
        for part in &self.parts {
            let shards = seeds.entry((part.seed, &part.options)).or_default();
            shards.push(part.shard.to_string());
        }
        let seeds = seeds.into_iter().map(|((seed, options), shards)| {
            let noun = if shards.len() == 1 { "shard" } else { "shards" };
            format!(
                "seed {seed} ({noun} {}){}",
                shards.join(", "),
                with(options)
            )
        });
        seeds.collect::<Vec<_>>().join(" and ")
    }

    /// The parts that are there more than once, so that their cases are counted twice.
    fn repeated(&self) -> Vec<&Part> {
        let mut seen = BTreeSet::new();
        let mut repeated: Vec<&Part> = Vec::new();
        for part in &self.parts {
            let is_new = seen.insert(part.draws());
            if !is_new && !repeated.iter().any(|other| other.draws() == part.draws()) {
                repeated.push(part);
            }
        }
        repeated
    }

    /// The parts that a signal has ended.
    pub fn stopped(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.stopped)
    }

    /// The number of cases that show a finding and were not shrunk, or not fully.
    pub fn not_shrunk(&self) -> usize {
        let further: usize = self.unshrunk.values().map(Vec::len).sum();
        let findings = self.findings.iter();
        let kept = findings.filter(|finding| finding.shrunk != Shrunk::Fully);
        further + kept.count()
    }
}

impl Kept {
    /// The size of the scenario, and of what it was shrunk from, for people.
    fn told_size(&self) -> String {
        let size = format!(
            "{} {} and {} {}",
            self.steps,
            noun(self.steps, "step", "steps"),
            self.hosts,
            noun(self.hosts, "host", "hosts")
        );
        let (steps, hosts) = (self.steps_before, self.hosts_before);
        match self.shrunk {
            Shrunk::Fully => format!("{size}, from {steps} and {hosts}"),
            Shrunk::Partly => format!("{size}, shrunk only in part from {steps} and {hosts}"),
            Shrunk::No => format!("{size}, not shrunk"),
        }
    }

    /// Merges another finding with the same name.
    fn merge(&mut self, other: Kept) {
        self.count += other.count;
        self.beside.extend(other.beside);
        if (other.steps, other.hosts) < (self.steps, self.hosts) {
            (self.steps, self.hosts) = (other.steps, other.hosts);
            self.shrunk = other.shrunk;
        }
        if other.cases < self.cases {
            self.seed = other.seed;
            self.case = other.case;
            self.cases = other.cases;
            self.virtual_s = other.virtual_s;
            self.steps_before = other.steps_before;
            self.hosts_before = other.hosts_before;
        }
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of seed {}", self.case, self.seed)
    }
}

/// What was found, where it is kept, and what was seen beside it: a line for each.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "found: {} in {} {}, first after {} {} of seed {}; {}\n  kept: {}",
            self.invariant,
            self.count,
            noun_of_cases(self.count),
            self.cases,
            noun_of_cases(self.cases),
            self.seed,
            self.told_size(),
            self.file.display()
        )?;
        if self.beside.is_empty() {
            return Ok(());
        }
        let beside: Vec<_> = self.beside.iter().map(ToString::to_string).collect();
        write!(f, "\n  seen beside it: {}", beside.join(", "))
    }
}

/// The maximum number of case numbers shown.
const SHOWN: usize = 8;

/// The noun for so many cases.
fn noun_of_cases(cases: u64) -> &'static str {
    noun(cases as usize, "case", "cases")
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: f64| {
            humantime::format_duration(Duration::from_secs(seconds.round() as u64)).to_string()
        };
        writeln!(
            f,
            "{} {} of {} in {}: {:.1} cases/s, {} of virtual time",
            self.cases,
            noun_of_cases(self.cases),
            self.told_parts(),
            time(self.wall_s),
            self.cases as f64 / self.wall_s.max(0.001),
            time(self.virtual_s)
        )?;
        for part in self.repeated() {
            writeln!(
                f,
                "  twice: {part}: the cases of both campaigns are counted"
            )?;
        }
        for part in self.stopped() {
            writeln!(
                f,
                "  stopped by a signal after {} {}: {part}",
                part.cases,
                noun_of_cases(part.cases)
            )?;
        }
        writeln!(
            f,
            "{} {}, of which {:.0} % took effect; {} {} reached",
            self.steps,
            noun(self.steps as usize, "step", "steps"),
            self.steps_effective as f64 * 100.0 / (self.steps as f64).max(1.0),
            self.coverage.len(),
            noun(self.coverage.len(), "feature", "features")
        )?;
        for never in self.coverage.never() {
            writeln!(f, "  never: {never}")?;
        }
        let idle = self.coverage.never_in_force();
        if !idle.is_empty() {
            writeln!(f, "  invariants never in force: {}", idle.join(", "))?;
        }
        if !self.known.is_empty() {
            let known: Vec<_> = self
                .known
                .iter()
                .map(|(id, count)| format!("{id} ({count})"))
                .collect();
            writeln!(f, "known defects met: {}", known.join(", "))?;
        }
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for (signature, cases) in &self.unshrunk {
            let numbers = cases.iter().take(SHOWN);
            let numbers: Vec<_> = numbers.map(ToString::to_string).collect();
            let more = if cases.len() > SHOWN { ", .." } else { "" };
            writeln!(
                f,
                "not shrunk because the limit was reached: {} more {} of {signature}: {}{more}",
                cases.len(),
                noun_of_cases(cases.len() as u64),
                numbers.join(", ")
            )?;
        }
        writeln!(f, "{} found", self.findings.len())
    }
}
