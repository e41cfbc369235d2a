//! What came of a campaign.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{coverage_map::CoverageMap, keep::Place};
use dht_scenarios::FailureSignature;

/// What came of a campaign, or of several.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The seed.
    pub seed: u64,
    /// Which part of the seed's cases: `0/1` is all of them.
    pub shard: String,
    /// How many cases were run, without those of shrinking.
    pub cases: u64,
    /// The virtual time that passed in them, in seconds.
    pub virtual_s: f64,
    /// The real time it took, in seconds.
    pub wall_s: f64,
    /// How many steps were taken.
    pub steps: u64,
    /// How many of them took effect.
    pub steps_effective: u64,
    /// What was found, a cause each, in the order of the first cases.
    pub findings: Vec<Kept>,
    /// By signature: the numbers of further cases that show it, which were not shrunk
    /// because so many were.
    #[serde(default)]
    pub unshrunk: IndexMap<String, Vec<u64>>,
    /// How often known defects were met, by their ids.
    pub known: IndexMap<String, u64>,
    /// What was reached.
    pub coverage: CoverageMap,
}

/// A failure that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// What goes wrong.
    pub invariant: FailureSignature,
    /// What else was seen in the same runs, and is not known.
    #[serde(default)]
    pub beside: BTreeSet<FailureSignature>,
    /// The file.
    pub file: PathBuf,
    /// In how many cases it was seen.
    pub count: u64,
    /// The number of the first.
    pub case: u64,
    /// How many cases had been run when it was first seen.
    pub cases: u64,
    /// The virtual time that had passed by then, in seconds.
    pub virtual_s: f64,
    /// Steps and planned faults of the file.
    pub steps: usize,
    /// Its hosts.
    pub hosts: usize,
    /// Steps and planned faults before it was shrunk.
    pub steps_before: usize,
    /// Hosts before it was shrunk.
    pub hosts_before: usize,
}

impl Summary {
    /// Adds the result of another part of the same campaign, or of another
    /// campaign. Findings of the same name are one.
    pub(crate) fn merge(&mut self, other: Summary) {
        if self.shard.is_empty() {
            (self.seed, self.shard) = (other.seed, other.shard);
        } else {
            self.shard = format!("{} + {}", self.shard, other.shard);
        }
        self.cases += other.cases;
        self.virtual_s += other.virtual_s;
        self.wall_s = self.wall_s.max(other.wall_s);
        self.steps += other.steps;
        self.steps_effective += other.steps_effective;
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

    /// A known defect was met in a case.
    pub(super) fn met(&mut self, id: &str) {
        *self.known.entry(id.to_owned()).or_default() += 1;
    }

    /// Adds a finding. Of the same name is the same finding: its first case counts,
    /// and the smallest file.
    fn add(&mut self, finding: Kept) {
        let mut same = self.findings.iter_mut();
        match same.find(|known| known.name == finding.name) {
            Some(known) => known.merge(finding),
            None => self.findings.push(finding),
        }
        self.findings.sort_by_key(|finding| finding.cases);
    }

    /// Adds a finding where it is kept, or counts it as expected, if a file has
    /// judged it there.
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
                ..finding
            });
        }
    }

    /// Whether nothing was found.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.unshrunk.is_empty()
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        // There is always a whole one.
        let beside = path.with_extension("json.new");
        fs::write(&beside, text + "\n")?;
        fs::rename(beside, path)
    }
}

impl Kept {
    /// Adds another failure of the same.
    fn merge(&mut self, other: Kept) {
        self.count += other.count;
        self.beside.extend(other.beside);
        if (other.steps, other.hosts) < (self.steps, self.hosts) {
            (self.steps, self.hosts) = (other.steps, other.hosts);
        }
        if other.cases < self.cases {
            self.case = other.case;
            self.cases = other.cases;
            self.virtual_s = other.virtual_s;
            self.steps_before = other.steps_before;
            self.hosts_before = other.hosts_before;
        }
    }
}

/// Numbers of cases that are shown.
const SHOWN: usize = 8;

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |seconds: f64| {
            humantime::format_duration(Duration::from_secs(seconds.round() as u64)).to_string()
        };
        writeln!(
            f,
            "{} cases of seed {} (shard {}) in {}: {:.1} cases/s, {} of virtual time",
            self.cases,
            self.seed,
            self.shard,
            time(self.wall_s),
            self.cases as f64 / self.wall_s.max(0.001),
            time(self.virtual_s)
        )?;
        writeln!(
            f,
            "{} steps, of which {:.0} % took effect; {} features reached",
            self.steps,
            self.steps_effective as f64 * 100.0 / (self.steps as f64).max(1.0),
            self.coverage.len()
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
            writeln!(
                f,
                "found: {} in {} cases, first after {} cases; {} steps and {} hosts, from {} and {}\n  \
                 replay: dht-harness replay {}",
                finding.invariant,
                finding.count,
                finding.cases,
                finding.steps,
                finding.hosts,
                finding.steps_before,
                finding.hosts_before,
                finding.file.display()
            )?;
            if !finding.beside.is_empty() {
                let beside: Vec<_> = finding.beside.iter().map(ToString::to_string).collect();
                writeln!(f, "  seen beside it: {}", beside.join(", "))?;
            }
        }
        for (signature, cases) in &self.unshrunk {
            let numbers: Vec<_> = cases.iter().take(SHOWN).map(ToString::to_string).collect();
            let more = if cases.len() > SHOWN { ", .." } else { "" };
            writeln!(
                f,
                "not shrunk, as so many were: {} more cases of {signature}: {}{more}",
                cases.len(),
                numbers.join(", ")
            )?;
        }
        writeln!(f, "{} found", self.findings.len())
    }
}
