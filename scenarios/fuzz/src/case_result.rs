//! The result of one run of a generated scenario.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dht_harness::{
    TransportKind, VirtualInstant,
    sim::{Failure, panic_text},
    trace::Digest,
};

use indexmap::IndexSet;

use super::coverage_map::{CoverageMap, Observer, performed};
#[cfg(doc)]
use dht_scenarios::step_failure::Cause;
use dht_scenarios::{
    FailureSignature, RunFailure, Stacks, ViolationPattern,
    file::ScenarioFile,
    runner::{Attempt, attempt, needs_tap},
    step::Step,
    step_failure::StepFailure,
};

/// The result of one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseResult {
    /// The failures, in the order in which they were seen.
    pub failures: Vec<ObservedFailure>,
    /// The full failure report as text.
    pub report: String,
    /// The virtual time that passed.
    pub virtual_time: Duration,
    /// The digest of all trace events.
    pub digest: Option<Digest>,
    /// The number of steps performed.
    pub steps: usize,
    /// The number of steps that had an effect.
    pub effective: usize,
    /// The features that the run reached.
    pub reached: CoverageMap,
}

/// A failure, described by the fields that a known defect matches on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObservedFailure {
    /// The signature of the failure.
    pub signature: FailureSignature,
    /// If a step failed, the kind of its cause: one of [`Cause::KINDS`].
    pub cause: Option<&'static str>,
    /// The names of the hosts concerned.
    pub hosts: Vec<String>,
    /// The [labels](dht_scenarios::action::ActionLabel) of the actions performed so
    /// far, including those of the current step.
    pub actions: Vec<Cow<'static, str>>,
    /// The kinds of the faults in force.
    pub faults: Vec<&'static str>,
    /// The index of the step during which the failure was seen, from 0.
    pub step: usize,
}

/// Runs a scenario on the first of its stacks and transports.
pub(crate) fn run_case(file: &Arc<ScenarioFile>, stacks: &Stacks) -> CaseResult {
    // A tap cannot read messages on the stream transport, which transfers plain
    // bytes.
    let is_muxed = file.transports.first() != Some(&TransportKind::Stream);
    let reads = needs_tap(file) && is_muxed;
    let observer = Observer::of(&file.checks, reads);
    let observer = Arc::new(Mutex::new(observer));
    let watching = Arc::clone(&observer);
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        attempt(file, stacks, move |entry| {
            watching
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .see(entry);
        })
    }));
    let reached = std::mem::take(
        &mut observer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .reached,
    );
    match attempt {
        Ok(attempt) => {
            let mut result = from_attempt(file, attempt);
            result.reached.merge(&reached);
            result
        }
        Err(panic) => CaseResult {
            failures: vec![ObservedFailure {
                signature: FailureSignature::Run(RunFailure::Panicked),
                cause: None,
                hosts: Vec::new(),
                actions: Vec::new(),
                faults: Vec::new(),
                step: 0,
            }],
            report: format!("the run panicked: {}", panic_text(&*panic)),
            reached,
            ..CaseResult::default()
        },
    }
}

fn from_attempt(file: &ScenarioFile, attempt: Attempt) -> CaseResult {
    let done = |number: &usize| attempt.steps[*number].done;
    let mut result = CaseResult {
        steps: attempt.steps.len(),
        effective: (0..attempt.steps.len()).filter(done).count(),
        ..CaseResult::default()
    };
    let steps = file.steps.iter().enumerate();
    for (_, step) in steps.filter(|(number, _)| *number < attempt.steps.len() && done(number)) {
        result.reached.note(performed(&step.action));
    }
    let failure = match attempt.outcome {
        Ok(ran) => {
            result.virtual_time = ran.end.virtual_time;
            result.digest = Some(ran.end.digest);
            return result;
        }
        Err(failure) => failure,
    };
    if let Some(end) = failure.end() {
        result.virtual_time = end.virtual_time;
        result.digest = Some(end.digest);
    }
    let during = |at: VirtualInstant| {
        let last = attempt.steps.len().saturating_sub(1);
        let step = attempt.steps.iter().position(|step| step.at >= at);
        step.unwrap_or(last)
    };
    result.report = failure.to_string();
    result.failures = failures(file, &failure, attempt.steps.len(), during);
    result
}

/// The failures of a run: each violation separately, because one violation of an
/// invariant may be known and another not, and the failure that ended the run after
/// `steps` steps.
fn failures(
    file: &ScenarioFile,
    failure: &Failure,
    steps: usize,
    during: impl Fn(VirtualInstant) -> usize,
) -> Vec<ObservedFailure> {
    let violations = failure.violations().iter();
    let violations = violations.map(|violation| ObservedFailure {
        signature: FailureSignature::Invariant(ViolationPattern::of(violation)),
        cause: None,
        hosts: violation.names.clone(),
        actions: violation.actions.clone(),
        faults: violation.faults.clone(),
        step: during(violation.at),
    });
    let end = FailureSignature::of_end(failure).map(|signature| match failed_step(failure) {
        Some(failed) => ObservedFailure {
            signature,
            cause: Some(failed.cause.kind()),
            hosts: failed.hosts.clone(),
            actions: failed.actions.clone(),
            faults: failed.faults.clone(),
            step: failed.index,
        },
        None => ObservedFailure {
            signature,
            cause: None,
            hosts: Vec::new(),
            actions: labels(file.steps.iter().take(steps + 1)),
            faults: Vec::new(),
            step: steps.saturating_sub(1),
        },
    });
    violations.chain(end).collect()
}

fn failed_step(failure: &Failure) -> Option<&StepFailure> {
    match failure {
        Failure::Body { error, .. } => StepFailure::of(error),
        _ => None,
    }
}

/// The labels of the actions of these steps, without duplicates.
fn labels<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Cow<'static, str>> {
    let labels = steps.flat_map(|step| step.action.labels());
    let labels: IndexSet<String> = labels.map(|label| label.to_string()).collect();
    labels.into_iter().map(Cow::Owned).collect()
}

#[cfg(test)]
mod tests {
    use dht_scenarios::file::parse;

    use super::*;

    #[test]
    fn a_request_and_its_answer_are_features() {
        let file = parse(
            "asks.toml".as_ref(),
            r#"
format = 1
name = "asks"
about = "A host asks another one"
transports = ["mux"]
hosts = [
  { name = "h", count = 2, settings = { neighbours = { request_response = {} } } },
]
steps = ["connect h0 h1", "request h0 h1", "run 5s", "expect request-answers h0 =1 from=h1"]
"#,
            None,
        )
        .unwrap_or_else(|wrong| panic!("{wrong}"));
        let result = run_case(&Arc::new(file), &Stacks::standard());
        assert_eq!(result.failures, []);
        for what in ["request received", "response sent", "response received"] {
            let feature = format!("behaviour request-response: {what}");
            assert!(result.reached.has(&feature), "{feature}");
        }
    }
}
