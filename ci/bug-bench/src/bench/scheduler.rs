//! Builds and runs the mutants, one batch after the other.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Mutex, PoisonError},
    thread,
};

use xxhash_rust::xxh3::xxh3_64;

use super::Bench;
use crate::{
    batch::{Batch, batches},
    builder::Builder,
    control::{Control, ControlFuzz},
    edit_span::EditSpan,
    error::BenchError,
    found::Found,
    mutant::Mutant,
    process::processors,
    report::MutantReport,
    result_log::{ResultLog, lock},
    suite::Suite,
    trial::MutantRun,
};

/// The work of a bench.
pub(crate) struct Scheduler<'a> {
    pub(crate) bench: &'a Bench,
    /// The applicable mutants, by number.
    pub(crate) mutants: Vec<&'a Mutant>,
    pub(crate) builder: Builder<'a>,
    pub(crate) results: &'a ResultLog,
}

/// The baseline of the runs: a build without an active mutant.
struct Standard {
    control: Control,
    suite: Option<Suite>,
}

/// A build whose mutants are run.
struct Round<'a> {
    program: &'a Path,
    /// Whether mutants are activated at run time.
    is_switched: bool,
    /// The crates' own tests, built with its mutants.
    suite: Option<&'a Suite>,
    standard: &'a Standard,
}

impl Scheduler<'_> {
    /// Runs the mutants that have no results yet.
    pub(crate) fn run(&self, todo: &BTreeSet<usize>) -> Result<(), BenchError> {
        let edit_spans = self.builder.edit_spans.iter().map(Vec::as_slice);
        let pairs: Vec<(&Mutant, &[EditSpan])> =
            self.mutants.iter().copied().zip(edit_spans).collect();
        let is_wanted = |batch: &Batch| batch.mutants.iter().any(|number| todo.contains(number));
        let all = batches(&pairs);
        let Some((first, others)) = all.split_first() else {
            return Ok(());
        };
        let (shared, plain): (Vec<&Batch>, Vec<&Batch>) = others
            .iter()
            .filter(|batch| is_wanted(batch))
            .partition(|batch| batch.is_switched);
        // The first build is shared, and is the control of all builds that are
        // not.
        if is_wanted(first) || !plain.is_empty() {
            let alone = plain.iter().flat_map(|batch| &batch.mutants);
            let stands_for = first.mutants.iter().chain(alone).copied().collect();
            let standard = self.shared(first, todo, &stands_for)?;
            for batch in plain {
                self.alone(batch.mutants[0], false, &standard)?;
            }
        }
        for batch in shared {
            self.shared(batch, todo, &batch.mutants.iter().copied().collect())?;
        }
        Ok(())
    }

    /// Builds a batch that is its own control and that of all plain mutants,
    /// and runs its mutants.
    fn shared(
        &self,
        batch: &Batch,
        todo: &BTreeSet<usize>,
        stands_for: &BTreeSet<usize>,
    ) -> Result<Standard, BenchError> {
        let name = &batch.name;
        let program = self.builder.program(name, &batch.mutants)?;
        let is_left_out = |number: &&usize| program.left_out.contains_key(number);
        let (left_out, valid): (Vec<usize>, Vec<usize>) =
            batch.mutants.iter().partition(is_left_out);
        let (suite, untested) = match self.has_untested(todo.intersection(stands_for)) {
            true => {
                let (suite, untested) = self.suite(name, &valid)?;
                (Some(suite), untested)
            }
            false => (None, BTreeSet::new()),
        };
        let control = self.control(name, &program.path, suite.as_ref(), &valid)?;
        let standard = Standard { control, suite };
        let round = Round {
            program: &program.path,
            is_switched: true,
            suite: standard.suite.as_ref(),
            standard: &standard,
        };
        let (apart, together): (Vec<usize>, Vec<usize>) = valid
            .into_iter()
            .filter(|number| todo.contains(number))
            .partition(|number| untested.contains(number));
        self.try_all(&round, &together)?;
        // A mutant with a compile error is built alone, so that no mutant is blamed
        // for the error of another.
        for number in apart {
            self.tested_alone(number, &program.path, true, &standard)?;
        }
        for number in left_out {
            if todo.contains(&number) {
                self.alone(number, true, &standard)?;
            }
        }
        Ok(standard)
    }

    /// Whether the crates' own tests still have to be run with one of these
    /// mutants.
    fn has_untested<'a>(&self, mut todo: impl Iterator<Item = &'a usize>) -> bool {
        let is_untested = |number: &'a usize| {
            let known = self.results.known(self.mutants[*number]);
            known.upstream_tests.is_none()
        };
        self.bench.upstream_tests && todo.any(is_untested)
    }

    /// Builds the crates' own tests with mutants, and determines which of them
    /// pass without an active mutant. Also returns the mutants that had to be
    /// left out for the rest to compile.
    fn suite(&self, name: &str, mutants: &[usize]) -> Result<(Suite, BTreeSet<usize>), BenchError> {
        let tests = self.builder.tests(name, mutants)?;
        self.says(name, "the crates' own tests, with no mutant on");
        let built = tests.built;
        let suite = Suite::control(&built.executables, &built.crates, &self.builder.logs(name))?;
        Ok((suite, tests.left_out.into_keys().collect()))
    }

    /// Builds a mutant alone, and runs it.
    fn alone(
        &self,
        number: usize,
        is_switched: bool,
        standard: &Standard,
    ) -> Result<(), BenchError> {
        let mutant = self.mutants[number];
        match self.builder.program_with(&mutant.id, number)? {
            Ok(program) => self.tested_alone(number, &program, is_switched, standard),
            Err(why) => {
                let why = format!("does not compile: {why}");
                self.put(MutantReport::new(mutant).invalid(why))
            }
        }
    }

    /// Runs a mutant, with the crates' own tests built for it alone.
    fn tested_alone(
        &self,
        number: usize,
        program: &Path,
        is_switched: bool,
        standard: &Standard,
    ) -> Result<(), BenchError> {
        let suite = match &standard.suite {
            Some(control) => self.suite_with(number, control)?,
            None => None,
        };
        let round = Round {
            program,
            is_switched,
            suite: suite.as_ref(),
            standard,
        };
        self.try_all(&round, &[number])
    }

    /// The crates' own tests, built with one mutant. `None` if the mutant already has
    /// results for them. A compile error of the tests counts as a result: the author
    /// of the bug would have noticed it.
    fn suite_with(&self, number: usize, control: &Suite) -> Result<Option<Suite>, BenchError> {
        let mutant = self.mutants[number];
        let mut report = self.results.known(mutant);
        if report.upstream_tests.is_some() {
            return Ok(None);
        }
        let why = match self.builder.tests_with(&mutant.id, number)? {
            Ok(built) => return Ok(Some(control.built_anew(&built.executables, &built.crates))),
            Err(why) => why,
        };
        report.upstream_tests = Some(true);
        report.by_upstream_tests = Some(does_not_compile(mutant, &why));
        self.results.put(report)?;
        Ok(None)
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
            .map(|number| self.mutants[*number].digest())
            .collect();
        let digest = format!("{:016x}", xxh3_64(digests.join(" ").as_bytes()));
        let trial = |jobs| MutantRun {
            program,
            folder: self.builder.logs(build),
            mutant: None,
            seed: self.bench.seed,
            jobs,
        };
        let mut control = match self.results.control(build, &digest) {
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
        self.results.put_control(control.clone())?;
        self.builder.progress.control(&control);
        Ok(control)
    }

    /// Runs the mutants of one build in parallel.
    #[expect(clippy::disallowed_methods, reason = "runs programs, not simulations")]
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
        let mutant = self.mutants[number];
        let control = &round.standard.control;
        let mut report = self.results.known(mutant);
        let trial = MutantRun {
            program: round.program,
            folder: self.builder.logs(&mutant.id),
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
            let logs = self.builder.logs(&mutant.id);
            report.by_upstream_tests = suite.run(&mutant.id, &mutant.package, standard, &logs)?;
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
        let report = self.results.put(report)?;
        self.builder.progress.done(&report);
        Ok(())
    }

    fn says(&self, name: &str, what: &str) {
        self.builder.progress.says(format!("{name}: {what}"));
    }

    /// How many cases a program may run in parallel, given the other running
    /// programs.
    fn share(&self) -> usize {
        (processors() / self.bench.jobs.max(1)).max(1)
    }
}

/// The result for a mutant on which the crates' own tests do not compile. The
/// crate itself compiles, so the tests detect the mutant.
fn does_not_compile(mutant: &Mutant, why: &str) -> Found {
    let line = why.lines().next().unwrap_or_default();
    Found {
        package: Some(mutant.package.clone()),
        violated: vec![format!("does not compile: {line}")],
        ..Found::default()
    }
}

/// Whether fuzzing found a failure earlier than the control did.
fn is_news(found: &Found, control: Option<&ControlFuzz>) -> bool {
    let known = control.and_then(|control| control.found.as_ref());
    match known {
        None => true,
        Some(known) => found.cases.is_none() || found.cases < known.cases,
    }
}
