//! What is asked of the bench.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use indexmap::IndexMap;

use super::{
    BenchError,
    control::Control,
    ledger::Ledger,
    mutant::Mutant,
    report::{BenchReport, MutantReport, Settings},
    rounds::Rounds,
    spot::{Spot, spots},
    upstream::Upstream,
    yard::Yard,
};
use crate::file::{Problem, Problems};

/// Which mutants are tried, and how.
#[derive(Clone, Debug)]
pub struct Bench {
    /// All mutants there are: they share builds, whether they are tried or not.
    pub mutants: Vec<Mutant>,
    /// The ids of those that are tried; all if there are none.
    pub only: Vec<String>,
    /// How many are tried at a time.
    pub jobs: usize,
    /// For how long each is fuzzed; not at all if nothing is said.
    pub fuzz_for: Option<Duration>,
    /// Whether the crates' own tests are run.
    pub upstream_tests: bool,
    /// The seed of corpus and fuzzing.
    pub seed: u64,
    /// Where results are written as they come.
    pub json: Option<PathBuf>,
    /// Earlier results, which are taken as done.
    pub resume: Option<PathBuf>,
}

/// Somebody who hears how far the bench is.
pub trait Progress: Sync {
    /// So many mutants are to be tried.
    fn begin(&self, mutants: usize);
    /// This is going on.
    fn says(&self, text: String);
    /// A control is done.
    fn control(&self, control: &Control);
    /// A mutant is done.
    fn done(&self, mutant: &MutantReport);
}

impl Bench {
    /// Builds and tries all mutants.
    ///
    /// # Errors
    /// Mutants do not fit the published crates, or the bench itself cannot do
    /// its work. What has been found by then is in the JSON file.
    pub fn run(&self, progress: &dyn Progress) -> Result<BenchReport, BenchError> {
        let chosen = self.chosen()?;
        let upstream = Upstream::here()?;
        let spots = self.spots(&upstream)?;
        let packages: BTreeSet<String> = self
            .mutants
            .iter()
            .map(|mutant| mutant.package.clone())
            .collect();
        let settings = self.settings(&upstream, &packages)?;
        let mut report = match &self.resume {
            Some(path) => BenchReport::resume(path, &settings)?,
            None => BenchReport::default(),
        };
        report.settings = settings;
        let ledger = Ledger::new(report, self.json.clone());
        let todo: BTreeSet<usize> = chosen
            .into_iter()
            .filter(|number| !self.is_done(&ledger.known(&self.mutants[*number])))
            .collect();
        progress.begin(todo.len());
        if !todo.is_empty() {
            let yard = Yard {
                upstream: &upstream,
                packages,
                spots,
                progress,
            };
            Rounds {
                bench: self,
                yard,
                ledger: &ledger,
            }
            .run(&todo)?;
        }
        ledger.close()
    }

    fn is_done(&self, known: &MutantReport) -> bool {
        let fuzzed = self.fuzz_for.is_none() || known.fuzz.is_some();
        let tested = !self.upstream_tests || known.upstream_tests.is_some();
        !known.valid || (known.corpus.is_some() && fuzzed && tested)
    }

    /// The numbers of the mutants that are tried.
    fn chosen(&self) -> Result<Vec<usize>, BenchError> {
        if self.only.is_empty() {
            return Ok((0..self.mutants.len()).collect());
        }
        let number = |id: &String| {
            let ids = self.mutants.iter().map(|mutant| mutant.id.as_str());
            let near = ids.map(|known| (strsim::jaro_winkler(known, id), known));
            self.mutants
                .iter()
                .position(|mutant| mutant.id == *id)
                .ok_or_else(|| BenchError::UnknownMutant {
                    id: id.clone(),
                    nearest: near
                        .max_by(|one, other| one.0.total_cmp(&other.0))
                        .map(|(_, near)| near.to_owned()),
                })
        };
        self.only.iter().map(number).collect()
    }

    /// Where the edits fall, or all that does not fit, by file of mutants.
    fn spots(&self, upstream: &Upstream) -> Result<Vec<Vec<Spot>>, BenchError> {
        let mut all = Vec::new();
        let mut wrong: IndexMap<&Path, (&Mutant, Vec<Problem>)> = IndexMap::new();
        for mutant in &self.mutants {
            match spots(mutant, |package, file| upstream.text(package, file)) {
                Ok(spots) => all.push(spots),
                Err(problems) => wrong
                    .entry(&mutant.origin.path)
                    .or_insert((mutant, Vec::new()))
                    .1
                    .extend(problems),
            }
        }
        if wrong.is_empty() {
            return Ok(all);
        }
        let files = wrong.into_values().map(|(mutant, list)| Problems {
            file: mutant.origin.path.clone(),
            text: mutant.origin.text.clone(),
            list,
        });
        Err(BenchError::Mutants(files.collect()))
    }

    fn settings(
        &self,
        upstream: &Upstream,
        packages: &BTreeSet<String>,
    ) -> Result<Settings, BenchError> {
        let mut crates = IndexMap::new();
        for name in packages {
            let published = upstream.package(name).map_err(BenchError::Workspace)?;
            crates.insert(name.clone(), published.version.clone());
        }
        Ok(Settings {
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            crates,
            seed: self.seed,
            fuzz_s: self.fuzz_for.map(|time| time.as_secs_f64()),
        })
    }
}
