//! A simulation as its test sees it: how time passes, and how it ends.

use std::{
    borrow::Cow,
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use dht_harness_clock::{Owner, Skew, VirtualInstant, set_skew};
use libp2p::{Multiaddr, multiaddr::Protocol};

use super::{
    SimBuilder,
    builder::Reads,
    checker::Checker,
    error::{ConditionResult, SimError},
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
    trace::TraceEvent,
    world::{HostStatus, World},
};

/// How long a call waits for its answer, in virtual time: longer than any
/// default timeout of libp2p.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// A simulation that is running, as its test sees it.
///
/// Time only passes inside calls. The calls that wait, wait in virtual time, and
/// return as soon as they are answered: other things that are due at the same
/// instant may still be to come.
pub struct Sim {
    pub(super) world: Rc<World>,
    pub(super) checker: Rc<Checker>,
    pub(super) plans: Plans,
    /// How each host comes up, by number.
    pub(super) origins: Vec<Rc<dyn Relaunch>>,
    transport: TransportKind,
    reads: Reads,
    /// How many identities restarts have used up.
    pub(super) restarts: u64,
    /// For failure reports.
    pub(super) steps: StepTables,
    /// The planned action that is being taken.
    pub(super) acting: Option<String>,
}

/// What came of a simulation.
#[derive(Clone, Debug)]
pub struct RunReport<R> {
    /// What the body returned.
    pub value: R,
    /// Where the run ended.
    pub end: End,
}

impl Sim {
    /// Sets up a simulation.
    pub fn builder() -> SimBuilder {
        SimBuilder::new()
    }

    pub(super) fn new(
        world: Rc<World>,
        checker: Rc<Checker>,
        transport: TransportKind,
        reads: Reads,
    ) -> Self {
        Sim {
            world,
            checker,
            plans: Plans::default(),
            origins: Vec::new(),
            transport,
            reads,
            restarts: 0,
            steps: StepTables::default(),
            acting: None,
        }
    }

    /// What is true of the simulation now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The violations so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.checker.violations()
    }

    /// Says that an action of this kind comes next, for example `crash`: violations
    /// [list](Violation::actions) the kinds of actions that came before them.
    pub fn begin_action(&mut self, kind: impl Into<Cow<'static, str>>) {
        self.checker.begin_action(kind.into());
    }

    /// The kinds of actions that have [begun](Self::begin_action), each once, in
    /// the order in which they came first.
    pub fn actions(&self) -> Vec<Cow<'static, str>> {
        self.checker.actions()
    }

    /// The network, to do things to it.
    pub fn network(&self) -> &Fabric {
        self.world.fabric()
    }

    /// The present.
    pub fn now(&self) -> VirtualInstant {
        self.world.now()
    }

    /// What lies under the swarms of this run.
    pub fn transport(&self) -> TransportKind {
        self.transport
    }

    /// Sets a host's clock off and makes it run fast or slow, from now on.
    pub fn skew(&mut self, host: impl Into<HostId>, skew: Skew) {
        let host = host.into();
        self.control(host, format!("skew {skew:?}"));
        set_skew(Owner(host.0), skew);
    }

    /// Lets virtual time pass.
    ///
    /// # Errors
    /// The simulation cannot go on.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), SimError> {
        let deadline = self.now() + duration;
        self.run(deadline, Pause::Never)?;
        self.step();
        Ok(())
    }

    /// Runs until a condition is true, looking after each event.
    ///
    /// # Errors
    /// It did not come true within `within` of virtual time; the error says who
    /// fails it and why, and why tables are empty, if some are.
    pub fn run_until<V: ConditionResult>(
        &mut self,
        within: Duration,
        condition: impl FnMut(&World) -> V,
    ) -> Result<(), SimError> {
        let mut outcome = self.until(within, condition);
        if let Err(SimError::Unmet { tables, .. }) = &mut outcome {
            *tables = self.world.explain_tables();
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

    /// Runs until nothing is under way: no message in flight, no dial or
    /// handshake pending, no query running. Timers may remain.
    ///
    /// # Errors
    /// That did not happen within `within` of virtual time.
    pub fn settle(&mut self, within: Duration) -> Result<(), SimError> {
        // What was just started has its turn first.
        self.run(self.now(), Pause::Never)?;
        self.until(within, |world: &World| {
            let mut busy = Vec::new();
            let in_flight = world.fabric().in_flight();
            if in_flight > 0 {
                busy.push(phrase!("{} messages are in flight", in_flight).into());
            }
            for host in world.hosts() {
                let mut is_busy = |reason: Value| {
                    let host = Some(host);
                    busy.push(Unmet { host, reason });
                };
                let name = || Value::host(world, host);
                let pending = world.swarm(host).map_or(0, |swarm| swarm.pending);
                if pending > 0 {
                    is_busy(phrase!("{} has {} pending connections", name(), pending));
                }
                let queries = world.running_queries(host).len();
                if queries > 0 {
                    is_busy(phrase!("{} runs {} queries", name(), queries));
                }
            }
            busy
        })
    }

    /// Waits for a future of the test's own, which the simulation has to answer.
    ///
    /// # Errors
    /// It was not ready within `within` of virtual time.
    pub fn wait<T>(
        &mut self,
        what: &str,
        within: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, SimError> {
        let deadline = self.now() + within;
        let mut future = pin!(future);
        loop {
            // The simulation has one thread: whatever answers the future has
            // run before it pauses, so no task needs to be woken.
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
        self.world.record(host, TraceEvent::Control { action });
    }

    /// Where the host listens, or will once it has run.
    pub(super) fn addresses_of(&self, host: HostId) -> Vec<Multiaddr> {
        self.world
            .swarm(host)
            .map(|swarm| swarm.listeners)
            .filter(|listeners| !listeners.is_empty())
            .unwrap_or_else(|| vec![self.address_of(host)])
    }

    pub(super) fn address_of(&self, host: HostId) -> Multiaddr {
        Multiaddr::from(self.network().ip(host)).with(Protocol::Tcp(4001))
    }

    /// Runs the engine, and takes what is planned on the way.
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
                // Whom the action concerns hear of it before the test does.
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

    /// Control returns to the test.
    pub(super) fn step(&mut self) {
        if self.reads == Reads::EachStep {
            self.read_tables();
            self.steps.note(&self.world);
        }
        self.checker
            .check(|check, world, report| check.after_step(world, report));
    }

    pub(super) fn read_tables(&self) {
        for host in self.world.hosts() {
            // A paused host does nothing, not even apply what is pending.
            if self.world.status(host) == HostStatus::Open && !self.world.is_paused(host) {
                self.world.read_table(host);
            }
        }
    }
}
