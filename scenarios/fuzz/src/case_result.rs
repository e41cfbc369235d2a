//! One run of a generated scenario.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dht_harness::{
    TransportKind, VirtualInstant,
    sim::{Failure, panic_text},
    trace::Digest,
};

use super::coverage_map::{CoverageMap, Observer};
use dht_scenarios::{
    FailureSignature, Setting, Stacks,
    file::{DEFAULT_STACK, ScenarioFile},
    runner::{Attempt, ScenarioRunner, needs_tap},
};

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseResult {
    /// What went wrong, the first to be seen first.
    pub failures: Vec<ObservedFailure>,
    /// The whole story of that, as people read it.
    pub story: String,
    /// The virtual time that passed.
    pub virtual_time: Duration,
    /// The digest of all events.
    pub digest: Option<Digest>,
    /// How many steps were taken.
    pub steps: usize,
    /// How many of them did what they say.
    pub effective: usize,
    /// What the run has reached.
    pub reached: CoverageMap,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObservedFailure {
    /// What.
    pub signature: FailureSignature,
    /// What was seen, in a sentence.
    pub seen: String,
    /// The number of the step in which it was seen, from 0.
    pub step: usize,
}

/// Runs a scenario on the first of its stacks and transports.
pub(crate) fn run_case(file: &Arc<ScenarioFile>, stacks: &Stacks) -> CaseResult {
    let setting = Setting {
        stack: file
            .stacks
            .first()
            .map_or(DEFAULT_STACK, String::as_str)
            .to_owned(),
        transport: file
            .transports
            .first()
            .map_or(TransportKind::Mux, |transport| (*transport).into()),
        seed: 0,
        schedule: file.schedule.into(),
        trace: None,
    };
    // Of byte pipes a tap sees nothing.
    let reads = needs_tap(file) && setting.transport == TransportKind::Mux;
    let observer = Observer::of(&file.checks, reads);
    let observer = Arc::new(Mutex::new(observer));
    let play = ScenarioRunner::new(Arc::clone(file), stacks.clone());
    let watching = Arc::clone(&observer);
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        play.attempt(&setting, move |entry| {
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
        Ok(attempt) => CaseResult {
            reached,
            ..told(file, attempt)
        },
        Err(panic) => CaseResult {
            failures: vec![ObservedFailure {
                signature: FailureSignature::Run("panicked".to_owned()),
                seen: panic_text(&*panic).to_owned(),
                step: 0,
            }],
            story: format!("the run panicked: {}", panic_text(&*panic)),
            reached,
            ..CaseResult::default()
        },
    }
}

fn told(file: &ScenarioFile, attempt: Attempt) -> CaseResult {
    let done = |number: &usize| attempt.steps[*number].done;
    let mut result = CaseResult {
        steps: attempt.steps.len(),
        effective: (0..attempt.steps.len()).filter(done).count(),
        ..CaseResult::default()
    };
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
    result.story = failure.to_string();
    result.failures = failures(
        file,
        &failure,
        attempt.steps.len().saturating_sub(1),
        during,
    );
    result
}

/// Each violation on its own, as one of an invariant may be known and another not;
/// and what ended the run.
fn failures(
    file: &ScenarioFile,
    failure: &Failure,
    last: usize,
    during: impl Fn(VirtualInstant) -> usize,
) -> Vec<ObservedFailure> {
    let violations = failure
        .violations()
        .iter()
        .map(|violation| ObservedFailure {
            signature: FailureSignature::of_violation(violation),
            seen: format!("expected {}; seen {}", violation.expected, violation.seen),
            step: during(violation.at),
        });
    let end =
        FailureSignature::of_end(failure, file.steps.get(last)).map(|signature| ObservedFailure {
            signature,
            seen: ending(failure),
            step: last,
        });
    violations.chain(end).collect()
}

/// What ended a run, without the report of it.
fn ending(failure: &Failure) -> String {
    match failure {
        Failure::Body { error, .. } => error.to_string(),
        Failure::Panicked { panic, .. } => panic.to_string(),
        other => other.to_string(),
    }
}
