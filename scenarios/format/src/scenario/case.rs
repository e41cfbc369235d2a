//! A scenario on one stack and one transport: a run of it, and the verdict.
//!
//! Responsible for holding what was seen against what was to come. It must not
//! know how steps are played.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use dht_harness::{TransportKind, sim::Failure};

use super::{REGRESSIONS, Scenario};
use crate::{
    expect::{Expect, ExpectedDifference},
    file::ScenarioFile,
    runner::{Attempt, failed_step},
    setting::Setting,
    signature::FailureSignature,
    verdict::{CaseReport, Verdict},
};

/// A scenario on one stack and one transport.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The stack.
    pub stack: &'a str,
    /// What is to come of it.
    pub expect: &'a Expect,
    /// The transport.
    pub transport: TransportKind,
}

impl Case<'_> {
    /// The name of the scenario, the stack and the transport.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.scenario.name, self.stack, self.transport)
    }

    /// Runs the case under a seed, with a trace if asked for.
    ///
    /// A panic of the scenario's own code, as by a failed `assert!`, is a failure.
    #[expect(clippy::disallowed_methods, reason = "the real time that a run takes")]
    pub fn run(&self, seed: u64, trace: Option<PathBuf>) -> CaseReport {
        if let Some(problems) = &self.scenario.unreadable {
            return CaseReport {
                verdict: self.judge_unreadable(problems),
                ..CaseReport::failed(self.path(), String::new())
            };
        }
        let setting = Setting {
            stack: self.stack.to_owned(),
            transport: self.transport,
            seed,
            schedule: self.scenario.schedule,
            trace,
        };
        let start = Instant::now();
        let (outcome, verdict) = match (self.expect, &self.scenario.play) {
            (Expect::Found(signature), Some(play)) => {
                let attempt = play.attempt(&setting, |_| {});
                let verdict = self.judge_found(signature, &attempt);
                (attempt.outcome, verdict)
            }
            (expect, _) => {
                let outcome = (self.scenario.body)(&setting, expect);
                let verdict = self.judge(outcome.as_ref().err());
                (outcome, verdict)
            }
        };
        let wall = start.elapsed();
        let end = match &outcome {
            Ok(ran) => Some(&ran.end),
            Err(failure) => failure.end(),
        };
        let file = self.scenario.file.as_deref();
        CaseReport {
            name: self.path(),
            violated: self.violated(&verdict, outcome.as_ref().err()),
            verdict,
            steps: file.map(|file| file.steps.len() + file.faults.len()),
            hosts: file.map(ScenarioFile::size),
            virtual_time: end.map_or(Duration::ZERO, |end| end.virtual_time),
            wall,
            events: end.map_or(0, |end| end.events),
            digest: end.map(|end| end.digest),
        }
    }

    /// What makes the case red, in the terms of a report.
    fn violated(&self, verdict: &Verdict, failure: Option<&Failure>) -> Vec<String> {
        let known = match self.expect {
            Expect::Known(known) => known.as_slice(),
            _ => &[],
        };
        match (verdict, failure) {
            (Verdict::Passed | Verdict::Known(_), _) => Vec::new(),
            (Verdict::UnexpectedPass(_), _) => known
                .iter()
                .map(|known| format!("unexpected-pass: {} of {}", known.wrong, known.id))
                .collect(),
            (Verdict::Failed(story), None) => vec![format!("run: {story}")],
            (Verdict::Failed(_), Some(failure)) => {
                let violations = failure.violations().iter();
                let mut list: Vec<String> = violations
                    .filter(|violation| !known.iter().any(|known| known.describes(violation)))
                    .map(|violation| violation.invariant.to_owned())
                    .collect();
                list.dedup();
                match failure {
                    Failure::Violations { .. } => {}
                    Failure::Body { error, .. } => {
                        list.push(format!("step: {}", failed_step(error)))
                    }
                    Failure::Panicked { panic, .. } => list.push(format!("run: {panic}")),
                    other => {
                        let story = other.to_string();
                        list.push(format!("run: {}", story.lines().next().unwrap_or_default()));
                    }
                }
                list
            }
        }
    }

    fn judge(&self, failure: Option<&Failure>) -> Verdict {
        match (self.expect, failure) {
            (Expect::Pass, None) => Verdict::Passed,
            (Expect::Pass, Some(failure)) => Verdict::Failed(failure.to_string()),
            (Expect::Known(known), failure) => self.judge_known(known, failure),
            // Only files are kept, and those are judged by their steps.
            (Expect::Found(signature), _) => {
                Verdict::UnexpectedPass(format!("{signature} was not looked for"))
            }
            (Expect::Caught { invariants }, None) => Verdict::Failed(format!(
                "the host is broken, and no check has found it; expected: {}",
                invariants.join(", ")
            )),
            (Expect::Caught { invariants }, Some(failure)) => {
                let steps_held = matches!(failure, Failure::Violations { .. });
                if steps_held && invariants.iter().all(|name| failure.violates(name)) {
                    Verdict::Passed
                } else {
                    Verdict::Failed(failure.to_string())
                }
            }
        }
    }

    /// A kept failure that nobody can read says nothing any more.
    fn judge_unreadable(&self, problems: &str) -> Verdict {
        if self.scenario.name.starts_with(REGRESSIONS) {
            return Verdict::UnexpectedPass(format!(
                "this kept failure can no longer be read: mend it by hand, or remove it if its \
                 cause is covered elsewhere\n{problems}"
            ));
        }
        Verdict::Failed(problems.to_owned())
    }

    fn judge_found(&self, signature: &FailureSignature, attempt: &Attempt) -> Verdict {
        let file = self.scenario.file.as_deref();
        let last = file.and_then(|file| file.steps.get(attempt.steps.len().checked_sub(1)?));
        match &attempt.outcome {
            Err(failure) if FailureSignature::all(failure, last).any(|seen| seen == *signature) => {
                Verdict::Failed(format!(
                    "this kept failure still goes wrong as it was found: {signature}. Mend it; if it \
                     is known upstream, say so under `allow`\n{failure}"
                ))
            }
            Err(failure) => Verdict::Failed(format!(
                "this kept failure goes wrong otherwise than it was found ({signature})\n{failure}"
            )),
            Ok(_) if file.is_some_and(|file| attempt.is_idle(file)) => {
                Verdict::UnexpectedPass(format!(
                    "this kept failure says nothing any more: none of its steps that may fail does \
                 anything. Remove it, or write it anew; it was kept for {signature}"
                ))
            }
            Ok(_) => Verdict::UnexpectedPass(format!(
                "{signature} is no longer seen. If its cause is mended, take the table `found` out: \
                 what is left is a regression test"
            )),
        }
    }

    fn judge_known(&self, known: &[ExpectedDifference], failure: Option<&Failure>) -> Verdict {
        let violations = failure.map_or(&[][..], Failure::violations);
        let steps_held = matches!(failure, None | Some(Failure::Violations { .. }));
        let all_known = violations
            .iter()
            .all(|violation| known.iter().any(|known| known.describes(violation)));
        if let Some(failure) = failure.filter(|_| !steps_held || !all_known) {
            return Verdict::Failed(failure.to_string());
        }
        let gone: Vec<_> = known
            .iter()
            .filter(|known| {
                !violations
                    .iter()
                    .any(|violation| known.describes(violation))
            })
            .collect();
        if let Some(first) = gone.first() {
            return Verdict::UnexpectedPass(format!(
                "{} no longer shows on {} over {}: {} is not seen. If libp2p has changed, take the \
                 entry out of the scenario, and {} out of the list if it shows nowhere else",
                first.id, self.stack, self.transport, first.wrong, first.id
            ));
        }
        let mut ids: Vec<&str> = known.iter().map(|known| known.id.as_str()).collect();
        ids.dedup();
        Verdict::Known(ids.join(", "))
    }
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
    fn a_difference_that_no_longer_shows_is_stale() {
        let scenario = empty(Expect::difference("D0", "no-panic"));
        for case in scenario.cases() {
            assert!(matches!(
                case.run(0, None).verdict,
                Verdict::UnexpectedPass(_)
            ));
        }
    }

    #[test]
    fn a_broken_host_that_nobody_finds_is_a_failure() {
        let scenario = empty(Expect::caught(&["no-panic"]));
        for case in scenario.cases() {
            assert!(matches!(case.run(0, None).verdict, Verdict::Failed(_)));
        }
    }
}
