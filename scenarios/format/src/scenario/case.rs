//! A scenario on one stack and one transport: a run, and its verdict.
//!
//! Responsible for comparing the outcome of a run with the expectation. It must not
//! know how steps are executed.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dht_harness::{
    Release, TransportKind,
    sim::{End, Failure, panic_text},
    view::{ViewFormat, failures_folder},
};
use indexmap::IndexSet;

use super::{Body, REGRESSIONS, Scenario};
use crate::{
    again::again_command,
    expect::{Expect, ExpectedDifference, KnownOutcome, are_caught, listed},
    file::{ScenarioFile, is_like},
    known::{known_failures, signature_of},
    runner::{Attempt, reproduction},
    setting::{RunFiles, Setting},
    signature::{FailureSignature, RunFailure, ViolationPattern},
    step_failure::StepFailure,
    verdict::{CaseFailure, CaseReport, MayBe, Verdict},
};

/// A scenario on one stack and one transport.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The stack.
    pub stack: &'a str,
    /// The expected outcome.
    pub expect: &'a Expect,
    /// The transport.
    pub transport: TransportKind,
}

impl Case<'_> {
    /// The path: the name of the scenario, the stack and the transport.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.scenario.name, self.stack, self.transport)
    }

    /// The path as the name of a file without an extension: dots for the slashes.
    pub fn file_name(&self) -> String {
        Case::file_name_of(&self.path())
    }

    /// As [`file_name`](Self::file_name), for the path of a case. A dot in it is written
    /// `%2E`, so that no two paths have one name.
    pub fn file_name_of(path: &str) -> String {
        path.replace('%', "%25")
            .replace('.', "%2E")
            .replace('/', ".")
    }

    /// The page of the case in a folder of pages.
    pub fn page_in(&self, folder: &Path) -> PathBuf {
        folder.join(format!("{}.html", self.file_name()))
    }

    /// Runs the case with a seed. A failure that fuzzing has found and kept runs with its
    /// own seed only.
    ///
    /// If the case fails, and the environment
    /// [wants a picture](dht_harness::view::failures_folder), it is run again for one.
    ///
    /// A panic in the scenario's own code, for example by `assert!`, counts as a
    /// failure.
    pub fn run(&self, seed: u64) -> CaseReport {
        let report = self.run_writing(seed, RunFiles::default());
        match failures_folder() {
            Some(folder) if !report.verdict.is_ok() => {
                self.view_failure(seed, report, self.page_in(&folder), again_command())
            }
            _ => report,
        }
    }

    /// Runs a case that has failed again, for this page, which shows `command` for running it
    /// once more. Returns its report, which names the page. A file that could not be read has no
    /// picture.
    pub fn view_failure(
        &self,
        seed: u64,
        failed: CaseReport,
        page: PathBuf,
        command: Option<String>,
    ) -> CaseReport {
        if self.scenario.is_unreadable() {
            return failed;
        }
        let picture = Some((ViewFormat::Html, page));
        self.run_writing(
            seed,
            RunFiles {
                picture,
                trace: None,
                command,
            },
        )
    }

    /// Like [`run`](Self::run), and writes these files. No further picture is made.
    pub fn run_writing(&self, seed: u64, files: RunFiles) -> CaseReport {
        let run = || self.run_unguarded(seed, files);
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            let failure = format!("the scenario's own code panicked: {}", panic_text(&*panic));
            CaseReport::failed(self.path(), failure)
        })
    }

    /// The setting of a run with this seed.
    pub(super) fn setting(&self, seed: u64, files: RunFiles) -> Setting {
        // A failure that was found is the run of one seed: under another its file says
        // nothing about whether the failure still occurs.
        let is_found = (self.scenario.file.as_ref()).is_some_and(|file| file.found.is_some());
        Setting {
            name: self.path(),
            about: self.scenario.about.clone(),
            stack: self.stack.to_owned(),
            expect: self.expect.clone(),
            transport: self.transport,
            seed: if is_found { 0 } else { seed },
            schedule: self.scenario.schedule,
            files,
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the real time that a run takes")]
    fn run_unguarded(&self, seed: u64, files: RunFiles) -> CaseReport {
        if let Some(problems) = &self.scenario.unreadable {
            let verdict = self.judge_unreadable(problems);
            return CaseReport {
                report: verdict.failure().map(str::to_owned),
                verdict,
                violated: vec![CaseFailure::Run {
                    cause: RunFailure::Impossible.name().to_owned(),
                    says: problems.clone(),
                }],
                ..CaseReport::failed(self.path(), String::new())
            };
        }
        let picture = files.picture.as_ref().map(|(_, path)| path.clone());
        let setting = self.setting(seed, files);
        let start = Instant::now();
        let file = self.scenario.file.as_deref();
        let attempt = match &self.scenario.body {
            Body::Code(code) => Attempt::of(code(&setting)),
            Body::File(runner) => {
                let steps = file.map_or(&[][..], |file| &file.steps);
                runner.run(&setting, self.expect.may_fail(steps))
            }
        };
        let mut verdict = self.judge(&attempt);
        if let (Verdict::UnexpectedPass(text), Some(end)) = (&mut verdict, end_of(&attempt)) {
            text.push_str(&format!("\n{}", self.reproduction(&setting, end)));
        }
        let is_shown = match &attempt.outcome {
            Ok(_) => true,
            Err(failure) => failure.end().is_some(),
        };
        let wall = start.elapsed();
        let end = end_of(&attempt).copied();
        CaseReport {
            name: self.path(),
            violated: self.violated(&verdict, &attempt),
            expected: verdict.expected().map(str::to_owned).collect(),
            report: verdict.failure().map(str::to_owned),
            may_be: self.may_be(&verdict, &attempt),
            unfired_faults: attempt.unfired,
            idle: {
                let idle = file.map_or(Vec::new(), ScenarioFile::idle);
                let of_run = attempt.unasked.into_iter().chain(attempt.unread);
                idle.into_iter().chain(of_run).collect()
            },
            picture: picture.filter(|_| is_shown),
            verdict,
            steps: file.map(|file| file.steps.len() + file.faults.len()),
            hosts: file.map(ScenarioFile::size),
            virtual_time: end.as_ref().map_or(Duration::ZERO, |end| end.virtual_time),
            wall,
            events: end.as_ref().map_or(0, |end| end.events),
            digest: end.map(|end| end.digest),
        }
    }

    /// The run, and how to repeat it, as the report of a failure says it.
    fn reproduction(&self, setting: &Setting, end: &End) -> String {
        let file = self.scenario.file.as_deref();
        let seed = setting.seed.wrapping_add(file.map_or(0, |file| file.seed));
        let again = match file {
            Some(file) => reproduction(file, setting),
            None => format!("scenario {} with {setting}", self.scenario.name),
        };
        let run = end.of_run(seed, setting.transport, setting.schedule);
        format!("{run}\nreproduce: {again}")
    }

    /// The known defects of libp2p that show as one of the unexpected violations, and the known
    /// failures as which the step can fail that has ended the run.
    fn may_be(&self, verdict: &Verdict, attempt: &Attempt) -> Vec<MayBe> {
        let (Verdict::Failed(_), Err(failure)) = (verdict, &attempt.outcome) else {
            return Vec::new();
        };
        let violations = failure.violations().iter();
        let unexpected = violations.filter(|violation| {
            let mut known = self.known().iter();
            !known.any(|known| known.describes(violation))
        });
        let seen: IndexSet<_> = unexpected.map(ViolationPattern::of).collect();
        let seen = seen.into_iter().map(FailureSignature::Invariant);
        seen.flat_map(|shows_as| {
            let defects = known_failures().iter().filter(|known| known.is_defect());
            let shown = defects.filter(|known| known.at.contains(&shows_as));
            let may_be = shown.map(|known| MayBe {
                id: known.id.clone(),
                about: known.about.clone(),
                shows_as: shows_as.clone(),
            });
            may_be.collect::<Vec<_>>()
        })
        .chain(self.step_may_be(failure))
        .collect()
    }

    /// The known failures as which the step can fail that has ended a run: those whose causes the
    /// file contains before it.
    fn step_may_be(&self, failure: &Failure) -> Vec<MayBe> {
        let Failure::Body { error, .. } = failure else {
            return Vec::new();
        };
        let (Some(failed), Some(file)) = (StepFailure::of(error), &self.scenario.file) else {
            return Vec::new();
        };
        let shows_as = signature_of(&failed.step);
        let is_of_it = |stacks: &[String]| {
            let mut own = file.hosts.iter().filter_map(|group| group.stack.as_deref());
            let is_one = |stack: &str| stacks.iter().any(|of| of == stack);
            stacks.is_empty() || is_one(self.stack) || own.any(is_one)
        };
        let known = known_failures().iter().filter(|known| {
            known.is_of_libp2p()
                && !known.at.is_empty()
                && known.shows_as(&shows_as)
                && known.libp2p.include(Release::BUILT)
                && is_of_it(&known.stacks)
                && is_like(file, known, failed.index)
        });
        let may_be = known.map(|known| MayBe {
            id: known.id.clone(),
            about: known.about.clone(),
            shows_as: shows_as.clone(),
        });
        may_be.collect()
    }

    /// The failures that make the case fail, in a form for programs.
    fn violated(&self, verdict: &Verdict, attempt: &Attempt) -> Vec<CaseFailure> {
        let known = self.known();
        match (verdict, &attempt.outcome) {
            (Verdict::Passed | Verdict::AsExpected(_), _) => Vec::new(),
            (Verdict::UnexpectedPass(_), _) => known
                .iter()
                .map(|known| CaseFailure::UnexpectedPass {
                    id: known.id.clone(),
                    expected: known.wrong.to_string(),
                })
                .collect(),
            (Verdict::Failed(report), Ok(_)) => vec![CaseFailure::Run {
                cause: ERROR.to_owned(),
                says: report.clone(),
            }],
            (Verdict::Failed(_), Err(failure)) => {
                let violations = failure.violations().iter();
                let mut list: Vec<CaseFailure> = violations
                    .filter(|violation| !known.iter().any(|known| known.describes(violation)))
                    .map(|violation| CaseFailure::Violation {
                        invariant: violation.invariant.to_owned(),
                        kind: violation.kind.to_owned(),
                        expected: violation.expected.to_string(),
                        reason: violation.seen.to_string(),
                        hosts: violation.names.clone(),
                        faults: owned(&violation.faults),
                        at: violation.at.as_nanos(),
                    })
                    .collect();
                list.extend(ending(failure));
                list
            }
        }
    }

    /// The failures that are expected.
    fn known(&self) -> &[ExpectedDifference] {
        match self.expect {
            Expect::Known(known) => known,
            _ => &[],
        }
    }

    fn judge(&self, attempt: &Attempt) -> Verdict {
        match (self.expect, &attempt.outcome) {
            (Expect::Pass, Ok(_)) => Verdict::Passed,
            (Expect::Pass, Err(failure)) => Verdict::Failed(failure.to_string()),
            (Expect::Known(known), _) => self.judge_known(known, attempt),
            (Expect::Found(signature), _) => self.judge_found(signature, attempt),
            (Expect::Caught { invariants }, Ok(_)) => Verdict::Failed(format!(
                "`violates` says that the run violates {}, and it has violated nothing: add steps that \
                 show the mistake, choose a stack that has it, or remove `violates`",
                listed(invariants)
            )),
            (Expect::Caught { invariants }, Err(failure)) => {
                match are_caught(invariants, failure) {
                    true => Verdict::AsExpected(listed(invariants)),
                    false => Verdict::Failed(failure.to_string()),
                }
            }
        }
    }

    /// A kept failure whose file is invalid tests nothing.
    fn judge_unreadable(&self, problems: &str) -> Verdict {
        if self.scenario.name.starts_with(REGRESSIONS) {
            return Verdict::UnexpectedPass(format!(
                "the file of this kept failure is invalid: correct it, or remove it if its \
                 cause is covered elsewhere\n{problems}"
            ));
        }
        Verdict::Failed(problems.to_owned())
    }

    fn judge_found(&self, signature: &FailureSignature, attempt: &Attempt) -> Verdict {
        let file = self.scenario.file.as_deref();
        match &attempt.outcome {
            Err(failure) if FailureSignature::all(failure).any(|seen| signature.covers(&seen)) => {
                Verdict::Failed(format!(
                    "this kept failure still occurs: {signature}. Fix its cause; \
                     if it is a known defect, add its id under `allow`\n{failure}"
                ))
            }
            Err(failure) => Verdict::Failed(format!(
                "this kept failure fails in another way than recorded ({signature})\n{failure}"
            )),
            Ok(_) if file.is_some_and(|file| attempt.is_idle(file)) => {
                Verdict::UnexpectedPass(format!(
                    "this kept failure tests nothing any more: none of its steps that may fail \
                     takes effect. Remove the file, or replace it; it was kept for {signature}"
                ))
            }
            Ok(_) => Verdict::UnexpectedPass(format!(
                "{signature} no longer occurs. If its cause is fixed, remove the table `found`: \
                 the rest of the file is a regression test"
            )),
        }
    }

    fn judge_known(&self, known: &[ExpectedDifference], attempt: &Attempt) -> Verdict {
        let failure = attempt.outcome.as_ref().err();
        match KnownOutcome::of(known, failure, &attempt.allowed) {
            KnownOutcome::AsExpected(ids) => Verdict::AsExpected(ids),
            KnownOutcome::Gone(gone) => Verdict::UnexpectedPass(format!(
                "{} no longer occurs on {} over {}: {} was not seen. If libp2p has changed, remove the \
                 entry from the scenario, and {} from the list if no other scenario shows it",
                gone.id, self.stack, self.transport, gone.wrong, gone.id
            )),
            KnownOutcome::Otherwise(failure) => {
                let others = known.iter().filter(|known| {
                    let mut violations = failure.violations().iter();
                    violations.any(|it| known.is_of_invariant(it) && !known.describes(it))
                });
                let others: String = others
                    .map(|known| {
                        format!(
                            "\nnot expected as {}: {} is that of hosts whose stacks can fail so ({}), \
                             and a violation above names none of them",
                            known.id,
                            known.wrong,
                            known.hosts.as_deref().unwrap_or_default().join(", ")
                        )
                    })
                    .collect();
                Verdict::Failed(format!("{failure}{others}"))
            }
        }
    }
}

/// The end of a run, if it came to one.
fn end_of(attempt: &Attempt) -> Option<&End> {
    match &attempt.outcome {
        Ok(ran) => Some(&ran.end),
        Err(failure) => failure.end(),
    }
}

/// The cause of a [`CaseFailure::Run`] whose error belongs to no step: an error of a
/// scenario in code, or one before the first step of a file.
const ERROR: &str = "error";

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// The failure that ended a run, apart from violations.
fn ending(failure: &Failure) -> Option<CaseFailure> {
    let step = match failure {
        Failure::Body { error, .. } => StepFailure::of(error),
        _ => None,
    };
    if let Some(failure) = step {
        return Some(CaseFailure::Step {
            index: failure.index,
            step: failure.step.to_string(),
            file: failure.place.as_ref().map(|place| place.file.clone()),
            line: failure.place.as_ref().map(|place| place.line),
            cause: failure.cause.kind().to_owned(),
            expected: failure.expected(),
            seen: failure.seen(),
            reason: failure.cause.to_string(),
            hosts: failure.hosts.clone(),
            faults: owned(&failure.faults),
            at: failure.at.as_nanos(),
        });
    }
    let cause = match (RunFailure::of(failure)?, failure) {
        (RunFailure::Impossible, Failure::Body { .. }) => ERROR,
        (run, _) => run.name(),
    };
    let says = match failure {
        Failure::Body { error, .. } => error.to_string(),
        Failure::Panicked { panic, .. } => panic.to_string(),
        other => other.to_string(),
    };
    Some(CaseFailure::Run {
        cause: cause.to_owned(),
        says: says.lines().next().unwrap_or_default().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(expect: Expect) -> Scenario {
        Scenario::new("test/empty", "Nothing happens", |setting| {
            setting.sim().run(|_| Ok(()))
        })
        .on("none", expect)
    }

    #[test]
    fn no_two_cases_have_files_of_one_name() {
        let names = ["f.a/b/kad/mux", "f/a.b/kad/mux", "f%2Ea/b/kad/mux"].map(Case::file_name_of);
        assert_eq!(names[0], "f%2Ea.b.kad.mux");
        assert!(names[0] != names[1] && names[0] != names[2]);
        assert_eq!(Case::file_name_of("f/a/kad/mux"), "f.a.kad.mux");
    }

    #[test]
    fn an_expected_difference_that_does_not_occur_is_an_unexpected_pass() {
        let scenario = empty(Expect::difference("D0", "no-panic"));
        for case in scenario.cases() {
            assert!(matches!(case.run(0).verdict, Verdict::UnexpectedPass(_)));
        }
    }

    #[test]
    fn a_broken_host_that_no_check_detects_is_a_failure() {
        let scenario = empty(Expect::caught(&["no-panic"]));
        for case in scenario.cases() {
            assert!(matches!(case.run(0).verdict, Verdict::Failed(_)));
        }
    }
}
