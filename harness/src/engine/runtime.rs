//! The event loop of one simulation.

use std::{
    cell::{Cell, RefCell},
    future::poll_fn,
    ops::ControlFlow,
    rc::Rc,
    sync::Arc,
    task::{Poll, Waker},
};

use dht_harness_clock::{self as clock, VirtualInstant};
use tokio::runtime::Runtime;

use super::{
    current,
    misuse::{self, Stall},
    panics,
    probe::{self, ProbeError},
    schedule::{Draws, Schedule},
    tasks::Tasks,
    tokio_clock::TokioClock,
    watchdog::Progress,
};
use crate::{
    net::{Fabric, HostId, NetEvent},
    trace::{Journal, TraceEvent},
};

/// The settings of a simulation's engine.
#[derive(Clone, Debug)]
pub(crate) struct EngineConfig {
    /// Seed of the entropy that libraries draw from the system.
    pub seed: u64,
    /// How many events may happen, and how many polls of hosts, at one instant
    /// before the run counts as a livelock.
    pub livelock_limit: u32,
    /// The order in which ready tasks run.
    pub schedule: Schedule,
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            seed: 0,
            livelock_limit: 200_000,
            schedule: Schedule::default(),
        }
    }
}

/// Called whenever nothing is runnable, before the next event is delivered.
pub(crate) trait QuiescenceHook {
    /// Called at quiescence. `touched` are the hosts that were polled since the
    /// last call. Returning `Break` ends the run.
    fn quiescent(&mut self, now: VirtualInstant, touched: &[HostId]) -> ControlFlow<()>;
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RunEnd {
    /// Virtual time reached the deadline.
    Deadline,
    /// The hook ended the run.
    QuiescenceHook,
    /// The simulation cannot continue.
    Stalled(Stall),
}

/// The event loop of one simulation. It stays on the thread that created it.
pub(crate) struct Engine {
    // Dropped first: tasks need the clock and the network until they are
    // dropped.
    runtime: Option<Runtime>,
    shared: Rc<Shared>,
    _session: clock::Session,
}

/// The state that hosts and the park hook access through the thread.
pub(super) struct Shared {
    pub(super) fabric: Fabric,
    pub(super) tasks: Tasks,
    pub(super) journal: RefCell<Journal>,
    touched: RefCell<Touched>,
    touched_now: RefCell<Vec<HostId>>,
    pub(super) roused: Cell<bool>,
    tokio_clock: RefCell<Option<TokioClock>>,
    run: RefCell<Option<Run>>,
    livelock_limit: u32,
    counts: Cell<Counts>,
    pub(super) progress: Arc<Progress>,
    events: Cell<u64>,
}

/// A running call of [`Engine::run_until`].
struct Run {
    deadline: VirtualInstant,
    hook: Box<dyn QuiescenceHook>,
    root: Waker,
    end: Option<RunEnd>,
}

/// Ends the run when dropped, even if the hook panics, because the hook may own the
/// owner of the engine.
struct UnderWay<'a>(&'a Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let run = self
            .0
            .run
            .try_borrow_mut()
            .ok()
            .and_then(|mut run| run.take());
        // Drop it only when nothing is borrowed: dropping the hook may access the
        // engine.
        drop(run);
    }
}

/// The hosts that were polled since the last call of the hook, each once. Hosts
/// that start together are polled at one instant, so there may be thousands.
#[derive(Default)]
struct Touched {
    hosts: Vec<HostId>,
    /// Whether a host is in `hosts`, by host number.
    marked: Vec<bool>,
}

impl Touched {
    fn note(&mut self, host: HostId) {
        let index = host.0 as usize;
        if self.marked.len() <= index {
            self.marked.resize(index + 1, false);
        }
        if !std::mem::replace(&mut self.marked[index], true) {
            self.hosts.push(host);
        }
    }

    /// Moves the hosts into `list`, replacing its contents, and starts over.
    fn hand_over(&mut self, list: &mut Vec<HostId>) {
        for host in &self.hosts {
            self.marked[host.0 as usize] = false;
        }
        list.clear();
        std::mem::swap(&mut self.hosts, list);
    }
}

/// The number of events and polls at the current instant.
#[derive(Clone, Copy, Default)]
struct Counts {
    at: VirtualInstant,
    events: u32,
    polls: u32,
}

impl Engine {
    /// Turns this thread into a simulation, and checks that time and randomness are
    /// virtual.
    ///
    /// `progress` is noted as the simulation proceeds, for a supervisor
    /// on another thread.
    ///
    /// # Errors
    /// Returns [`ProbeError`] if a prerequisite of determinism is not met.
    pub(crate) fn start(
        config: &EngineConfig,
        fabric: Fabric,
        progress: Arc<Progress>,
    ) -> Result<Engine, ProbeError> {
        probe::move_connection_counter();
        let session = clock::Session::enter(config.seed)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .on_thread_park(current::on_park)
            .on_thread_unpark(current::on_unpark)
            .build()
            .map_err(|error| ProbeError::Runtime(error.to_string()))?;
        let shared = Rc::new(Shared {
            fabric,
            tasks: Tasks::drawn(Draws::new(config.schedule, config.seed)),
            journal: RefCell::new(Journal::new()),
            touched: RefCell::default(),
            touched_now: RefCell::default(),
            roused: Cell::new(false),
            tokio_clock: RefCell::new(None),
            run: RefCell::new(None),
            livelock_limit: config.livelock_limit,
            counts: Cell::default(),
            progress,
            events: Cell::new(0),
        });
        {
            let _context = runtime.enter();
            *shared.tokio_clock.borrow_mut() = Some(TokioClock::new());
        }
        current::enter(Rc::clone(&shared));
        panics::watch_this_thread();
        let engine = Engine {
            runtime: Some(runtime),
            shared,
            _session: session,
        };
        probe::probe()?;
        Ok(engine)
    }

    /// Runs until `deadline`, or until the hook ends the run.
    pub(crate) fn run_until(
        &self,
        deadline: VirtualInstant,
        hook: Box<dyn QuiescenceHook>,
    ) -> RunEnd {
        *self.shared.run.borrow_mut() = Some(Run {
            deadline,
            hook,
            root: Waker::noop().clone(),
            end: None,
        });
        let _under_way = UnderWay(&self.shared);
        let shared = Rc::clone(&self.shared);
        self.runtime().block_on(poll_fn(move |cx| {
            let mut run = shared.run.borrow_mut();
            let run = run.as_mut().expect("a run is set for as long as it blocks");
            run.root.clone_from(cx.waker());
            if run.end.is_none() && shared.progress.is_cancelled() {
                run.end = Some(RunEnd::Stalled(Stall::Blocked));
            }
            match run.end.take() {
                Some(end) => Poll::Ready(end),
                None => Poll::Pending,
            }
        }))
    }

    /// Runs `f` inside the runtime's context, so that it can spawn tasks and
    /// set tokio timers.
    pub(crate) fn enter<R>(&self, f: impl FnOnce() -> R) -> R {
        let _context = self.runtime().enter();
        f()
    }

    /// The current virtual time.
    pub(crate) fn now(&self) -> VirtualInstant {
        clock::now().expect("an engine lives on a simulation thread")
    }

    /// The network.
    pub(crate) fn fabric(&self) -> &Fabric {
        &self.shared.fabric
    }

    /// The tasks of all hosts.
    pub(crate) fn tasks(&self) -> &Tasks {
        &self.shared.tasks
    }

    /// Runs `f` on the journal.
    pub(crate) fn journal<R>(&self, f: impl FnOnce(&mut Journal) -> R) -> R {
        f(&mut self.shared.journal.borrow_mut())
    }

    /// Writes the network's events since the last call into the journal.
    pub(crate) fn flush(&self) {
        self.shared.flush_network();
    }

    /// How many network events and timers have been delivered.
    pub(crate) fn events(&self) -> u64 {
        self.shared.events.get()
    }

    fn runtime(&self) -> &Runtime {
        self.runtime
            .as_ref()
            .expect("the runtime is only taken on drop")
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.runtime = None;
        // What tasks do to the network while they are dropped is not recorded.
        current::leave();
    }
}

impl Shared {
    /// Counts a poll of a host. Returns `false` if there were so many at this
    /// instant that the host must not continue.
    pub(super) fn note_poll(&self, host: HostId) -> bool {
        self.progress.happened();
        self.touched.borrow_mut().note(host);
        let mut counts = self.current_counts();
        counts.polls += 1;
        self.counts.set(counts);
        if counts.polls > self.livelock_limit {
            self.end_run(RunEnd::Stalled(Stall::Livelock {
                at: counts.at,
                hosts: vec![host],
            }));
            return false;
        }
        true
    }

    /// Called when nothing is runnable: calls the hook, then delivers the next
    /// event.
    pub(super) fn step(&self) {
        if self.run.borrow().is_none() {
            return;
        }
        loop {
            self.follow_tokio();
            self.fabric.settle();
            self.flush_network();
            let now = clock::now().expect("the park hook runs on the simulation thread");
            if self.call_hook(now) {
                return;
            }
            let (deadline, root) = match &*self.run.borrow() {
                Some(run) => (run.deadline, run.root.clone()),
                None => return,
            };
            let next = [self.fabric.next_event(), clock::next_timer()]
                .into_iter()
                .flatten()
                .min()
                .map_or(deadline, |next| next.max(now));
            let target = next.min(deadline);
            let mut tokio_clock = self.tokio_clock.borrow_mut();
            let tokio_clock = tokio_clock
                .as_mut()
                .expect("the clock is set when the engine starts");
            if !tokio_clock.shares_grain(target) {
                tokio_clock.arm(target, &root);
                return;
            }
            if target > now {
                tokio_clock.advance_to(target);
                clock::advance_to(target);
            }
            if next > deadline || (next == deadline && !self.due(target)) {
                self.end_run(RunEnd::Deadline);
                return;
            }
            if self.deliver(target) {
                let draws = &self.tasks.draws;
                while draws.are_drawn() && self.due(target) && draws.join_events() {
                    self.deliver(target);
                }
                // Even if the event woke no task, the thread must not park.
                root.wake();
                return;
            }
        }
    }

    fn due(&self, now: VirtualInstant) -> bool {
        let due = |at: Option<VirtualInstant>| at.is_some_and(|at| at <= now);
        due(self.fabric.next_event()) || due(clock::next_timer())
    }

    /// Delivers the earliest event. Network events precede timers of the same
    /// instant. Returns whether a task may have become runnable.
    fn deliver(&self, now: VirtualInstant) -> bool {
        self.events.set(self.events.get() + 1);
        self.progress.happened();
        let mut counts = self.current_counts();
        counts.events += 1;
        self.counts.set(counts);
        if counts.events > self.livelock_limit {
            let hosts = self.touched.borrow().hosts.clone();
            self.end_run(RunEnd::Stalled(Stall::Livelock { at: now, hosts }));
            return true;
        }
        if let Some(delivered) = self.fabric.deliver_next(now) {
            self.flush_network();
            return delivered.woke;
        }
        if let Some(fired) = clock::fire_next() {
            self.journal.borrow_mut().record(
                now,
                fired.owner.map(|owner| HostId(owner.0)),
                TraceEvent::Timer,
            );
        }
        true
    }

    /// Writes the network's events into the journal.
    pub(super) fn flush_network(&self) {
        let now = clock::now().expect("events are recorded on the simulation thread");
        let mut journal = self.journal.borrow_mut();
        self.fabric.drain_events(&mut |net| {
            let host = net.host();
            let mut net = net.clone();
            if let NetEvent::Forgotten { router, name, .. } = &mut net {
                *name = journal.router_name(*router).map(str::to_owned);
            }
            journal.record(now, host, TraceEvent::Net { net });
        });
    }

    /// Calls the hook. Returns whether the park hook has to return.
    fn call_hook(&self, now: VirtualInstant) -> bool {
        if let Some(stall) = misuse::collect() {
            self.end_run(RunEnd::Stalled(stall));
            return true;
        }
        let mut touched_now = self.touched_now.borrow_mut();
        self.touched.borrow_mut().hand_over(&mut touched_now);
        // The run is not borrowed meanwhile, because the hook may access hosts,
        // which may access the engine.
        let Some(mut hook) = self.take_hook() else {
            return true;
        };
        let flow = hook.quiescent(now, &touched_now);
        let mut run = self.run.borrow_mut();
        let Some(run) = run.as_mut() else {
            return true;
        };
        run.hook = hook;
        if flow.is_break() {
            run.end.get_or_insert(RunEnd::QuiescenceHook);
            run.root.wake_by_ref();
            return true;
        }
        // The hook may have woken hosts, which run first. Tasks that were woken
        // before the run have been polled already, so only the root's wake is
        // certain to take effect.
        let roused = self.roused.take();
        if roused {
            run.root.wake_by_ref();
        }
        roused
    }

    fn take_hook(&self) -> Option<Box<dyn QuiescenceHook>> {
        let mut run = self.run.borrow_mut();
        let run = run.as_mut()?;
        Some(std::mem::replace(&mut run.hook, Box::new(Absent)))
    }

    fn end_run(&self, end: RunEnd) {
        if let Some(run) = self.run.borrow_mut().as_mut() {
            run.end.get_or_insert(end);
            run.root.wake_by_ref();
        }
    }

    /// Follows tokio if it has auto-advanced to one of its own timers.
    pub(super) fn follow_tokio(&self) {
        let tokio_clock = self.tokio_clock.borrow();
        if let (Some(tokio_clock), Some(now)) = (tokio_clock.as_ref(), clock::now()) {
            let tokio_now = tokio_clock.now();
            if tokio_now > now {
                clock::advance_to(tokio_now);
            }
        }
    }

    /// The counts of the current instant.
    fn current_counts(&self) -> Counts {
        let counts = self.counts.get();
        match clock::now() {
            Some(now) if now != counts.at => Counts {
                at: now,
                ..Counts::default()
            },
            _ => counts,
        }
    }
}

/// A placeholder for the hook while it is called.
struct Absent;

impl QuiescenceHook for Absent {
    fn quiescent(&mut self, _: VirtualInstant, _: &[HostId]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
