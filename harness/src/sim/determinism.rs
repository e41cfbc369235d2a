//! Checks that a simulation is deterministic.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Failure, RunReport, Sim, SimBuilder, SimError};
use crate::{
    trace::{Digest, Divergence, TraceEntry},
    world::World,
};

/// The maximum number of hosts named in a report.
const HOSTS: usize = 3;

/// Runs a simulation twice and panics if the two runs differ. Returns the result of
/// the first run. `setup` creates the builder of each run.
///
/// libp2p numbers connections process-wide, so the second run has other numbers than
/// the first, as a test that shares its process with others would. kad and identify
/// iterate over maps keyed by these numbers. If the order has an effect, the message
/// contains the first event that differs, and the hosts whose behaviours have to be
/// wrapped in [`DeterministicOrder`](crate::DeterministicOrder).
///
/// Two runs can be equal by chance: with `n` connections of a host, with a
/// probability of 1/`n!`. The events of the first run are kept in memory.
///
/// ```
/// use dht_harness::{DeterministicOrder, Node, Sim, assert_deterministic};
/// use libp2p::{Swarm, kad};
///
/// let peer = |node: &Node| {
///     let store = kad::store::MemoryStore::new(node.peer_id());
///     let kad = DeterministicOrder::new(kad::Behaviour::new(node.peer_id(), store));
///     Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
/// };
/// assert_deterministic(|| Sim::builder().seed(7), move |sim| {
///     let hosts = sim.spawn_n(8, "h", peer);
///     for host in &hosts[1..] {
///         sim.connect(host, &hosts[0])?;
///     }
///     // kad becomes a server, and tells all connections.
///     hosts[0].with(|swarm| swarm.add_external_address(hosts[0].address()))?;
///     sim.run_for(std::time::Duration::from_secs(5))
/// });
/// ```
///
/// # Panics
/// Panics if the runs differ, or if the simulation failed.
#[track_caller]
pub fn assert_deterministic<R: Send + 'static>(
    setup: impl Fn() -> SimBuilder,
    body: impl Fn(&mut Sim) -> Result<R, SimError> + Send + Sync + 'static,
) -> R {
    let (body, recorder) = (Arc::new(body), Recorder::default());
    let run = || {
        let (body, recorder, seen) = (Arc::clone(&body), recorder.clone(), recorder.clone());
        setup()
            .also_on_event(move |entry| seen.note(entry))
            .run(move |sim| {
                let outcome = body(sim);
                recorder.note_hosts(&sim.world);
                outcome
            })
    };
    let first = run();
    recorder.compare();
    let second = run();
    if let Some(difference) = recorder.difference(digest(&first) != digest(&second)) {
        panic!("{difference}");
    }
    match first {
        Ok(report) => report.value,
        Err(failure) => panic!("{failure}"),
    }
}

fn digest<R>(outcome: &Result<RunReport<R>, Failure>) -> Option<Digest> {
    match outcome {
        Ok(report) => Some(report.end.digest),
        Err(failure) => failure.end().map(|end| end.digest),
    }
}

/// The events of the first run, and the position at which those of the second differ.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    first: Vec<String>,
    /// The number of events of the second run so far; `None` during the first run.
    second: Option<usize>,
    differs: Option<Divergence>,
    /// The hosts with behaviours to be wrapped.
    unordered: Vec<String>,
}

impl Recorder {
    fn with<R>(&self, f: impl FnOnce(&mut Recorded) -> R) -> R {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, entry: &TraceEntry) {
        self.with(|recorded| {
            if recorded.differs.is_some() {
                return;
            }
            let line = serde_json::to_string(entry).expect("an event is a JSON value");
            match recorded.second {
                None => recorded.first.push(line),
                Some(at) => recorded.compare(at, Some(line)),
            }
        });
    }

    fn note_hosts(&self, world: &World) {
        let unordered = world.unordered().into_iter();
        let unordered = unordered.map(|(host, parts, _)| wrap(&world.name(host), &parts));
        self.with(|recorded| recorded.unordered = unordered.collect());
    }

    /// The following events belong to the second run.
    fn compare(&self) {
        self.with(|recorded| recorded.second = Some(0));
    }

    /// The difference between the runs, if there is one.
    fn difference(&self, digests_differ: bool) -> Option<Difference> {
        self.with(|recorded| {
            if let Some(at) = recorded.second
                && at < recorded.first.len()
            {
                recorded.compare(at, None);
            }
            let divergence = recorded.differs.take();
            let differ = digests_differ || divergence.is_some();
            differ.then(|| Difference {
                divergence,
                unordered: std::mem::take(&mut recorded.unordered),
            })
        })
    }
}

impl Recorded {
    fn compare(&mut self, at: usize, line: Option<String>) {
        let first = self.first.get(at);
        if first == line.as_ref() {
            self.second = Some(at + 1);
        } else if self.differs.is_none() {
            self.differs = Some(Divergence {
                common: at.checked_sub(1).map(|last| self.first[last].clone()),
                line: at + 1,
                first: first.cloned(),
                second: line,
            });
        }
    }
}

/// The difference between two runs with the same seed, and the remedy.
struct Difference {
    divergence: Option<Divergence>,
    unordered: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("two runs of the simulation with one seed differ")?;
        if let Some(divergence) = &self.divergence {
            write!(f, ": {divergence}")?;
        }
        if self.unordered.is_empty() {
            return f.write_str(
                "\nremedy: look for code that iterates over a std hash map, reads real time, \
                 draws random numbers that are not seeded, or has a `tokio::select!` without \
                 `biased;`, whose draws are seeded by the process; `clippy.toml` of dht-harness \
                 lists what to look for",
            );
        }
        for host in self.unordered.iter().take(HOSTS) {
            write!(f, "\nremedy: {host}")?;
        }
        match self.unordered.len().checked_sub(HOSTS + 1) {
            Some(more) => write!(f, "\nand so for {} other hosts", more + 1),
            None => Ok(()),
        }
    }
}

/// The remedy text: what to wrap, and why.
pub(super) fn wrap(host: &str, parts: &[&str]) -> String {
    format!(
        "wrap {} in the behaviour of {host} in `DeterministicOrder`: it sends to all connections \
         in an order that depends on the process",
        parts.join(" and ")
    )
}
