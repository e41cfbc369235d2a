//! What came of the bench.

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

/// All results, with what they were made with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BenchReport {
    /// What they were made with.
    pub settings: Settings,
    /// How many of what.
    pub totals: Totals,
    /// The programs with no mutant on.
    pub controls: Vec<Control>,
    /// What came of each mutant.
    pub mutants: Vec<MutantReport>,
}

/// What results were made with. What corpus and fuzzing find under other settings is
/// no help.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The version of the program.
    pub harness: String,
    /// A number for the program itself: what it finds changes with its scenarios and
    /// its generator, within a version as well.
    #[serde(default)]
    pub program: String,
    /// The versions of the copied crates.
    pub crates: IndexMap<String, String>,
    /// The seed of corpus and fuzzing.
    pub seed: u64,
    /// For how long each mutant is fuzzed, in seconds of real time; none where
    /// fuzzing is left out.
    pub fuzz_s: Option<f64>,
}

/// What came of a mutant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MutantReport {
    /// Its id.
    pub id: String,
    /// The crate that it is put into.
    #[serde(rename = "crate")]
    pub package: String,
    /// The wrong behaviour.
    pub wrong: String,
    /// A number for its edits.
    pub digest: String,
    /// Whether it fits the published crate and compiles.
    pub valid: bool,
    /// Why not: what does not fit, or what the compiler said.
    pub why_invalid: Option<String>,
    /// Whether the corpus notices it; none if it was not asked.
    pub corpus: Option<bool>,
    /// Whether fuzzing does.
    pub fuzz: Option<bool>,
    /// Whether the crate's own tests do.
    pub upstream_tests: Option<bool>,
    /// What was violated first: by fuzzing if that has noticed it, or else in
    /// the corpus. The rest of these is about the same.
    pub invariant: Option<String>,
    /// The case or kept file.
    pub scenario: Option<String>,
    /// How many cases it took.
    pub cases: Option<u64>,
    /// How much virtual time, in seconds.
    pub virtual_s: Option<f64>,
    /// Steps and planned faults.
    pub steps: Option<usize>,
    /// Hosts.
    pub hosts: Option<usize>,
    /// How the corpus has noticed it.
    pub by_corpus: Option<Found>,
    /// How fuzzing has.
    pub by_fuzz: Option<Found>,
    /// Which of the crate's own tests has.
    pub by_upstream_tests: Option<Found>,
}

impl MutantReport {
    /// Nothing is known yet.
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

    /// Does not fit or does not compile, and this is why.
    pub fn invalid(mut self, why: String) -> Self {
        self.valid = false;
        self.why_invalid = Some(why);
        self
    }

    /// Whether corpus or fuzzing has noticed it.
    pub fn is_caught(&self) -> bool {
        self.corpus == Some(true) || self.fuzz == Some(true)
    }

    /// Fills in what follows from how it was noticed.
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

    /// Forgets what corpus and fuzzing have found, as if they had not been asked.
    fn forget_found(&mut self) {
        (self.corpus, self.by_corpus) = (None, None);
        (self.fuzz, self.by_fuzz) = (None, None);
        self.settle();
    }
}

impl Settings {
    /// Whether corpus and fuzzing find the same under both. It does not matter that
    /// fuzzing is left out under one of them: what is missing is done.
    fn finds_like(&self, other: &Settings) -> bool {
        let is_fuzzed_alike = match (self.fuzz_s, other.fuzz_s) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        is_fuzzed_alike && self.program == other.program && self.seed == other.seed
    }
}

impl BenchReport {
    /// Earlier results, to be continued under these settings. Under other ones than
    /// they were made with, what corpus and fuzzing have found is forgotten, with the
    /// controls: only the crates' own tests, and whether a mutant is valid, depend on
    /// none but the crates.
    ///
    /// # Errors
    /// The file is none of the bench, or was made with other versions of the crates.
    pub fn resume(path: &Path, settings: &Settings) -> Result<Self, BenchError> {
        let resume = |why: String| BenchError::Resume {
            path: path.to_owned(),
            why,
        };
        let text = fs::read_to_string(path).map_err(BenchError::file(path))?;
        let mut report: BenchReport = serde_json::from_str(&text)
            .map_err(|error| resume(format!("this is no report of the bench: {error}")))?;
        let earlier = mem::replace(&mut report.settings, settings.clone());
        for (name, version) in &settings.crates {
            if let Some(other) = earlier.crates.get(name).filter(|other| *other != version) {
                return Err(resume(format!(
                    "it was made with {name} {other}; this workspace uses {version}"
                )));
            }
        }
        if earlier.finds_like(settings) {
            // Where fuzzing is left out now, what it has found before is kept.
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

    /// What is known already of a mutant as it is today.
    pub fn earlier(&self, mutant: &Mutant) -> Option<&MutantReport> {
        let digest = mutant.digest();
        self.mutants
            .iter()
            .find(|report| report.id == mutant.id && report.digest == digest)
    }

    /// Puts the results of a mutant in place of earlier ones.
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

    /// Writes the report so that there is always a whole one.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path) -> Result<(), BenchError> {
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        fs::write(&beside, self.json() + "\n").map_err(BenchError::file(&beside))?;
        fs::rename(&beside, path).map_err(BenchError::file(path))
    }
}

/// Seconds as people write them.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = Duration::from_millis((seconds * 1e3).round() as u64);
    humantime::format_duration(whole).to_string()
}
