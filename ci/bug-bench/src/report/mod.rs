//! The report of the bench.

mod page;
mod totals;

use std::{
    fs, mem,
    path::{Path, PathBuf},
    time::Duration,
};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::{control::Control, error::BenchError, found::Found, mutant::Mutant};

pub use totals::Totals;

/// All results, and the settings they were made with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// The settings.
    pub settings: Settings,
    /// The totals.
    pub totals: Totals,
    /// The results without an active mutant.
    pub controls: Vec<Control>,
    /// The results of each mutant.
    pub mutants: Vec<MutantReport>,
}

/// The settings that affect results. Results of the corpus and of fuzzing that were
/// made with other settings are not reused.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The version of dht-harness.
    pub harness: String,
    /// A digest of the program itself: its results change with its scenarios
    /// and its generator, also within a version.
    #[serde(default)]
    pub program: String,
    /// The versions of the copied crates.
    pub crates: IndexMap<String, String>,
    /// The seed of corpus and fuzzing.
    pub seed: u64,
    /// How long each mutant is fuzzed, in seconds of real time; `None` if
    /// fuzzing is skipped.
    pub fuzz_s: Option<f64>,
}

/// The results of a mutant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MutantReport {
    /// Its id.
    pub id: String,
    /// The crate that it is put into.
    #[serde(rename = "crate")]
    pub package: String,
    /// The wrong behaviour.
    pub wrong: String,
    /// A digest of its edits.
    pub digest: String,
    /// Whether it is applicable and compiles.
    pub valid: bool,
    /// Why not: the edit that cannot be applied, or the compiler's output.
    pub why_invalid: Option<String>,
    /// Whether the corpus detects it; `None` if the corpus was not run.
    pub corpus: Option<bool>,
    /// Whether fuzzing detects it; `None` if fuzzing was skipped.
    pub fuzz: Option<bool>,
    /// Whether the crate's own tests detect it; `None` if they were skipped.
    pub upstream_tests: Option<bool>,
    /// The first violation: found by fuzzing if that detected the mutant, else
    /// by the corpus. The fields below refer to the same one.
    pub invariant: Option<String>,
    /// The case or the kept failure.
    pub scenario: Option<String>,
    /// The number of cases run until the failure.
    pub cases: Option<u64>,
    /// The virtual time until the failure, in seconds.
    pub virtual_s: Option<f64>,
    /// Number of steps and planned faults.
    pub steps: Option<usize>,
    /// Number of hosts.
    pub hosts: Option<usize>,
    /// How the corpus detected it.
    pub by_corpus: Option<Found>,
    /// How fuzzing detected it.
    pub by_fuzz: Option<Found>,
    /// Which of the crate's own tests detected it.
    pub by_upstream_tests: Option<Found>,
}

impl MutantReport {
    /// Creates a report without results.
    pub fn new(mutant: &Mutant) -> Self {
        MutantReport {
            id: mutant.id.clone(),
            package: mutant.package.clone(),
            wrong: mutant.wrong.clone(),
            digest: mutant.digest(),
            valid: true,
            ..MutantReport::default()
        }
    }

    /// Marks the mutant as invalid for this reason.
    pub fn invalid(mut self, why: String) -> Self {
        self.valid = false;
        self.why_invalid = Some(why);
        self
    }

    /// Whether corpus or fuzzing has detected it.
    pub fn is_caught(&self) -> bool {
        self.corpus == Some(true) || self.fuzz == Some(true)
    }

    /// Fills in the fields that follow from how it was detected.
    pub fn settle(&mut self) {
        let found = self.by_fuzz.as_ref().or(self.by_corpus.as_ref());
        let found = found.cloned().unwrap_or_default();
        self.invariant = found.violated.first().cloned();
        self.scenario = found.scenario;
        self.cases = found.cases;
        self.virtual_s = found.virtual_s;
        self.steps = found.steps;
        self.hosts = found.hosts;
    }

    /// Removes the results of corpus and fuzzing.
    fn forget_found(&mut self) {
        (self.corpus, self.by_corpus) = (None, None);
        (self.fuzz, self.by_fuzz) = (None, None);
        self.settle();
    }
}

impl Settings {
    /// Whether corpus and fuzzing have the same results under both settings.
    /// One of them may skip fuzzing: missing results are added.
    fn finds_like(&self, other: &Settings) -> bool {
        let is_fuzzed_alike = match (self.fuzz_s, other.fuzz_s) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        is_fuzzed_alike && self.program == other.program && self.seed == other.seed
    }
}

impl BenchReport {
    /// Reads a report that was [written](Self::write).
    ///
    /// # Errors
    /// Fails if the file is not a report of the bench.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let text = fs::read_to_string(path).map_err(BenchError::file(path))?;
        serde_json::from_str(&text).map_err(|error| BenchError::Resume {
            path: path.to_owned(),
            why: format!("this is no report of the bench: {error}"),
        })
    }

    /// Reads earlier results, to be continued under these settings. If they
    /// were made under other settings, the results of corpus, fuzzing and
    /// controls are removed: only the crates' own tests, and whether a mutant
    /// is valid, depend on nothing but the crates.
    ///
    /// # Errors
    /// Fails if the file is not a report of the bench, or was made with other
    /// versions of the crates.
    pub fn resume(path: &Path, settings: &Settings) -> Result<Self, BenchError> {
        let resume = |why: String| BenchError::Resume {
            path: path.to_owned(),
            why,
        };
        let mut report = BenchReport::read(path)?;
        let earlier = mem::replace(&mut report.settings, settings.clone());
        for (name, version) in &settings.crates {
            if let Some(other) = earlier.crates.get(name).filter(|other| *other != version) {
                return Err(resume(format!(
                    "it was made with {name} {other}; this workspace uses {version}"
                )));
            }
        }
        if earlier.finds_like(settings) {
            // If fuzzing is skipped now, its earlier results are kept.
            report.settings.fuzz_s = settings.fuzz_s.or(earlier.fuzz_s);
        } else {
            report.forget_found();
        }
        Ok(report)
    }

    fn forget_found(&mut self) {
        self.controls.clear();
        for mutant in &mut self.mutants {
            mutant.forget_found();
        }
        self.totals = Totals::of(&self.mutants);
    }

    /// Earlier results of the current version of a mutant.
    pub fn earlier(&self, mutant: &Mutant) -> Option<&MutantReport> {
        let digest = mutant.digest();
        self.mutants
            .iter()
            .find(|report| report.id == mutant.id && report.digest == digest)
    }

    /// Replaces the results of a mutant.
    pub fn put(&mut self, mut result: MutantReport) {
        result.settle();
        match self.mutants.iter_mut().find(|known| known.id == result.id) {
            Some(known) => *known = result,
            None => self.mutants.push(result),
        }
        self.totals = Totals::of(&self.mutants);
    }

    /// The report as JSON.
    pub fn json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a report has text keys and finite numbers")
    }

    /// Writes the report atomically.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), BenchError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, self.json() + "\n").map_err(BenchError::file(&beside))?;
        fs::rename(&beside, path).map_err(BenchError::file(path))
    }
}

/// Formats seconds as a human-readable duration.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::from_millis((seconds * 1e3).round() as u64);
    humantime::format_duration(whole).to_string()
}
