//! Pictures of a run: which are wanted, and making them at its end.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use indexmap::IndexSet;

use super::{
    error::SimError,
    failure::{End, Failure, ForPage},
    failure_report::RunSettings,
};
use crate::{
    check::Violation,
    net::{HostId, IdHash},
    recording::{Check, Mark, Outcome, Recorded},
    view::{self, Recording, Verdict, ViewError, ViewFormat},
    world::World,
};

/// The invariant that a panic violates.
const NO_PANIC: &str = "no-panic";

/// The pictures that a test wants of its run.
#[derive(Clone, Debug, Default)]
pub(super) struct Pictures {
    /// Made however the run ends.
    always: Vec<(ViewFormat, PathBuf)>,
    /// The folder for a page of a failure.
    failures: Option<PathBuf>,
    /// The name of the run, and what it is about.
    title: Option<(String, String)>,
    /// The command that runs it again.
    command: Option<String>,
    /// The test in which it runs.
    test: Option<String>,
    judge: Option<Judge>,
}

/// What a test says of a run that has ended with this failure, or with none.
#[derive(Clone)]
struct Judge(Arc<JudgeFn>);

type JudgeFn = dyn Fn(Option<&Failure>) -> Option<Verdict> + Send + Sync;

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Judge")
    }
}

impl Pictures {
    /// Those that the environment asks for.
    pub(super) fn wanted() -> Self {
        Pictures {
            failures: view::failures_folder(),
            ..Pictures::default()
        }
    }

    pub(super) fn add(&mut self, format: ViewFormat, path: PathBuf) {
        self.always.push((format, path));
    }

    pub(super) fn of_failures(&mut self, folder: Option<PathBuf>) {
        self.failures = folder;
    }

    pub(super) fn title(&mut self, name: String, about: String) {
        self.title = Some((name, about));
    }

    pub(super) fn judge(
        &mut self,
        judge: impl Fn(Option<&Failure>) -> Option<Verdict> + Send + Sync + 'static,
    ) {
        self.judge = Some(Judge(Arc::new(judge)));
    }

    fn verdict(&self, failure: Option<&Failure>) -> Option<Verdict> {
        let Judge(judge) = self.judge.as_ref()?;
        judge(failure)
    }

    /// Whether none is wanted.
    pub(super) fn is_empty(&self) -> bool {
        self.always.is_empty() && self.failures.is_none()
    }

    pub(super) fn command(&mut self, command: String) {
        self.command = Some(command);
    }

    /// Sets the name of the run to that of the present thread, unless the test has named
    /// it. Test runners name the thread of a test after it.
    pub(super) fn name_after_thread(&mut self) {
        let thread = thread::current();
        let name = thread.name();
        // A program, or a test runner that runs one test at a time, has the thread `main`.
        self.test = name.filter(|name| *name != "main").map(str::to_owned);
        let named = || (name.unwrap_or("run").to_owned(), String::new());
        self.title.get_or_insert_with(named);
    }

    /// How to run this again: a command, or the lines of a test.
    fn again(&self, settings: &RunSettings) -> String {
        let command = self.command.clone().or(settings.reproduce_with.clone());
        let test = || Some(format!("cargo test {}", self.test.as_ref()?));
        command
            .or_else(test)
            .unwrap_or_else(|| settings.builder_calls())
    }

    /// The files to write after a run with this outcome.
    fn files(&self, has_failed: bool) -> Vec<(ViewFormat, PathBuf)> {
        let mut files = self.always.clone();
        if let (Some(folder), true) = (&self.failures, has_failed) {
            let name = self.title.as_ref().map_or("run", |(name, _)| name);
            files.push((ViewFormat::Html, new_file(folder, name)));
        }
        files
    }
}

/// A file of a folder that no other run of this process writes.
fn new_file(folder: &Path, name: &str) -> PathBuf {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let safe = |char: char| char.is_ascii_alphanumeric() || "-_.".contains(char);
    let name = name.replace(|char| !safe(char), ".");
    let name = name.replace("..", ".");
    let path = folder.join(format!("{name}.html"));
    match path.exists() {
        false => path,
        true => {
            let number = WRITTEN.fetch_add(1, Ordering::Relaxed) + 2;
            folder.join(format!("{name}.{number}.html"))
        }
    }
}

/// Makes the pictures of a run that has ended. Returns their paths, and the errors of
/// those that could not be written.
pub(super) fn make(
    world: &World,
    settings: &RunSettings,
    end: &End,
    violations: &[Violation],
    failure: Option<&Failure>,
) -> Vec<Result<PathBuf, ViewError>> {
    let pictures = &settings.pictures;
    let files = pictures.files(failure.is_some());
    if files.is_empty() {
        return Vec::new();
    }
    let Some(recorded) = world.take_recorded() else {
        return Vec::new();
    };
    let recording = recording(world, recorded, settings, end, violations, failure);
    let written = files
        .into_iter()
        .map(|(format, path)| recording.write(format, &path).map(|()| path));
    written.collect()
}

fn recording(
    world: &World,
    recorded: Recorded,
    settings: &RunSettings,
    end: &End,
    violations: &[Violation],
    failure: Option<&Failure>,
) -> Recording {
    let trace = world.engine.journal(|journal| journal.take_kept());
    let (name, about) = settings.pictures.title.clone().unwrap_or_default();
    let mut checks: Vec<Check> = violations.iter().map(check).collect();
    let mut hosts: Vec<HostId> = violations
        .iter()
        .flat_map(|found| found.hosts.clone())
        .collect();
    if let Some(Failure::Body { error, .. }) = failure {
        let concerned = each_once(error.hosts(world));
        checks.push(of_test(&recorded.marks, concerned.clone(), error, world));
        hosts.extend(concerned);
    }
    let is_told = violations.iter().any(|found| found.invariant == NO_PANIC);
    if let Some(Failure::Panicked { panic, .. }) = failure.filter(|_| !is_told) {
        checks.push(Check {
            at: world.now(),
            since: None,
            step: None,
            invariant: NO_PANIC.to_owned(),
            kind: String::new(),
            hosts: panic.host.into_iter().collect(),
            expected: String::new(),
            seen: panic.to_string(),
        });
        hosts.extend(panic.host);
    }
    Recording {
        name,
        about,
        seed: Some(settings.seed),
        transport: Some(settings.transport),
        digest: Some(end.digest),
        reproduce: settings.pictures.again(settings),
        outcome: Outcome {
            passed: Some(failure.is_none()),
            verdict: settings.pictures.verdict(failure),
            report: failure.map_or(String::new(), |failure| ForPage(failure).to_string()),
            hosts: each_once(hosts),
        },
        end: world.now(),
        events: end.events,
        trace,
        messages: world.recorded_messages(),
        looks: recorded.looks,
        reads: recorded.reads,
        stores: recorded.stores,
        queries: recorded.queries,
        has_contents: true,
        disturbances: world.disturbances.borrow().all().to_vec(),
        modes: recorded.modes,
        faults: world.fault_report(),
        marks: recorded.marks,
        refused: recorded.refused,
        checks,
    }
}

/// The failure of the test itself: of the step that it has marked as failed, if it marks steps.
fn of_test(marks: &[Mark], hosts: Vec<HostId>, error: &SimError, world: &World) -> Check {
    let failed = marks.iter().enumerate().rev();
    let mut failed = failed.filter_map(|(index, mark)| Some((index, mark, mark.failed.as_ref()?)));
    let at = world.now();
    match failed.next() {
        Some((index, mark, failure)) => Check {
            at,
            since: Some(mark.at).filter(|since| *since < at),
            step: Some(index),
            invariant: format!("step {}: {}", index + 1, mark.text),
            kind: String::new(),
            hosts,
            expected: failure.expected.clone(),
            seen: failure.seen.clone(),
        },
        None => Check {
            at,
            since: None,
            step: None,
            invariant: "the test".to_owned(),
            kind: String::new(),
            hosts,
            expected: String::new(),
            seen: error.to_string(),
        },
    }
}

/// The hosts, in the order of their first occurrence.
fn each_once(hosts: Vec<HostId>) -> Vec<HostId> {
    let hosts: IndexSet<HostId, IdHash> = hosts.into_iter().collect();
    hosts.into_iter().collect()
}

fn check(violation: &Violation) -> Check {
    Check {
        at: violation.at,
        since: violation.since,
        step: None,
        invariant: violation.invariant.to_owned(),
        kind: violation.kind.to_owned(),
        hosts: violation.hosts.clone(),
        expected: violation.expected.to_string(),
        seen: violation.seen.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::check::Reporter;

    #[test]
    fn a_check_of_a_picture_says_from_when_it_counts() {
        let at = |secs: u64| VirtualInstant::from_nanos(secs * 1_000_000_000);
        let mut report = Reporter::default();
        report.violated("leaked").since(at(2)).seen("a connection");
        let findings = report.take();
        let since: Vec<_> = findings
            .map(|finding| check(&Violation::new("leaks", "", at(3), finding)).since)
            .collect();
        assert_eq!(since, [Some(at(2))]);
    }
}
