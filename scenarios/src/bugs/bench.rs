//! The order of the bench's work.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use indexmap::IndexMap;
use xxhash_rust::xxh3::xxh3_64;

use super::{
    BenchError,
    batch::{Batch, batches},
    cargo::Executable,
    compile::{Builder, Numbered},
    mutant::Mutant,
    process::processors,
    report::{BenchReport, Control, ControlFuzz, Found, MutantReport, Settings},
    spot::{Spot, spots},
    suite::{self, Suite},
    trial::Trial,
    upstream::Upstream,
    workshop::{Kind, Workshop},
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

/// What a batch has come to.
struct Round<'a> {
    batch: &'a Batch,
    program: PathBuf,
    /// The tests of the batch.
    suite: Option<&'a Suite>,
}

/// The crates' own tests on a build.
struct Tests {
    executables: Vec<Executable>,
    /// Why a mutant had to be left out, if one had.
    left_out: Option<String>,
}

/// The parts of the bench that last as long as its work.
struct Work<'a> {
    bench: &'a Bench,
    upstream: &'a Upstream,
    packages: BTreeSet<String>,
    spots: Vec<Vec<Spot>>,
    report: Mutex<BenchReport>,
    progress: &'a dyn Progress,
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
        let work = Work {
            bench: self,
            upstream: &upstream,
            packages,
            spots,
            report: Mutex::new(report),
            progress,
        };
        let todo: BTreeSet<usize> = chosen
            .into_iter()
            .filter(|number| !work.is_done(&self.mutants[*number]))
            .collect();
        progress.begin(todo.len());
        if !todo.is_empty() {
            work.all(&todo)?;
        }
        work.write()?;
        Ok(work
            .report
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner))
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

impl Work<'_> {
    fn all(&self, todo: &BTreeSet<usize>) -> Result<(), BenchError> {
        let pairs: Vec<(&Mutant, &[Spot])> = self
            .bench
            .mutants
            .iter()
            .zip(self.spots.iter().map(Vec::as_slice))
            .collect();
        let mut batches = batches(&pairs);
        let mut plain = batches.split_off(
            batches
                .iter()
                .position(|batch| !batch.is_switched)
                .unwrap_or(batches.len()),
        );
        let is_wanted = |batch: &Batch| batch.mutants.iter().any(|number| todo.contains(number));
        plain.retain(is_wanted);
        // The first shared build is the control of all plain mutants.
        let mut first: Option<(Control, Option<Suite>)> = None;
        for batch in &batches {
            if first.is_some() && !is_wanted(batch) {
                continue;
            }
            let (control, suite) = self.shared(batch, todo)?;
            first.get_or_insert((control, suite));
        }
        let Some((control, suite)) = first else {
            return Ok(());
        };
        for batch in &plain {
            self.plain(batch, &control, suite.as_ref())?;
        }
        Ok(())
    }

    /// Builds a batch that is its own control, and tries its mutants.
    fn shared(
        &self,
        batch: &Batch,
        todo: &BTreeSet<usize>,
    ) -> Result<(Control, Option<Suite>), BenchError> {
        let numbered = self.numbered(&batch.mutants);
        let (program, left_out) = self.program(&batch.name, &batch.name, &numbered)?;
        let valid: Vec<usize> = batch
            .mutants
            .iter()
            .copied()
            .filter(|number| !left_out.contains_key(number))
            .collect();
        let tests = self.tests(&batch.name, &self.numbered(&valid))?;
        let suite = match &tests {
            Some(Tests { executables, .. }) => {
                self.progress
                    .says(format!("{}: its own tests, with no mutant on", batch.name));
                Some(Suite::control(
                    executables,
                    &self.workshop(Kind::Tests, &batch.name).crates(),
                    &self.logs(&batch.name),
                )?)
            }
            None => None,
        };
        let control = self.control(&batch.name, &program, suite.as_ref(), &valid)?;
        let round = Round {
            batch,
            program,
            suite: suite.as_ref(),
        };
        let tried: Vec<usize> = valid
            .into_iter()
            .filter(|number| todo.contains(number))
            .collect();
        self.try_out(&round, &tried, &control, suite.as_ref())?;
        // What the compiler complained about is built alone, so that no mutant
        // is called invalid for another's fault.
        for number in left_out.into_keys().filter(|number| todo.contains(number)) {
            let alone = Batch {
                name: self.bench.mutants[number].id.clone(),
                mutants: vec![number],
                is_switched: true,
            };
            self.plain(&alone, &control, suite.as_ref())?;
        }
        Ok((control, suite))
    }

    /// Builds a mutant alone, and tries it.
    fn plain(
        &self,
        batch: &Batch,
        control: &Control,
        suite: Option<&Suite>,
    ) -> Result<(), BenchError> {
        let numbered = self.numbered(&batch.mutants);
        let (program, left_out) = self.program("plain", &batch.name, &numbered)?;
        if let Some((number, why)) = left_out.into_iter().next() {
            let mutant = &self.bench.mutants[number];
            return self.put(MutantReport::new(mutant).invalid(why));
        }
        let built = match suite {
            Some(_) => self.tests("plain", &numbered)?,
            None => None,
        };
        let anew = match (built, suite) {
            (
                Some(Tests {
                    left_out: Some(why),
                    ..
                }),
                _,
            ) => {
                self.note(batch.mutants[0], |report| {
                    report.upstream_tests = Some(true);
                    report.by_upstream_tests = Some(Found {
                        violated: vec![format!("does not compile: {}", first_line(&why))],
                        ..Found::default()
                    });
                });
                None
            }
            (Some(Tests { executables, .. }), Some(suite)) => {
                let crates = self.workshop(Kind::Tests, "plain").crates();
                Some(suite.built_anew(&executables, &crates))
            }
            _ => None,
        };
        let round = Round {
            batch,
            program,
            suite: anew.as_ref(),
        };
        self.try_out(&round, &batch.mutants, control, suite)
    }

    fn control(
        &self,
        build: &str,
        program: &Path,
        suite: Option<&Suite>,
        mutants: &[usize],
    ) -> Result<Control, BenchError> {
        let digests: Vec<String> = mutants
            .iter()
            .map(|number| self.bench.mutants[*number].digest())
            .collect();
        let digest = format!("{:016x}", xxh3_64(digests.join(" ").as_bytes()));
        let trial = Trial {
            program,
            folder: self.logs(build),
            mutant: None,
            seed: self.bench.seed,
            jobs: processors(),
        };
        let earlier = self.with_report(|report| {
            let mut controls = report.controls.iter();
            controls
                .find(|control| control.build == build && control.digest == digest)
                .cloned()
        });
        let mut control = match earlier {
            Some(control) => control,
            None => {
                self.progress
                    .says(format!("{build}: the corpus, with no mutant on"));
                trial.control(build, digest)?
            }
        };
        control.tests = suite.map(Suite::tests).or(control.tests);
        if let (Some(time), None) = (self.bench.fuzz_for, &control.fuzz) {
            self.progress
                .says(format!("{build}: fuzzing, with no mutant on"));
            control.fuzz = Some(
                Trial {
                    jobs: self.share(),
                    ..trial
                }
                .fuzz(time)?,
            );
        }
        self.with_report(|report| {
            report.controls.retain(|other| other.build != build);
            report.controls.push(control.clone());
        });
        self.write()?;
        self.progress.control(&control);
        Ok(control)
    }

    /// Tries mutants of one build, several at a time.
    fn try_out(
        &self,
        round: &Round<'_>,
        mutants: &[usize],
        control: &Control,
        suite: Option<&Suite>,
    ) -> Result<(), BenchError> {
        let queue = Mutex::new(mutants.iter());
        let failed = Mutex::new(Ok(()));
        thread::scope(|scope| {
            for _ in 0..self.bench.jobs.max(1) {
                scope.spawn(|| {
                    loop {
                        let next = lock(&queue).next().copied();
                        let Some(number) = next.filter(|_| lock(&failed).is_ok()) else {
                            return;
                        };
                        let done = self
                            .try_one(round, number, control, suite)
                            .and_then(|report| self.put(report));
                        if let Err(error) = done {
                            *lock(&failed) = Err(error);
                        }
                    }
                });
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_one(
        &self,
        round: &Round<'_>,
        number: usize,
        control: &Control,
        suite: Option<&Suite>,
    ) -> Result<MutantReport, BenchError> {
        let mutant = &self.bench.mutants[number];
        let mut report = self
            .with_report(|report| report.earlier(mutant).cloned())
            .unwrap_or_else(|| MutantReport::new(mutant));
        let trial = Trial {
            program: &round.program,
            folder: self.logs(&mutant.id),
            mutant: round.batch.is_switched.then_some(mutant.id.as_str()),
            seed: self.bench.seed,
            jobs: self.share(),
        };
        let says = |what: &str| self.progress.says(format!("{}: {what}", mutant.id));
        if report.corpus.is_none() {
            says("corpus");
            report.by_corpus = trial.corpus(&mutant.package, control)?;
            report.corpus = Some(report.by_corpus.is_some());
        }
        if let (Some(round), Some(suite), None) = (round.suite, suite, report.upstream_tests) {
            says("the crates' own tests");
            report.by_upstream_tests = round.run(&mutant.id, suite, &self.logs(&mutant.id))?;
            report.upstream_tests = Some(report.by_upstream_tests.is_some());
        }
        if let (Some(time), None) = (self.bench.fuzz_for, report.fuzz) {
            says("fuzzing");
            let found = trial.fuzz(time)?.found;
            report.by_fuzz = found.filter(|found| is_news(found, control.fuzz.as_ref()));
            report.fuzz = Some(report.by_fuzz.is_some());
        }
        Ok(report)
    }

    /// Builds the program with mutants: returns it, and those that do not
    /// compile.
    fn program(
        &self,
        workshop: &str,
        name: &str,
        mutants: &Numbered<'_>,
    ) -> Result<(PathBuf, BTreeMap<usize, String>), BenchError> {
        self.progress.says(format!("{name}: building"));
        let built = self.build(Kind::Program, workshop, &["build", "--release"], mutants)?;
        let [executable] = built.executables.as_slice() else {
            return Err(BenchError::Workspace(
                "cargo has built no program".to_owned(),
            ));
        };
        let program = self.upstream.folder.join("bin").join(name);
        if let Some(folder) = program.parent() {
            std::fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
        }
        // A program that runs cannot be written to, but replaced.
        let _ = std::fs::remove_file(&program);
        std::fs::copy(&executable.path, &program).map_err(BenchError::file(&program))?;
        Ok((program, built.left_out))
    }

    /// Builds the crates' own tests with mutants, if they are wanted.
    fn tests(&self, name: &str, mutants: &Numbered<'_>) -> Result<Option<Tests>, BenchError> {
        if !self.bench.upstream_tests {
            return Ok(None);
        }
        self.progress
            .says(format!("{name}: building its own tests"));
        let built = self.build(Kind::Tests, name, &suite::BUILD, mutants)?;
        Ok(Some(Tests {
            executables: built.executables,
            left_out: built.left_out.into_values().next(),
        }))
    }

    fn build(
        &self,
        kind: Kind,
        workshop: &str,
        arguments: &[&str],
        mutants: &Numbered<'_>,
    ) -> Result<super::compile::Built, BenchError> {
        let said = |what: String| self.progress.says(format!("{workshop}: built {what}"));
        Builder {
            upstream: self.upstream,
            workshop: &self.workshop(kind, workshop),
            arguments,
            said: &said,
        }
        .build(mutants)
    }

    fn workshop(&self, kind: Kind, name: &str) -> Workshop<'_> {
        Workshop::new(self.upstream, &self.packages, kind, name)
    }

    fn numbered(&self, mutants: &[usize]) -> Numbered<'_> {
        mutants
            .iter()
            .map(|number| (*number, self.spots[*number].as_slice()))
            .collect()
    }

    /// Where runs of this name leave what they write.
    fn logs(&self, name: &str) -> PathBuf {
        self.upstream.folder.join("runs").join(name)
    }

    /// How many cases a program runs at a time, beside the others.
    fn share(&self) -> usize {
        (processors() / self.bench.jobs.max(1)).max(1)
    }

    fn is_done(&self, mutant: &Mutant) -> bool {
        self.with_report(|report| {
            report.earlier(mutant).is_some_and(|known| {
                let fuzzed = self.bench.fuzz_for.is_none() || known.fuzz.is_some();
                let tested = !self.bench.upstream_tests || known.upstream_tests.is_some();
                !known.valid || (known.corpus.is_some() && fuzzed && tested)
            })
        })
    }

    fn note(&self, number: usize, change: impl FnOnce(&mut MutantReport)) {
        let mutant = &self.bench.mutants[number];
        self.with_report(|report| {
            let mut known = report
                .earlier(mutant)
                .cloned()
                .unwrap_or_else(|| MutantReport::new(mutant));
            change(&mut known);
            report.put(known);
        });
    }

    fn put(&self, result: MutantReport) -> Result<(), BenchError> {
        let id = result.id.clone();
        let settled = self.with_report(|report| {
            report.put(result);
            report.mutants.iter().find(|known| known.id == id).cloned()
        });
        self.write()?;
        if let Some(settled) = settled {
            self.progress.done(&settled);
        }
        Ok(())
    }

    fn with_report<T>(&self, look: impl FnOnce(&mut BenchReport) -> T) -> T {
        look(&mut lock(&self.report))
    }

    fn write(&self) -> Result<(), BenchError> {
        match &self.bench.json {
            Some(path) => self.with_report(|report| report.write(path)),
            None => Ok(()),
        }
    }
}

/// Whether fuzzing has found something before the control did, if it did.
fn is_news(found: &Found, control: Option<&ControlFuzz>) -> bool {
    let known = control.and_then(|control| control.found.as_ref());
    match known {
        None => true,
        Some(known) => found.cases.is_none() || found.cases < known.cases,
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
