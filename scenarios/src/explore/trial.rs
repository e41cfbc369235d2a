//! One run of a generated scenario.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use dht_harness::{TransportKind, VirtualInstant, engine::panic_text, sim::Failure, trace::Digest};

use super::reached::{Observer, Reached};
use crate::{
    file::ScenarioFile,
    scenario::DEFAULT_STACK,
    setting::Setting,
    stacks::Stacks,
    stage::{Attempt, Play, needs_tap},
    symptom::Symptom,
};

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Trial {
    /// What went wrong, the first to be seen first.
    pub sightings: Vec<Sighting>,
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
    pub reached: Reached,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What.
    pub symptom: Symptom,
    /// What was seen, in a sentence.
    pub seen: String,
    /// The number of the step in which it was seen, from 0.
    pub step: usize,
}

/// Runs a scenario on the first of its stacks and transports.
pub fn try_out(file: &Arc<ScenarioFile>, stacks: &Stacks) -> Trial {
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
    let play = Play::new(Arc::clone(file), stacks.clone());
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
        Ok(attempt) => Trial {
            reached,
            ..told(file, attempt)
        },
        Err(panic) => Trial {
            sightings: vec![Sighting {
                symptom: Symptom::Run("panicked".to_owned()),
                seen: panic_text(&*panic).to_owned(),
                step: 0,
            }],
            story: format!("the run panicked: {}", panic_text(&*panic)),
            reached,
            ..Trial::default()
        },
    }
}

fn told(file: &ScenarioFile, attempt: Attempt) -> Trial {
    let done = |number: &usize| attempt.steps[*number].done;
    let mut trial = Trial {
        steps: attempt.steps.len(),
        effective: (0..attempt.steps.len()).filter(done).count(),
        ..Trial::default()
    };
    let failure = match attempt.outcome {
        Ok(ran) => {
            trial.virtual_time = ran.end.virtual_time;
            trial.digest = Some(ran.end.digest);
            return trial;
        }
        Err(failure) => failure,
    };
    if let Some(end) = failure.end() {
        trial.virtual_time = end.virtual_time;
        trial.digest = Some(end.digest);
    }
    let during = |at: VirtualInstant| {
        let last = attempt.steps.len().saturating_sub(1);
        let step = attempt.steps.iter().position(|step| step.at >= at);
        step.unwrap_or(last)
    };
    trial.story = failure.to_string();
    trial.sightings = sightings(
        file,
        &failure,
        attempt.steps.len().saturating_sub(1),
        during,
    );
    trial
}

/// Each violation on its own, as one of an invariant may be known and another not;
/// and what ended the run.
fn sightings(
    file: &ScenarioFile,
    failure: &Failure,
    last: usize,
    during: impl Fn(VirtualInstant) -> usize,
) -> Vec<Sighting> {
    let violations = failure.violations().iter().map(|violation| Sighting {
        symptom: Symptom::of_violation(violation),
        seen: format!("expected {}; seen {}", violation.expected, violation.seen),
        step: during(violation.at),
    });
    let end = Symptom::of_end(failure, file.steps.get(last)).map(|symptom| Sighting {
        symptom,
        seen: failure.to_string(),
        step: last,
    });
    violations.chain(end).collect()
}
