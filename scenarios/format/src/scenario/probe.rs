//! A run in which no failed step is the end, to compare it with others.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

use dht_harness::{
    net::NetEvent,
    sim::panic_text,
    trace::{TraceEntry, TraceEvent},
};

use super::{Body, Case};
use crate::{setting::RunFiles, signature::FailureSignature};

/// What a run shows that goes on after a failed step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// The indices of the steps that have failed, from 0.
    pub failed: BTreeSet<usize>,
    /// The signatures of all other failures, such as violations of invariants.
    pub failures: BTreeSet<String>,
    /// A hash of what has happened in the network and at the hosts, with its times. What the
    /// harness itself records, for example that a fault was planned, is not in it.
    pub events: u64,
}

impl Case<'_> {
    /// Runs the case with a seed, as [`run`](Self::run) does, but goes on after each step that
    /// fails. `None` if the scenario is not a file that can be run.
    pub fn probe(&self, seed: u64) -> Option<Probe> {
        let Body::File(runner) = &self.scenario.body else {
            return None;
        };
        let file = self.scenario.file.as_deref()?;
        let setting = self.setting(seed, RunFiles::default());
        let events = Arc::new(Mutex::new(DefaultHasher::new()));
        let seen = Arc::clone(&events);
        let on_event = move |entry: &TraceEntry| {
            if !is_of_harness(&entry.event) {
                let mut hasher = seen.lock().unwrap_or_else(PoisonError::into_inner);
                (entry.at, entry.host, &entry.event).hash(&mut *hasher);
            }
        };
        let all = (0..file.steps.len()).collect();
        let run = || runner.run_observed(&setting, all, on_event);
        Some(match catch_unwind(AssertUnwindSafe(run)) {
            Ok(attempt) => {
                let failure = attempt.outcome.as_ref().err();
                let failures = failure.into_iter().flat_map(FailureSignature::all);
                Probe {
                    failed: attempt.allowed.iter().map(|step| step.index).collect(),
                    failures: failures.map(|failure| failure.to_string()).collect(),
                    events: events
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .finish(),
                }
            }
            Err(panic) => Probe {
                failures: BTreeSet::from([panic_text(&*panic).to_owned()]),
                ..Probe::default()
            },
        })
    }
}

/// Whether the harness records what it does itself, which a line can change without any effect.
fn is_of_harness(event: &TraceEvent) -> bool {
    match event {
        TraceEvent::TableRead { .. }
        | TraceEvent::Violation { .. }
        | TraceEvent::Planned { .. }
        | TraceEvent::Fired { .. }
        | TraceEvent::Control { .. } => true,
        TraceEvent::Net { net } => matches!(
            net,
            NetEvent::FaultPlanned { .. }
                | NetEvent::FaultTriggered { .. }
                | NetEvent::FaultHealed { .. }
        ),
        _ => false,
    }
}
