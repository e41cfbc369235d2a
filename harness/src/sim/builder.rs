//! Configures and runs a simulation.

use std::{path::PathBuf, rc::Rc, sync::Arc, time::Duration};

use tracing::dispatcher;

use super::{
    checker::Checker,
    control::{RunReport, Sim},
    error::SimError,
    failure::Failure,
    failure_report::RunSettings,
    picture::Pictures,
};
use crate::{
    check::{CatalogEntry, Invariant, Limits, wording},
    diagnosis::{FileRemedies, FileRemedy, TableCause},
    engine::{self, Engine, EngineConfig, Progress, Schedule, supervise},
    invariants,
    net::{Fabric, NetworkConfig, TransportKind},
    recording::Recorder,
    trace::{KeptTrace, OnEvent, TraceEntry, TraceFile},
    world::{Tapped, World},
};

type MakeChecks = Box<dyn FnOnce() -> Vec<Box<dyn Invariant>> + Send>;

/// Configures a simulation.
///
/// ```
/// use std::time::Duration;
/// use dht_harness::Sim;
/// use libp2p::{Swarm, kad};
///
/// Sim::builder().seed(7).test(|sim| {
///     let peer = |node: &dht_harness::Node| {
///         let kad = kad::Behaviour::new(node.peer_id(), kad::store::MemoryStore::new(node.peer_id()));
///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
///     };
///     let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
///     sim.connect(&a, &b)?;
///     assert_eq!(sim.world().swarm(b.id()).unwrap().connected, [a.peer_id()]);
///     sim.close(&a)?;
///     sim.run_for(Duration::from_secs(1))
/// });
/// ```
#[must_use = "a simulation only runs when `run` or `test` is called"]
pub struct SimBuilder {
    engine: EngineConfig,
    transport: TransportKind,
    network: NetworkConfig,
    wall_clock_timeout: Duration,
    trace: Option<PathBuf>,
    pub(super) pictures: Pictures,
    reproduce_with: Option<String>,
    on_event: Option<OnEvent>,
    /// The names of protocols that are tapped besides kad; `None` without a tap.
    tap: Option<Vec<String>>,
    limits: Limits,
    /// Whether the standard invariants are checked.
    standard: bool,
    named: Vec<&'static CatalogEntry>,
    in_a_file: Option<FileRemedy>,
    checks: Vec<MakeChecks>,
}

impl SimBuilder {
    pub(super) fn new() -> Self {
        SimBuilder {
            engine: EngineConfig::default(),
            transport: TransportKind::default(),
            network: NetworkConfig::default(),
            wall_clock_timeout: Duration::from_secs(30),
            trace: None,
            pictures: Pictures::wanted(),
            reproduce_with: None,
            on_event: None,
            tap: None,
            limits: Limits::default(),
            standard: true,
            named: Vec::new(),
            in_a_file: None,
            checks: Vec::new(),
        }
    }

    /// Sets the seed of all random draws of the run. Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.engine.seed = seed;
        self
    }

    /// Sets the order in which ready tasks run. Default: the order of their arrival.
    ///
    /// Use [`Schedule::Drawn`] with a few seeds to find code that depends on that
    /// order by mistake.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.engine.schedule = schedule;
        self
    }

    /// Adds to each diagnosis of a table what the author of a test file can do, in the terms of
    /// that file. `remedy` returns `None` for what only the application can change.
    pub fn remedies(mut self, remedy: fn(&TableCause) -> Option<&'static str>) -> Self {
        self.in_a_file = Some(remedy);
        self
    }

    /// Sets the transport that [`Node::transport`](super::Node::transport) returns.
    pub fn transport(mut self, transport: TransportKind) -> Self {
        self.transport = transport;
        self
    }

    /// Sets latency, timeouts and bandwidth. Default: 10 ms one way.
    pub fn network(mut self, network: NetworkConfig) -> Self {
        self.network = network;
        self
    }

    /// Adds an invariant to the standard ones.
    pub fn check<I: Invariant + Send + 'static>(mut self, invariant: I) -> Self {
        self.checks
            .push(Box::new(move || vec![Box::new(invariant)]));
        self
    }

    /// Adds invariants of the [catalog](invariants::catalog) by name, with the
    /// [limits](Self::limits) of this simulation.
    ///
    /// # Panics
    /// Panics if the catalog contains no invariant of a given name.
    #[track_caller]
    pub fn check_named<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        for name in names {
            let mut entries = invariants::catalog().iter();
            // Not in a closure, so that the panic names the line of the caller.
            match entries.find(|entry| entry.name == name) {
                Some(entry) => self.named.push(entry),
                None => panic!(
                    "no invariant is called {name:?}; did you mean {:?}? \
                     `dht_harness::invariants::catalog` lists them",
                    nearest(name)
                ),
            }
        }
        self
    }

    /// Sets the limits of the invariants, which depend on the settings of the stacks.
    /// Default: the defaults of libp2p.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Disables the standard invariants. For tests of checks and for measurements.
    pub fn without_standard_checks(mut self) -> Self {
        self.standard = false;
        self
    }

    /// Sets the real time without progress after which the run is considered blocked.
    /// Default: 30 s. The harness's own work, such as setting up thousands of hosts and
    /// checking invariants, has twenty times as long and is told apart in the error.
    pub fn wall_clock_timeout(mut self, wall_clock_timeout: Duration) -> Self {
        self.wall_clock_timeout = wall_clock_timeout;
        self
    }

    /// Sets the number of events or polls of one host at one instant above which the
    /// run is considered a livelock. Default: 200,000.
    pub fn livelock_limit(mut self, limit: u32) -> Self {
        self.engine.livelock_limit = limit;
        self
    }

    /// Writes every event to a file, one JSON value per line. The first line is the version
    /// of the format, [`TRACE_FORMAT`](crate::trace::TRACE_FORMAT).
    pub fn trace(mut self, path: impl Into<PathBuf>) -> Self {
        self.trace = Some(path.into());
        self
    }

    /// Sets the command that a failure report shows for reproducing the run, instead
    /// of the calls on this builder. For programs and tests that wrap simulations.
    pub fn reproduce_with(mut self, command: impl Into<String>) -> Self {
        self.reproduce_with = Some(command.into());
        self
    }

    /// Calls `on_event` with each event as it is recorded. This does not change the
    /// run.
    pub fn on_event(mut self, on_event: impl FnMut(&TraceEntry) + Send + 'static) -> Self {
        self.on_event = Some(Box::new(on_event));
        self
    }

    /// Adds a callback for events, which is called before that of the test.
    pub(super) fn also_on_event(
        mut self,
        mut first: impl FnMut(&TraceEntry) + Send + 'static,
    ) -> Self {
        let mut then = self.on_event.take();
        self.on_event = Some(Box::new(move |entry| {
            first(entry);
            if let Some(then) = &mut then {
                then(entry);
            }
        }));
        self
    }

    /// Decodes the DHT messages in the network, for [`World::messages`] and
    /// [`Invariant::after_message`]. Disabled by default.
    ///
    /// This does not change the run. On the stream transport no messages are decoded,
    /// because they are encrypted.
    ///
    /// Read are protocols whose names contain `/kad/`; see
    /// [`tap_protocol`](Self::tap_protocol) for others.
    pub fn tap(mut self) -> Self {
        self.tap.get_or_insert_default();
        self
    }

    /// Decodes the messages in the network, like [`tap`](Self::tap), also those of a DHT
    /// whose protocol has this name, such as `/my-app/registry/1.0.0`.
    pub fn tap_protocol(mut self, name: impl Into<String>) -> Self {
        self.tap.get_or_insert_default().push(name.into());
        self
    }

    /// Runs `body` in a new simulation and checks the invariants.
    ///
    /// The body runs on its own thread, on which `Instant::now()` and all random
    /// numbers come from the simulation. A panic of the body, for example by
    /// `assert!`, is returned as [`Failure::Panicked`] and is not printed.
    ///
    /// # Errors
    /// Returns an error if the body failed or panicked, an invariant was violated, or
    /// the simulation could not run, see [`Failure`]. The text of the error is the
    /// full report.
    pub fn run<R: Send + 'static>(
        mut self,
        body: impl FnOnce(&mut Sim) -> Result<R, SimError> + Send + 'static,
    ) -> Result<RunReport<R>, Failure> {
        self.pictures.name_after_thread();
        let progress = Arc::new(Progress::default());
        let wall_clock_timeout = self.wall_clock_timeout;
        let trace = self.trace.as_deref().map(TraceFile::create).transpose()?;
        let written = trace.clone();
        let dispatch = dispatcher::get_default(Clone::clone);
        let span = tracing::Span::current();
        let counter = Arc::clone(&progress);
        let is_reworded = wording::is_reworded();
        let outcome = supervise(wall_clock_timeout, progress, move || {
            let run = || span.in_scope(|| self.run_here(counter, trace, body));
            let run = || dispatcher::with_default(&dispatch, run);
            wording::inherit(is_reworded, run)
        });
        if let (Err(_), Some(trace)) = (&outcome, written) {
            // The thread of a blocked run will not flush the file. An error here is
            // less important than the blocked run.
            let _ = trace.flush();
        }
        outcome?
    }

    /// Runs `body` as a test: like [`run`](Self::run), but panics with the full
    /// report instead of returning an error.
    ///
    /// The message starts with that of the panic or error of the body, so
    /// `#[should_panic(expected = "..")]` matches it.
    ///
    /// # Panics
    /// Panics if the simulation failed.
    #[track_caller]
    pub fn test<R: Send + 'static>(
        self,
        body: impl FnOnce(&mut Sim) -> Result<R, SimError> + Send + 'static,
    ) -> R {
        let (seed, transport) = (self.engine.seed, self.transport);
        match self.run(body) {
            Ok(report) => report.value,
            Err(failure) if failure.end().is_some() => panic!("{failure}"),
            // The run failed too early for a report.
            Err(failure) => panic!("{failure}\nrun: seed {seed}, {transport} transport"),
        }
    }

    fn run_here<R>(
        self,
        progress: Arc<Progress>,
        trace: Option<TraceFile>,
        body: impl FnOnce(&mut Sim) -> Result<R, SimError>,
    ) -> Result<RunReport<R>, Failure> {
        let fabric = Fabric::new(self.engine.seed, self.network);
        let engine = Engine::start(&self.engine, fabric, progress)?;
        if let Some(trace) = trace {
            engine.journal(|journal| journal.write_to(trace));
        }
        if let Some(on_event) = self.on_event {
            engine.journal(|journal| journal.show_to(on_event));
        }
        let mut checks = match self.standard {
            true => invariants::standard(&self.limits),
            false => Vec::new(),
        };
        checks.extend(self.named.iter().map(|entry| entry.make(&self.limits)));
        // The checks of this library are the harness's own work, those of the test are not.
        let own = checks.len();
        checks.extend(self.checks.into_iter().flat_map(|make| make()));
        let bucket_size = self.limits.bucket_size;
        let is_recorded = !self.pictures.is_empty();
        let is_tapped = self.tap.is_some();
        let tapped = (is_tapped || is_recorded).then(|| {
            engine.fabric().tap();
            Tapped::new(self.transport, self.tap.unwrap_or_default(), is_tapped)
        });
        if is_recorded {
            let sees_messages = self.transport == TransportKind::Mux;
            engine.journal(|journal| journal.keep(KeptTrace::new(!sees_messages)));
        }
        let settings = RunSettings {
            seed: self.engine.seed,
            transport: self.transport,
            schedule: self.engine.schedule,
            trace: self.trace,
            reproduce_with: self.reproduce_with,
            pictures: self.pictures,
        };
        let recorder = is_recorded.then(Recorder::default);
        let world = Rc::new(World::new(engine, tapped, recorder, bucket_size));
        let _remedies = FileRemedies::set(self.in_a_file);
        let checker = Rc::new(Checker::new(Rc::clone(&world), checks, own));
        let mut sim = Sim::new(world, checker, self.transport);
        let outcome = engine::catch(|| {
            let value = body(&mut sim)?;
            sim.check_end();
            sim.check_seen()?;
            Ok(value)
        });
        let outcome = sim.finish(outcome, &settings);
        if outcome.is_err() {
            // Dropping a failed simulation may panic. The first failure is the
            // relevant one.
            let _ = engine::catch(|| drop(sim));
        }
        outcome
    }
}

/// The name of the catalog that is most similar to this one.
fn nearest(name: &str) -> &'static str {
    let entries = invariants::catalog().iter().map(|entry| entry.name);
    entries
        .max_by(|one, other| {
            let similarity = |entry: &str| strsim::jaro_winkler(entry, name);
            similarity(one).total_cmp(&similarity(other))
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "did you mean \"no-busy-loop\"? `dht_harness::invariants::catalog`")]
    fn the_nearest_name_is_suggested() {
        let _ = SimBuilder::new().check_named(["no-busy-lop"]);
    }
}
