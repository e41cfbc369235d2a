//! The configuration and the entry point of the bench.

mod scheduler;

use std::{collections::BTreeSet, env, fs, path::PathBuf, time::Duration};

use indexmap::IndexMap;
use xxhash_rust::xxh3::xxh3_64;

use self::scheduler::Scheduler;
use crate::{
    applicability::Applicability,
    builder::Builder,
    error::BenchError,
    mutant::Mutant,
    progress::Progress,
    report::{BenchReport, MutantReport, Settings},
    result_log::ResultLog,
    test_workspace,
    upstream::Upstream,
};

/// The mutants to be run, and how.
#[derive(Clone, Debug)]
pub struct Bench {
    /// All known mutants. They share builds, whether or not they are run.
    pub mutants: Vec<Mutant>,
    /// The ids of the mutants to be run; all mutants if empty.
    pub only: Vec<String>,
    /// How many mutants run in parallel.
    pub jobs: usize,
    /// How long each mutant is fuzzed, in real time; `None` to skip fuzzing.
    pub fuzz_for: Option<Duration>,
    /// Whether the crates' own tests are run.
    pub upstream_tests: bool,
    /// The seed of corpus and fuzzing.
    pub seed: u64,
    /// The file to which results are written as they arrive.
    pub json: Option<PathBuf>,
    /// Earlier results, which are not repeated.
    pub resume: Option<PathBuf>,
}

impl Bench {
    /// Builds and runs all mutants. Mutants that cannot be applied to the
    /// published crates are not built, and count as invalid.
    ///
    /// # Errors
    /// Fails if a requested mutant does not exist, or if the bench itself
    /// cannot run. Results until then are in the JSON file.
    pub fn run(&self, progress: &dyn Progress) -> Result<BenchReport, BenchError> {
        let chosen = self.chosen()?;
        let upstream = Upstream::here()?;
        let fit = Applicability::of(&self.mutants, |package, file| upstream.text(package, file));
        let packages = packages(&fit.mutants);
        let results = self.results(self.settings(&upstream, &packages)?)?;
        let is_todo = |mutant: &Mutant| {
            chosen.contains(mutant.id.as_str()) && !self.is_done(&results.known(mutant))
        };
        let todo: BTreeSet<usize> = (0..fit.mutants.len())
            .filter(|number| is_todo(fit.mutants[*number]))
            .collect();
        let mut unfit = fit.unfit;
        unfit.retain(|(mutant, _)| is_todo(mutant));
        progress.begin(todo.len() + unfit.len());
        for (mutant, why) in unfit {
            let report = results.put(MutantReport::new(mutant).invalid(why))?;
            progress.done(&report);
        }
        if !todo.is_empty() {
            let builder = Builder {
                upstream: &upstream,
                packages,
                edit_spans: fit.edit_spans,
                progress,
            };
            Scheduler {
                bench: self,
                mutants: fit.mutants,
                builder,
                results: &results,
            }
            .run(&todo)?;
        }
        results.close()
    }

    /// The results to be continued.
    fn results(&self, settings: Settings) -> Result<ResultLog, BenchError> {
        let report = match &self.resume {
            Some(path) => BenchReport::resume(path, &settings)?,
            None => BenchReport {
                settings,
                ..BenchReport::default()
            },
        };
        Ok(ResultLog::new(report, self.json.clone()))
    }

    fn is_done(&self, known: &MutantReport) -> bool {
        let fuzzed = self.fuzz_for.is_none() || known.fuzz.is_some();
        let tested = !self.upstream_tests || known.upstream_tests.is_some();
        !known.valid || (known.corpus.is_some() && fuzzed && tested)
    }

    /// The ids of the mutants to be run.
    fn chosen(&self) -> Result<BTreeSet<&str>, BenchError> {
        let ids = self.mutants.iter().map(|mutant| mutant.id.as_str());
        let all: BTreeSet<&str> = ids.collect();
        if self.only.is_empty() {
            return Ok(all);
        }
        let known = |id: &String| {
            let near = all
                .iter()
                .map(|known| (strsim::jaro_winkler(known, id), known));
            all.get(id.as_str())
                .copied()
                .ok_or_else(|| BenchError::UnknownMutant {
                    id: id.clone(),
                    nearest: near
                        .max_by(|one, other| one.0.total_cmp(&other.0))
                        .map(|(_, near)| (*near).to_owned()),
                })
        };
        self.only.iter().map(known).collect()
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
            program: program()?,
            crates,
            seed: self.seed,
            fuzz_s: self.fuzz_for.map(|time| time.as_secs_f64()),
        })
    }
}

/// The crates that are copied: the mutated ones, and those whose own tests are
/// run. The set does not depend on the chosen mutants, so a mutant is always
/// run in the same way.
fn packages(mutants: &[&Mutant]) -> BTreeSet<String> {
    let mutated = mutants.iter().map(|mutant| mutant.package.clone());
    test_workspace::packages()
        .map(str::to_owned)
        .chain(mutated)
        .collect()
}

/// A digest of the running program.
fn program() -> Result<String, BenchError> {
    let path = env::current_exe().map_err(BenchError::file("the running program"))?;
    let bytes = fs::read(&path).map_err(BenchError::file(&path))?;
    Ok(format!("{:016x}", xxh3_64(&bytes)))
}
