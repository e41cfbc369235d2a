//! What came of a campaign.

use std::{fmt, path::PathBuf, time::Duration};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::reached::Reached;
use crate::symptom::Symptom;

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
    /// How many of them did what they say.
    pub steps_effective: u64,
    /// What was found, a cause each, in the order of the first cases.
    pub findings: Vec<Kept>,
    /// How often known defects were met, by their ids.
    pub known: IndexMap<String, u64>,
    /// What was reached.
    pub coverage: Reached,
}

/// A failure that was kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its name.
    pub name: String,
    /// What goes wrong.
    pub invariant: Symptom,
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
    pub fn merge(&mut self, other: Summary) {
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
        for (id, count) in other.known {
            *self.known.entry(id).or_default() += count;
        }
        self.coverage.merge(&other.coverage);
    }

    /// Adds a finding; returns whether it is the first of its name.
    pub(super) fn add(&mut self, finding: Kept) -> bool {
        let known = self
            .findings
            .iter_mut()
            .find(|known| known.name == finding.name);
        let is_new = known.is_none();
        match known {
            Some(known) => {
                known.count += finding.count;
                if finding.cases < known.cases {
                    let count = known.count;
                    *known = Kept { count, ..finding };
                }
            }
            None => self.findings.push(finding),
        }
        self.findings.sort_by_key(|finding| finding.cases);
        is_new
    }
}

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
            "{} steps, of which {:.0} % did what they say; {} features reached",
            self.steps,
            self.steps_effective as f64 * 100.0 / (self.steps as f64).max(1.0),
            self.coverage.len()
        )?;
        for never in self.coverage.never() {
            writeln!(f, "  never: {never}")?;
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
        }
        writeln!(f, "{} found", self.findings.len())
    }
}
