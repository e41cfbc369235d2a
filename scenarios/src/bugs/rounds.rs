//! Builds and trials, one batch after the other.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    thread,
};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    BenchError,
    batch::{Batch, batches},
    bench::Bench,
    control::{Control, ControlFuzz},
    ledger::{Ledger, lock},
    mutant::Mutant,
    process::processors,
    report::{Found, MutantReport},
    spot::Spot,
    suite::Suite,
    trial::Trial,
    yard::Yard,
};

/// The work of a bench.
pub(super) struct Rounds<'a> {
    pub(super) bench: &'a Bench,
    pub(super) yard: Yard<'a>,
    pub(super) ledger: &'a Ledger,
}

/// What trials are held against: a build with no mutant on.
struct Standard {
    control: Control,
    suite: Option<Suite>,
}

/// A build whose mutants are tried.
struct Round<'a> {
    program: PathBuf,
    /// Whether mutants are switched on as the program is run.
    is_switched: bool,
    /// The tests of the build.
    suite: Option<&'a Suite>,
    standard: &'a Standard,
}

impl Rounds<'_> {
    /// Tries the mutants that are not done.
    pub(super) fn run(&self, todo: &BTreeSet<usize>) -> Result<(), BenchError> {
        let spots = self.yard.spots.iter().map(Vec::as_slice);
        let pairs: Vec<(&Mutant, &[Spot])> = self.bench.mutants.iter().zip(spots).collect();
        let is_wanted = |batch: &&Batch| batch.mutants.iter().any(|number| todo.contains(number));
        let all = batches(&pairs);
        let Some((first, others)) = all.split_first() else {
            return Ok(());
        };
        // The first build is shared, and the control of all that are not.
        let standard = self.shared(first, todo)?;
        for batch in others.iter().filter(is_wanted) {
            if batch.is_switched {
                self.shared(batch, todo)?;
            } else {
                self.alone(batch.mutants[0], false, &standard)?;
            }
        }
        Ok(())
    }

    /// Builds a batch that is its own control, and tries its mutants.
    fn shared(&self, batch: &Batch, todo: &BTreeSet<usize>) -> Result<Standard, BenchError> {
        let name = &batch.name;
        let program = self.yard.program(name, &batch.mutants)?;
        let is_left_out = |number: &&usize| program.left_out.contains_key(number);
        let (left_out, valid): (Vec<usize>, Vec<usize>) =
            batch.mutants.iter().partition(is_left_out);
        let suite = match self.bench.upstream_tests {
            true => Some(self.suite(name, &valid)?),
            false => None,
        };
        let control = self.control(name, &program.path, suite.as_ref(), &valid)?;
        let standard = Standard { control, suite };
        let round = Round {
            program: program.path,
            is_switched: true,
            suite: standard.suite.as_ref(),
            standard: &standard,
        };
        let tried: Vec<usize> = valid
            .into_iter()
            .filter(|number| todo.contains(number))
            .collect();
        self.try_all(&round, &tried)?;
        // What the compiler complained about is built alone, so that no mutant
        // is called invalid for another's fault.
        for number in left_out {
            if todo.contains(&number) {
                self.alone(number, true, &standard)?;
            }
        }
        Ok(standard)
    }

    /// Builds the crates' own tests with mutants, and learns which are green with
    /// none of them on.
    fn suite(&self, name: &str, mutants: &[usize]) -> Result<Suite, BenchError> {
        let tests = self.yard.tests(name, mutants)?;
        for (number, why) in &tests.left_out {
            self.unfit(*number, why)?;
        }
        self.says(name, "the crates' own tests, with no mutant on");
        let built = tests.built;
        Suite::control(&built.executables, &built.crates, &self.yard.logs(name))
    }

    /// Builds a mutant alone, and tries it.
    fn alone(
        &self,
        number: usize,
        is_switched: bool,
        standard: &Standard,
    ) -> Result<(), BenchError> {
        let mutant = &self.bench.mutants[number];
        let program = match self.yard.program_with(&mutant.id, number)? {
            Ok(program) => program,
            Err(why) => return self.put(MutantReport::new(mutant).invalid(why)),
        };
        let mut suite = None;
        if let Some(control) = &standard.suite {
            match self.yard.tests_with(&mutant.id, number)? {
                Ok(built) => {
                    suite = Some(control.built_anew(&built.executables, &built.crates));
                }
                Err(why) => self.unfit(number, &why)?,
            }
        }
        let round = Round {
            program,
            is_switched,
            suite: suite.as_ref(),
            standard,
        };
        self.try_all(&round, &[number])
    }

    /// The crates' own tests do not compile on a mutant that does: whoever had made
    /// the mistake would have noticed.
    fn unfit(&self, number: usize, why: &str) -> Result<(), BenchError> {
        let mut report = self.ledger.known(&self.bench.mutants[number]);
        let line = why.lines().next().unwrap_or_default();
        report.upstream_tests = Some(true);
        report.by_upstream_tests = Some(Found {
            violated: vec![format!("does not compile: {line}")],
            ..Found::default()
        });
        self.ledger.put(report)?;
        Ok(())
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
        let trial = |jobs| Trial {
            program,
            folder: self.yard.logs(build),
            mutant: None,
            seed: self.bench.seed,
            jobs,
        };
        let mut control = match self.ledger.control(build, &digest) {
            Some(control) => control,
            None => {
                self.says(build, "the corpus, with no mutant on");
                trial(processors()).control(build, digest)?
            }
        };
        control.tests = suite.map(Suite::tests).or(control.tests);
        if let (Some(time), None) = (self.bench.fuzz_for, &control.fuzz) {
            self.says(build, "fuzzing, with no mutant on");
            control.fuzz = Some(trial(self.share()).fuzz(time)?);
        }
        self.ledger.put_control(control.clone())?;
        self.yard.progress.control(&control);
        Ok(control)
    }

    /// Tries mutants of one build, several at a time.
    fn try_all(&self, round: &Round<'_>, mutants: &[usize]) -> Result<(), BenchError> {
        let queue = Mutex::new(mutants.iter());
        let outcome = Mutex::new(Ok(()));
        let next = || lock(&queue).next().copied();
        let work = || {
            while let Some(number) = next() {
                if lock(&outcome).is_err() {
                    return;
                }
                let done = self.try_one(round, number);
                if let Err(error) = done.and_then(|report| self.put(report)) {
                    *lock(&outcome) = Err(error);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.bench.jobs.max(1) {
                scope.spawn(work);
            }
        });
        outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_one(&self, round: &Round<'_>, number: usize) -> Result<MutantReport, BenchError> {
        let mutant = &self.bench.mutants[number];
        let control = &round.standard.control;
        let mut report = self.ledger.known(mutant);
        let trial = Trial {
            program: &round.program,
            folder: self.yard.logs(&mutant.id),
            mutant: round.is_switched.then_some(mutant.id.as_str()),
            seed: self.bench.seed,
            jobs: self.share(),
        };
        if report.corpus.is_none() {
            self.says(&mutant.id, "the corpus");
            report.by_corpus = trial.corpus(&mutant.package, control)?;
            report.corpus = Some(report.by_corpus.is_some());
        }
        if let (Some(suite), Some(standard), None) =
            (round.suite, &round.standard.suite, report.upstream_tests)
        {
            self.says(&mutant.id, "the crates' own tests");
            let logs = self.yard.logs(&mutant.id);
            report.by_upstream_tests = suite.run(&mutant.id, standard, &logs)?;
            report.upstream_tests = Some(report.by_upstream_tests.is_some());
        }
        if let (Some(time), None) = (self.bench.fuzz_for, report.fuzz) {
            self.says(&mutant.id, "fuzzing");
            let found = trial.fuzz(time)?.found;
            report.by_fuzz = found.filter(|found| is_news(found, control.fuzz.as_ref()));
            report.fuzz = Some(report.by_fuzz.is_some());
        }
        Ok(report)
    }

    fn put(&self, report: MutantReport) -> Result<(), BenchError> {
        let report = self.ledger.put(report)?;
        self.yard.progress.done(&report);
        Ok(())
    }

    fn says(&self, name: &str, what: &str) {
        self.yard.progress.says(format!("{name}: {what}"));
    }

    /// How many cases a program runs at a time, beside the others.
    fn share(&self) -> usize {
        (processors() / self.bench.jobs.max(1)).max(1)
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
