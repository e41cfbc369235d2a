//! A scenario file as something that runs.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use dht_harness::{
    Sim, SimBuilder, SimError, VirtualInstant, World,
    check::{Invariant, Limits, Reporter},
    dht::TableSnapshot,
    invariants,
    net::{FaultId, HostId},
    sim::Failure,
    trace::TraceEntry,
};
use indexmap::IndexMap;

use super::{limits::limits, perform::Reply, queries::Asked, registry::HostRegistry};
use crate::{
    action::Action,
    condition::Condition,
    file::{HostGroup, PlannedFault, ScenarioFile},
    setting::{Ran, Setting},
    signature::STEP_HOLDS,
    stacks::Stacks,
    step::{Fails, Step},
    syntax::Name,
};

/// A scenario file that can be run.
#[derive(Clone)]
pub struct ScenarioRunner {
    file: Arc<ScenarioFile>,
    stacks: Stacks,
}

/// What came of a run, step by step.
#[derive(Debug)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Result<Ran, Failure>,
    /// The steps that were taken, in their order.
    pub steps: Vec<StepEnd>,
}

impl Attempt {
    /// Whether nothing of the scenario that may fail did anything, though
    /// something could have.
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

/// Where a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepEnd {
    /// When.
    pub at: VirtualInstant,
    /// Whether it did what it says.
    pub done: bool,
}

type Notes = Arc<Mutex<Vec<StepEnd>>>;

/// Steps that failed although they should have held, and why.
type Failed = Arc<Mutex<Vec<(String, String)>>>;

impl ScenarioRunner {
    /// A scenario with the stacks that its hosts may have.
    pub fn new(file: Arc<ScenarioFile>, stacks: Stacks) -> Self {
        ScenarioRunner { file, stacks }
    }

    /// Runs the scenario once. Steps whose text is among `may_fail` are
    /// reported as violations of [`STEP_HOLDS`] and do not end the run.
    ///
    /// # Errors
    /// A step failed or an invariant was violated.
    pub(crate) fn run(&self, setting: &Setting, may_fail: Vec<String>) -> Result<Ran, Failure> {
        self.perform(setting.sim(), setting, may_fail, Notes::default())
    }

    /// Runs the scenario once, and tells what came of each step. `watch` is
    /// shown each event.
    pub fn attempt(
        &self,
        setting: &Setting,
        watch: impl FnMut(&TraceEntry) + Send + 'static,
    ) -> Attempt {
        let notes = Notes::default();
        let sim = setting.sim().on_event(watch);
        let outcome = self.perform(sim, setting, Vec::new(), Arc::clone(&notes));
        let steps = std::mem::take(&mut *notes.lock().unwrap_or_else(PoisonError::into_inner));
        Attempt { outcome, steps }
    }

    fn perform(
        &self,
        sim: SimBuilder,
        setting: &Setting,
        may_fail: Vec<String>,
        notes: Notes,
    ) -> Result<Ran, Failure> {
        let file = Arc::clone(&self.file);
        let limits = limits(&file);
        let failed = Failed::default();
        let reported = Arc::clone(&failed);
        let names = file.checks.clone();
        let mut sim = sim
            .seed(setting.seed.wrapping_add(file.seed))
            .network(file.network.config())
            .limits(limits.clone())
            .reproduce_with(format!("scenario {} with {setting}", file.name));
        if needs_tap(&file) {
            sim = sim.tap();
        }
        let held_to = limits.clone();
        let sim = sim.checks(move || {
            let mut checks: Vec<Box<dyn Invariant>> = vec![Box::new(StepHolds(reported))];
            checks.extend(
                names
                    .iter()
                    .filter_map(|name| invariants::by_name(name, &held_to)),
            );
            checks
        });
        let stacks = self.stacks.clone();
        let stack = setting.stack.clone();
        sim.run(move |sim| {
            let stage = Runner {
                registry: HostRegistry::new(Arc::clone(&file), stacks, stack),
                file,
                limits,
                may_fail,
                failed,
                notes,
                queries: RefCell::default(),
                replies: RefCell::default(),
                faults: RefCell::default(),
                snapshots: RefCell::default(),
                moves: Cell::new(0),
            };
            Rc::new(stage).play(sim)
        })
    }
}

/// Whether something looks at the messages on the wire.
pub fn needs_tap(file: &ScenarioFile) -> bool {
    let reads = |name: &String| {
        let mut catalog = invariants::catalog().iter();
        catalog.any(|entry| entry.name == name && entry.reads_messages())
    };
    file.checks.iter().any(reads) || file.steps.iter().any(|step| counts_messages(&step.action))
}

fn counts_messages(action: &Action) -> bool {
    fn counts(condition: &Condition) -> bool {
        match condition {
            Condition::Asked { .. } => true,
            Condition::Not { inner } => counts(inner),
            _ => false,
        }
    }
    match action {
        Action::Expect { condition }
        | Action::Eventually { condition, .. }
        | Action::Always { condition, .. } => counts(condition),
        _ => false,
    }
}

/// A run of a scenario file.
pub(super) struct Runner {
    pub(super) file: Arc<ScenarioFile>,
    pub(super) registry: HostRegistry,
    pub(super) limits: Limits,
    may_fail: Vec<String>,
    failed: Failed,
    notes: Notes,
    pub(super) queries: RefCell<IndexMap<Name, Vec<Asked>>>,
    pub(super) replies: RefCell<IndexMap<Name, Vec<Reply>>>,
    pub(super) faults: RefCell<IndexMap<Name, Vec<FaultId>>>,
    pub(super) snapshots: RefCell<IndexMap<(Name, HostId), Rc<TableSnapshot>>>,
    /// How many fresh ips were given out.
    pub(super) moves: Cell<u16>,
}

impl Runner {
    fn play(self: Rc<Self>, sim: &mut Sim) -> Result<(), SimError> {
        self.enter(sim)?;
        for fault in &self.file.faults {
            self.plan(sim, fault);
        }
        for (number, step) in self.file.steps.iter().enumerate() {
            self.step(sim, number, step)?;
        }
        self.demand_effects(sim)
    }

    /// All hosts come up that are not to come later, and learn of each other.
    fn enter(&self, sim: &mut Sim) -> Result<(), SimError> {
        for group in self.file.hosts.iter().filter(|group| !group.later) {
            self.registry.enter(sim, group, None)?;
        }
        for group in self.file.hosts.iter().filter(|group| !group.later) {
            self.add_address(sim, group, &group.members())?;
        }
        Ok(())
    }

    /// Tells hosts of a group that are up whom they know, and whom they name.
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

    fn plan(self: &Rc<Self>, sim: &mut Sim, fault: &PlannedFault) {
        let stage = Rc::clone(self);
        let action = fault.action.clone();
        sim.at(fault.at, &fault.action.to_string(), move |sim| {
            stage.act(sim, &action)
        });
        if let (Some(until), Some(id)) = (fault.until, fault.id().cloned()) {
            let stage = Rc::clone(self);
            let heal = Action::Heal { fault: id };
            sim.at(until, &heal.to_string(), move |sim| stage.act(sim, &heal));
        }
    }

    fn step(self: &Rc<Self>, sim: &mut Sim, number: usize, step: &Step) -> Result<(), SimError> {
        let done = self.act(sim, &step.action);
        let end = StepEnd {
            at: sim.world().now(),
            done: done.is_ok(),
        };
        let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        notes.push(end);
        drop(notes);
        let outcome = match (&step.fails, done) {
            (Fails::No, done) => done,
            (_, Err(stalled @ SimError::Stalled(_))) => Err(stalled),
            (Fails::Maybe, _) => Ok(()),
            (Fails::Somehow, Err(_)) => Ok(()),
            (Fails::With(text), Err(error)) if error.to_string().contains(text) => Ok(()),
            (Fails::With(text), Err(error)) => Err(SimError::Other(format!(
                "it has to fail with {text:?}, and failed with: {error}"
            ))),
            (Fails::Somehow | Fails::With(_), Ok(())) => {
                Err(SimError::Other("it has to fail, and did not".to_owned()))
            }
        };
        let Err(error) = outcome else { return Ok(()) };
        let text = step.to_string();
        if self.may_fail.contains(&text) {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.push((text, error.to_string()));
            return Ok(());
        }
        Err(SimError::Other(format!(
            "step {} of {} failed at {}: {step}\n{error}",
            number + 1,
            self.file.steps.len(),
            sim.now()
        )))
    }

    /// How many effects the faults of this name have had.
    pub(super) fn hits(&self, world: &World, name: &Name) -> u64 {
        let faults = self.faults.borrow();
        let ids = faults.get(name).map_or(&[][..], Vec::as_slice);
        world
            .fabric()
            .faults()
            .iter()
            .filter(|record| ids.contains(&record.id))
            .map(|record| record.hits)
            .sum()
    }

    fn demand_effects(&self, sim: &Sim) -> Result<(), SimError> {
        for fault in self.file.faults.iter().filter(|fault| fault.must_fire) {
            let hits = fault.id().map_or(0, |id| self.hits(sim.world(), id));
            if hits == 0 {
                return Err(SimError::Other(format!(
                    "the fault `{}`, planned for {:?}, has had no effect, and it must: let it last \
                     longer, or plan it for a time at which something happens",
                    fault.action, fault.at
                )));
            }
        }
        Ok(())
    }
}

/// The words of the step that an error of [`ScenarioRunner::run`] is about, or the first
/// line of an error that is about none.
pub(crate) fn failed_step(error: &SimError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let words = line
        .strip_prefix("step ")
        .and_then(|rest| rest.split_once(" failed at "))
        .and_then(|(_, rest)| rest.split_once(": "));
    words.map_or(line, |(_, words)| words).to_owned()
}

/// Reports the steps that failed and may.
struct StepHolds(Failed);

impl Invariant for StepHolds {
    fn name(&self) -> &'static str {
        STEP_HOLDS
    }

    fn statement(&self) -> &'static str {
        "what a step demands is so"
    }

    fn after_step(&mut self, _: &World, report: &mut Reporter) {
        let failed = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for (step, why) in failed {
            report.violated(&[], step.clone(), None, step, why);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
