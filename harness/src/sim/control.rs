//! The handle of a running simulation: passing time, and waiting for conditions.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use dht_harness_clock::{Owner, Skew, VirtualInstant, set_skew};
use libp2p::Multiaddr;

use super::{
    SimBuilder,
    checker::Checker,
    error::{ConditionResult, SimError, concerned},
    failure::End,
    origin::Relaunch,
    plan::Plans,
    step_controller::{Pause, StepController},
    step_tables::StepTables,
};
use crate::{
    check::{Unmet, Value, Violation, phrase},
    engine::{self, RunEnd},
    net::{Fabric, HostId, TransportKind},
    noun,
    trace::{TraceEvent, Undigested},
    world::{HostStatus, World},
};

/// How long a call waits for its result, in virtual time: longer than any default
/// timeout of libp2p.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// The handle of a running simulation, passed to the test.
///
/// Time only passes inside calls. A call that waits does so in virtual time, and
/// returns as soon as its result is available: other events of the same instant may
/// not have happened yet.
pub struct Sim {
    pub(super) world: Rc<World>,
    pub(super) checker: Rc<Checker>,
    pub(super) plans: Plans,
    /// How each host is started, by host number.
    pub(super) origins: Vec<Rc<dyn Relaunch>>,
    /// The names of all hosts.
    pub(super) names: BTreeSet<String>,
    transport: TransportKind,
    /// The number of identities that restarts have used.
    pub(super) restarts: u64,
    /// The tables before the latest step, for failure reports.
    pub(super) steps: StepTables,
    /// The planned action that is being executed.
    pub(super) acting: Option<String>,
}

/// The result of a simulation.
#[derive(Clone, Debug)]
pub struct RunReport<R> {
    /// The return value of the body.
    pub value: R,
    /// The end of the run.
    pub end: End,
}

impl Sim {
    /// Creates a builder of simulations.
    pub fn builder() -> SimBuilder {
        SimBuilder::new()
    }

    pub(super) fn new(world: Rc<World>, checker: Rc<Checker>, transport: TransportKind) -> Self {
        Sim {
            world,
            checker,
            plans: Plans::default(),
            origins: Vec::new(),
            names: BTreeSet::new(),
            transport,
            restarts: 0,
            steps: StepTables::default(),
            acting: None,
        }
    }

    /// The current state of the simulation.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The violations so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.checker.violations()
    }

    /// Records that an action of this kind comes next, for example `crash`.
    /// Violations [list](Violation::actions) the kinds of the actions before them.
    pub fn begin_action(&mut self, kind: impl Into<Cow<'static, str>>) {
        self.checker.begin_action(kind.into());
    }

    /// The kinds of actions that have [begun](Self::begin_action), without
    /// duplicates, in the order of their first occurrence.
    pub fn actions(&self) -> Vec<Cow<'static, str>> {
        self.checker.actions()
    }

    /// The network, for example to inject faults.
    pub(super) fn network(&self) -> &Fabric {
        self.world.fabric()
    }

    /// The current virtual time.
    pub fn now(&self) -> VirtualInstant {
        self.world.now()
    }

    /// The transport under the swarms of this run.
    pub(crate) fn transport(&self) -> TransportKind {
        self.transport
    }

    /// Shifts the clock of a host and changes its rate, from now on.
    pub fn skew(&mut self, host: impl Into<HostId>, skew: Skew) {
        let host = host.into();
        self.control(host, format!("skew {skew:?}"));
        self.note_skew(host, skew);
        set_skew(Owner(host.0), skew);
    }

    /// Lets virtual time pass.
    ///
    /// # Errors
    /// Returns an error if the simulation cannot continue.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), SimError> {
        let deadline = self.now() + duration;
        self.run(deadline, Pause::Never)?;
        self.step();
        Ok(())
    }

    /// Runs until a condition is true. The condition is evaluated after each event.
    ///
    /// # Errors
    /// Returns an error if it did not become true within `within` of virtual time.
    /// The error contains the hosts that fail it and the reasons, and diagnoses of
    /// empty tables of these hosts, or of all hosts if the reasons name none.
    pub fn run_until<V: ConditionResult>(
        &mut self,
        within: Duration,
        condition: impl FnMut(&World) -> V,
    ) -> Result<(), SimError> {
        let mut outcome = self.until(within, condition);
        if let Err(SimError::Unmet { tables, unmet, .. }) = &mut outcome {
            let failing = unmet.iter().filter_map(|unmet| unmet.host).collect();
            *tables = self.world.explain_tables(concerned(&self.world, failing));
        }
        outcome
    }

    fn until<V: ConditionResult>(
        &mut self,
        within: Duration,
        mut condition: impl FnMut(&World) -> V,
    ) -> Result<(), SimError> {
        let deadline = self.now() + within;
        loop {
            let unmet = condition(&self.world).unmet();
            if unmet.is_empty() {
                self.step();
                return Ok(());
            }
            if self.now() >= deadline {
                self.step();
                return Err(SimError::Unmet {
                    within,
                    unmet,
                    tables: Vec::new(),
                });
            }
            self.run(deadline, Pause::Event)?;
        }
    }

    /// Runs until the network is quiet: no message in flight, no pending dial or
    /// handshake, no running query. Timers may remain.
    ///
    /// # Errors
    /// Returns an error if that did not happen within `within` of virtual time.
    pub fn settle(&mut self, within: Duration) -> Result<(), SimError> {
        // Let everything that was just started run first.
        self.run(self.now(), Pause::Never)?;
        self.until(within, |world: &World| {
            let mut busy = Vec::new();
            let in_flight = world.fabric().in_flight();
            if in_flight > 0 {
                let are = noun(in_flight, "message is", "messages are");
                busy.push(phrase!("{} {} in flight", in_flight, are).into());
            }
            for host in world.hosts() {
                let mut is_busy = |reason: Value| {
                    let host = Some(host);
                    busy.push(Unmet { host, reason });
                };
                let name = || Value::host(world, host);
                let pending = world.swarm(host).map_or(0, |swarm| swarm.pending);
                if pending > 0 {
                    let noun = noun(pending as usize, "connection", "connections");
                    is_busy(phrase!("{} has {} pending {}", name(), pending, noun));
                }
                let queries = world.running_queries(host).len();
                if queries > 0 {
                    let noun = noun(queries, "query", "queries");
                    is_busy(phrase!("{} runs {} {}", name(), queries, noun));
                }
            }
            busy
        })
    }

    /// Waits for a future that the simulation completes.
    ///
    /// # Errors
    /// Returns an error if it was not ready within `within` of virtual time.
    pub fn wait<T>(
        &mut self,
        what: &str,
        within: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, SimError> {
        let deadline = self.now() + within;
        let mut future = pin!(future);
        loop {
            // The simulation has a single thread: whatever completes the future has
            // run before the simulation pauses, so no waker is needed.
            let polled = self.world.engine.enter(|| {
                future
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
            });
            if let Poll::Ready(value) = polled {
                self.step();
                return Ok(value);
            }
            if self.now() >= deadline {
                self.step();
                return Err(SimError::NoAnswer {
                    what: what.to_owned(),
                    within,
                });
            }
            self.run(deadline, Pause::Progress)?;
        }
    }

    pub(super) fn on<R>(&self, host: HostId, f: impl FnOnce(&World) -> R) -> R {
        self.world
            .engine
            .enter(|| engine::attribute(host, || f(&self.world)))
    }

    pub(super) fn control(&self, host: HostId, action: String) {
        let dial = Undigested::default();
        self.world
            .record(host, TraceEvent::Control { action, dial });
    }

    /// The addresses on which the host listens, or will listen once it has run.
    pub(super) fn addresses_of(&self, host: HostId) -> Vec<Multiaddr> {
        self.world
            .swarm(host)
            .map(|swarm| swarm.listeners)
            .filter(|listeners| !listeners.is_empty())
            .unwrap_or_else(|| self.network().homes(host))
    }

    pub(super) fn address_of(&self, host: HostId) -> Multiaddr {
        self.network().home(host)
    }

    /// Runs the engine, and executes planned actions that become due.
    pub(super) fn run(&mut self, deadline: VirtualInstant, pause: Pause) -> Result<(), SimError> {
        if let Some(plan) = &self.acting {
            return Err(SimError::WaitInPlan { plan: plan.clone() });
        }
        loop {
            let planned = self.plans.next().filter(|at| *at <= deadline);
            let stop = planned.map_or(deadline, |at| at.max(self.now()));
            let end = self.run_engine(stop, pause)?;
            if end == RunEnd::QuiescenceHook || planned.is_none() {
                return Ok(());
            }
            let taken = self.take_planned()?;
            if taken && pause != Pause::Never {
                // Let the affected hosts handle the action before control returns to
                // the test.
                self.run_engine(self.now(), Pause::Never)?;
                return Ok(());
            }
        }
    }

    fn run_engine(&mut self, deadline: VirtualInstant, pause: Pause) -> Result<RunEnd, SimError> {
        let pilot = StepController::new(Rc::clone(&self.world), Rc::clone(&self.checker), pause);
        let was_inside = engine::inside(true);
        let end = self.world.engine.run_until(deadline, Box::new(pilot));
        engine::inside(was_inside);
        match end {
            RunEnd::Stalled(stall) => Err(SimError::Stalled(stall)),
            end => Ok(end),
        }
    }

    /// Called when control returns to the test.
    pub(super) fn step(&mut self) {
        self.read_tables();
        self.world.record_stores();
        self.steps.note(&self.world);
        self.checker
            .check(|check, world, report| check.after_step(world, report));
    }

    pub(super) fn read_tables(&self) {
        for host in self.world.hosts() {
            // A paused host does nothing, not even insert pending entries.
            if self.world.status(host) == HostStatus::Open && !self.world.is_paused(host) {
                self.world.read_table(host);
            }
        }
    }
}
