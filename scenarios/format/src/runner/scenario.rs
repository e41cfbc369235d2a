//! Runs a scenario file.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use dht_fixtures::filter::RuleHits;
use dht_harness::{
    Sim, SimBuilder, SimError, TransportKind, VirtualInstant, World,
    check::{Limits, Moment, wording},
    dht::TableSnapshot,
    invariants,
    net::{FaultId, HostId, NetworkConfig},
    sim::{Failure, RunReport},
    trace::TraceEntry,
};
use indexmap::IndexMap;

use super::{
    awaited::AwaitedFault,
    limits::limits,
    perform::Reply,
    queries::Asked,
    registry::HostRegistry,
    unfired::{InjectedFaults, UnfiredFault},
    unread::StartedQueries,
};
use crate::{
    action::{Action, Family},
    condition::Condition,
    expect::Expect,
    file::{HostGroup, ScenarioFile},
    setting::{RunFiles, Setting},
    stacks::{DEFAULT_STACK, Stacks},
    step::{Fails, Step},
    step_failure::{Cause, Place, StepFailure},
    syntax::{Hosts, Name},
};

/// A scenario file with the stacks that it needs to run.
#[derive(Clone)]
pub(crate) struct ScenarioRunner {
    file: Arc<ScenarioFile>,
    stacks: Stacks,
    /// Where its steps are written, if that is known.
    places: Arc<[Place]>,
}

/// The result of a run, step by step.
#[derive(Debug)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Result<RunReport<()>, Failure>,
    /// The steps that were performed, in order.
    pub steps: Vec<StepEnd>,
    /// The failures of steps that were allowed to fail, in order.
    pub allowed: Vec<StepFailure>,
    /// The faults without an effect.
    pub unfired: Vec<UnfiredFault>,
    /// The conditions that have passed for lookups that asked no peer.
    pub unasked: Vec<String>,
    /// The lines whose queries, dials or requests have failed, where no line reads that.
    pub unread: Vec<String>,
}

impl Attempt {
    /// A run of which only the outcome is known.
    pub(crate) fn of(outcome: Result<RunReport<()>, Failure>) -> Self {
        Attempt {
            outcome,
            steps: Vec::new(),
            allowed: Vec::new(),
            unfired: Vec::new(),
            unasked: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Whether the scenario has steps that may fail, and none of them took effect.
    pub(crate) fn is_idle(&self, file: &ScenarioFile) -> bool {
        let mut may_fail = file
            .steps
            .iter()
            .zip(&self.steps)
            .filter(|(step, _)| step.fails == Fails::Maybe)
            .peekable();
        may_fail.peek().is_some() && may_fail.all(|(_, end)| !end.done)
    }
}

/// The end of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepEnd {
    /// When the step ended.
    pub at: VirtualInstant,
    /// Whether the action took effect.
    pub done: bool,
}

/// What is recorded about the steps of a run, even if it ends early.
#[derive(Debug, Default)]
struct Notes {
    steps: Vec<StepEnd>,
    allowed: Vec<StepFailure>,
    unfired: Vec<UnfiredFault>,
    unasked: Vec<String>,
    unread: Vec<String>,
}

impl ScenarioRunner {
    /// A scenario file with the stacks that its hosts may use.
    pub(crate) fn new(file: Arc<ScenarioFile>, stacks: Stacks) -> Self {
        ScenarioRunner {
            file,
            stacks,
            places: Arc::default(),
        }
    }

    /// Sets where the steps are written.
    pub(crate) fn set_places(&mut self, places: Vec<Place>) {
        self.places = places.into();
    }

    /// Runs the scenario once. Failures of the steps at the positions in `may_fail`
    /// are recorded and do not end the run.
    pub(crate) fn run(&self, setting: &Setting, may_fail: BTreeSet<usize>) -> Attempt {
        self.perform(setting.sim(), setting, may_fail)
    }

    /// As [`run`](Self::run). `on_event` is called with each trace event.
    pub(crate) fn run_observed(
        &self,
        setting: &Setting,
        may_fail: BTreeSet<usize>,
        on_event: impl FnMut(&TraceEntry) + Send + 'static,
    ) -> Attempt {
        self.perform(setting.sim().on_event(on_event), setting, may_fail)
    }

    fn perform(&self, sim: SimBuilder, setting: &Setting, may_fail: BTreeSet<usize>) -> Attempt {
        let file = Arc::clone(&self.file);
        let limits = limits(&file);
        let mut sim = sim
            .seed(setting.seed.wrapping_add(file.seed))
            .network(NetworkConfig {
                public_addresses: !file.routers.is_empty(),
                ..file.network.config()
            })
            .limits(limits.clone())
            .reproduce_with(reproduction(&file, setting));
        if needs_tap(&file) {
            sim = sim.tap();
        }
        let sim = sim.check_named(file.checks.iter().map(AsRef::as_ref));
        let (stacks, places) = (self.stacks.clone(), Arc::clone(&self.places));
        let stack = setting.stack.clone();
        let notes = Arc::<Mutex<Notes>>::default();
        let noted = Arc::clone(&notes);
        let (expect, seen) = (setting.expect.clone(), Arc::clone(&notes));
        let sim = sim.verdict(move |failure| {
            let notes = seen.lock().unwrap_or_else(PoisonError::into_inner);
            expect.verdict(failure, &notes.allowed)
        });
        let outcome = sim.run(move |sim| {
            let runner = Runner {
                registry: HostRegistry::new(Arc::clone(&file), stacks, stack),
                rule_hits: RefCell::default(),
                injected: RefCell::new(InjectedFaults::of(&file)),
                awaited: RefCell::default(),
                places,
                file,
                limits,
                may_fail,
                notes,
                queries: RefCell::default(),
                started: RefCell::default(),
                replies: RefCell::default(),
                faults: RefCell::default(),
                snapshots: RefCell::default(),
                is_undecided: Cell::new(false),
                moves: Cell::new(0),
            };
            Rc::new(runner).play(sim)
        });
        let mut notes = noted.lock().unwrap_or_else(PoisonError::into_inner);
        let Notes {
            steps,
            allowed,
            unfired,
            unasked,
            unread,
        } = std::mem::take(&mut *notes);
        Attempt {
            outcome,
            steps,
            allowed,
            unfired,
            unasked,
            unread,
        }
    }
}

/// Runs a file once, on the first of its stacks and transports. `on_event` is called
/// with each trace event.
pub fn attempt(
    file: &Arc<ScenarioFile>,
    stacks: &Stacks,
    on_event: impl FnMut(&TraceEntry) + Send + 'static,
) -> Attempt {
    let stack = file.stacks.first().map_or(DEFAULT_STACK, String::as_str);
    let transport = file.transports.first().copied();
    let setting = Setting {
        name: file.name.clone(),
        about: file.about.clone(),
        stack: stack.to_owned(),
        expect: Expect::Pass,
        transport: transport.unwrap_or(TransportKind::Mux),
        seed: 0,
        schedule: file.schedule,
        files: RunFiles::default(),
    };
    let runner = ScenarioRunner::new(Arc::clone(file), stacks.clone());
    let sim = setting.sim().on_event(on_event);
    runner.perform(sim, &setting, BTreeSet::new())
}

/// Whether a check or a step reads the messages on the wire.
pub fn needs_tap(file: &ScenarioFile) -> bool {
    let reads = |name: &String| {
        let mut catalog = invariants::catalog().iter();
        catalog.any(|entry| entry.name == name && entry.moments.contains(&Moment::AfterMessage))
    };
    file.checks.iter().any(reads) || file.steps.iter().any(|step| counts_messages(&step.action))
}

fn counts_messages(action: &Action) -> bool {
    let condition = action.condition();
    condition.is_some_and(|condition| matches!(condition.whole(), Condition::Asked { .. }))
}

/// A run of a scenario file.
pub(super) struct Runner {
    pub(super) file: Arc<ScenarioFile>,
    pub(super) registry: HostRegistry,
    pub(super) limits: Limits,
    places: Arc<[Place]>,
    may_fail: BTreeSet<usize>,
    notes: Arc<Mutex<Notes>>,
    pub(super) queries: RefCell<IndexMap<Name, Vec<Asked>>>,
    /// The lines that have started queries, in order.
    pub(super) started: RefCell<Vec<StartedQueries>>,
    pub(super) replies: RefCell<IndexMap<Name, Vec<Reply>>>,
    pub(super) faults: RefCell<IndexMap<Name, Vec<FaultId>>>,
    /// The effects of all rules of filters, in the order in which they were added.
    pub(super) rule_hits: RefCell<Vec<RuleHits>>,
    pub(super) injected: RefCell<InjectedFaults>,
    /// Faults on hosts that are not up yet.
    pub(super) awaited: RefCell<Vec<AwaitedFault>>,
    pub(super) snapshots: RefCell<IndexMap<(Name, HostId), Rc<TableSnapshot>>>,
    /// Whether the condition that was looked at last is false only in that it cannot be told
    /// whether it holds.
    pub(super) is_undecided: Cell<bool>,
    /// The number of IP addresses that `move` has assigned.
    pub(super) moves: Cell<u16>,
}

impl Runner {
    fn play(self: Rc<Self>, sim: &mut Sim) -> Result<(), SimError> {
        let outcome = self.play_steps(sim);
        let unfired = self.injected.borrow().unfired(&self.file, sim.world());
        let unread = self.unread(sim.world());
        self.note(|notes| {
            notes.unfired = unfired;
            notes.unread = unread;
        });
        outcome
    }

    fn play_steps(self: &Rc<Self>, sim: &mut Sim) -> Result<(), SimError> {
        self.enter(sim)?;
        for (number, fault) in self.file.faults.iter().enumerate() {
            self.plan(sim, number, fault);
        }
        for (number, step) in self.file.steps.iter().enumerate() {
            self.step(sim, number, step)?;
        }
        self.demand_effects(sim)
    }

    /// Spawns all hosts without `later = true`, and adds their bootstrap peers.
    fn enter(&self, sim: &mut Sim) -> Result<(), SimError> {
        self.registry.add_routers(sim);
        for group in self.file.hosts.iter().filter(|group| !group.later) {
            self.registry.enter(sim, group, None)?;
        }
        for entry in &self.file.names {
            let records = self
                .registry
                .records(sim.world(), &entry.hosts, entry.after)?;
            sim.set_name(&entry.name.0, records);
        }
        for group in self.file.hosts.iter().filter(|group| !group.later) {
            self.await_ready(sim, &Hosts::named(&group.name))?;
            self.add_address(sim, group, &group.members())?;
        }
        Ok(())
    }

    /// Adds the bootstrap peers to the tables of a group's hosts, and gives scripted
    /// hosts the peers that they name.
    pub(super) fn add_address(
        &self,
        sim: &Sim,
        group: &HostGroup,
        hosts: &[String],
    ) -> Result<(), SimError> {
        self.introduce(sim, hosts, group.bootstrap.as_ref())?;
        match (&group.script, &group.peers) {
            (Some(script), Some(peers)) => self.direct(sim, hosts, script, Some(peers)),
            _ => Ok(()),
        }
    }

    fn step(self: &Rc<Self>, sim: &mut Sim, index: usize, step: &Step) -> Result<(), SimError> {
        let since = sim.now();
        sim.mark(step.to_string());
        let is_fault = step.action.is_fault() || step.action.family() == Family::Messages;
        let before = is_fault.then(|| self.installed(sim.world()));
        self.is_undecided.set(false);
        let done = match self.set_aside(index, &step.action) {
            true => Ok(()),
            false => self.attempt(sim, &step.action),
        };
        if let (Some(before), Ok(())) = (before, &done) {
            let effects = self.effects_since(before, sim.world());
            let mut faults = self.injected.borrow_mut();
            faults.injected(index, sim.now().since_start(), effects);
        }
        let end = StepEnd {
            at: sim.now(),
            done: done.is_ok(),
        };
        if done.is_ok() {
            self.note_started(Some(index), &step.action);
        }
        let unasked = done
            .is_ok()
            .then(|| self.unasked(sim.world(), index, step))
            .flatten();
        self.note(|notes| {
            notes.steps.push(end);
            notes.unasked.extend(unasked);
        });
        let cause = match (&step.fails, done) {
            (Fails::No, Ok(())) | (Fails::Maybe, Ok(())) => return Ok(()),
            (Fails::No, Err(cause)) => match self.may_fail.contains(&index) {
                true if self.is_undecided.get() => cause.undecided(),
                _ => cause,
            },
            (_, Err(cause)) if cause.is_stall() => cause,
            (Fails::Somehow, Err(cause)) if self.is_undecided.get() => cause.undecided(),
            (Fails::Maybe | Fails::Somehow, Err(_)) => return Ok(()),
            // The text comes from the scenario file, so it is compared as it is.
            (Fails::With(text), Err(cause)) => {
                if wording::plain(|| cause.to_string()).contains(text) {
                    return Ok(());
                }
                Cause::FailedOtherwise {
                    wanted: text.clone(),
                    cause: Box::new(cause),
                }
            }
            (Fails::Somehow | Fails::With(_), Ok(())) => Cause::DidNotFail,
        };
        let world = sim.world();
        let concerned = cause.hosts();
        let failure = StepFailure {
            index,
            steps: self.file.steps.len(),
            step: step.clone(),
            place: self.places.get(index).cloned(),
            at: sim.now(),
            since,
            hosts: concerned.iter().map(|host| world.name(*host)).collect(),
            actions: sim.actions(),
            faults: sim.world().faults_in_force(),
            cause,
        };
        sim.mark_failed(failure.expected(), failure.cause.to_string());
        if self.may_fail.contains(&index) && failure.is_of_its_own() {
            self.note(|notes| notes.allowed.push(failure));
            return Ok(());
        }
        let mentioned = self.listed(&step.action, failure.cause.mentioned());
        let named = self.named(&step.action, &concerned);
        let named = mentioned.into_iter().chain(named).collect();
        let actors = step.action.actors();
        let actors = actors.map_or(Vec::new(), |hosts| self.registry.reported(hosts));
        let actors = actors.iter().map(|handle| handle.id()).collect();
        Err(failure.into_error(named, actors))
    }

    fn attempt(self: &Rc<Self>, sim: &mut Sim, action: &Action) -> Result<(), Cause> {
        if let Some(actors) = action.actors() {
            self.await_ready(sim, actors)?;
        }
        self.act(sim, action)?;
        Ok(self.await_started(sim, action)?)
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The hosts that an action names and that are up or were up. `broken` are those that a
    /// failure mentions, if it mentions any: then of a group or a range only they count.
    pub(super) fn named(&self, action: &Action, broken: &[HostId]) -> Vec<HostId> {
        let lists = action.host_lists();
        let lists = lists.iter().map(|hosts| self.registry.reported(hosts));
        let named = lists.filter(|members| members.len() == 1 || broken.is_empty());
        named.flatten().map(|handle| handle.id()).collect()
    }

    /// Those of these hosts that an action names, alone or in a group.
    fn listed(&self, action: &Action, mut hosts: Vec<HostId>) -> Vec<HostId> {
        let lists = action.host_lists();
        let members = lists.iter().flat_map(|hosts| self.registry.reported(hosts));
        let listed: BTreeSet<HostId> = members.map(|handle| handle.id()).collect();
        hosts.retain(|host| listed.contains(host));
        hosts
    }

    /// The number of effects of the faults with this name.
    pub(super) fn hits(&self, world: &World, name: &Name) -> u64 {
        let faults = self.faults.borrow();
        let ids = faults.get(name).map_or(&[][..], Vec::as_slice);
        world
            .fault_report()
            .iter()
            .filter(|record| ids.contains(&record.id))
            .map(|record| record.hits)
            .sum()
    }
}

/// How to run a scenario again. The seed is that of the run: the seed of the file and the given one
/// together.
pub(crate) fn reproduction(file: &ScenarioFile, setting: &Setting) -> String {
    let of_run = Setting {
        seed: setting.seed.wrapping_add(file.seed),
        ..setting.clone()
    };
    let sum = match (file.seed, setting.seed) {
        (0, _) => String::new(),
        (_, 0) => " of the file".to_owned(),
        (own, given) => format!(": {own} of the file and `--seed {given}`"),
    };
    format!("scenario {} with {of_run}{sum}", file.name)
}
