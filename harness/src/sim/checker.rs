//! Runs the checks and collects violations.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use indexmap::IndexSet;

use crate::{
    check::{HostEvidence, Invariant, Reporter, Violation},
    engine,
    net::IdHash,
    trace::TraceEvent,
    world::World,
};

/// The maximum number of hosts of a violation whose table changes are shown.
const TABLES: usize = 2;

/// The maximum number of recent events per host in a violation.
const RECENT: usize = 8;

/// The checks of a simulation.
pub(super) struct Checker {
    world: Rc<World>,
    checks: RefCell<Vec<Box<dyn Invariant>>>,
    /// How many of the checks, from the first on, are those of this library.
    own: usize,
    violations: RefCell<Vec<Violation>>,
    /// The kinds of actions so far, without duplicates.
    actions: RefCell<Vec<Cow<'static, str>>>,
}

impl Checker {
    pub(super) fn new(world: Rc<World>, checks: Vec<Box<dyn Invariant>>, own: usize) -> Self {
        Checker {
            world,
            checks: RefCell::new(checks),
            own,
            violations: RefCell::default(),
            actions: RefCell::default(),
        }
    }

    /// Records that an action of this kind begins.
    pub(super) fn begin_action(&self, kind: Cow<'static, str>) {
        let mut actions = self.actions.borrow_mut();
        if !actions.contains(&kind) {
            actions.push(kind);
        }
    }

    /// The kinds of actions so far, without duplicates.
    pub(super) fn actions(&self) -> Vec<Cow<'static, str>> {
        self.actions.borrow().clone()
    }

    /// Runs the checks of one moment.
    pub(super) fn check(&self, moment: impl Fn(&mut dyn Invariant, &World, &mut Reporter)) {
        let mut checks = self.checks.take();
        let (own, others) = checks.split_at_mut(self.own);
        engine::own_work(|| self.run(own, &moment));
        self.run(others, &moment);
        *self.checks.borrow_mut() = checks;
    }

    fn run(
        &self,
        checks: &mut [Box<dyn Invariant>],
        moment: impl Fn(&mut dyn Invariant, &World, &mut Reporter),
    ) {
        let mut reporter = Reporter::default();
        for check in checks {
            self.world
                .while_checking(|| moment(check.as_mut(), &self.world, &mut reporter));
            if reporter.is_empty() {
                continue;
            }
            let kinds = check.kinds();
            for finding in reporter.take() {
                debug_assert!(
                    kinds.is_empty() || kinds.contains(&finding.kind),
                    "{} does not list the kind {:?} among its own",
                    check.name(),
                    finding.kind.name
                );
                self.note(Violation::new(
                    check.name(),
                    check.statement(),
                    self.world.now(),
                    finding,
                ));
            }
        }
    }

    /// Passes the messages sent since the last call to the checks.
    pub(super) fn after_messages(&self) {
        self.world.take_messages(|news| {
            // The checks know one DHT a host, the first one.
            let world = &self.world;
            let news = news
                .iter()
                .filter(|message| !world.is_of_second_dht(message));
            let news: Vec<_> = news.collect();
            self.check(|check, world, report| {
                for message in &news {
                    check.after_message(world, message, report);
                }
            });
        });
    }

    /// The violations so far.
    pub(super) fn violations(&self) -> Vec<Violation> {
        self.violations.borrow().clone()
    }

    /// Records a violation unless it is already known: a violated invariant is
    /// reported again by each further check.
    fn note(&self, mut violation: Violation) {
        let known = self.violations.borrow();
        if known.iter().any(|known| known.is_again(&violation)) {
            return;
        }
        drop(known);
        violation.actions = self.actions();
        violation.faults = self.world.fabric().faults_in_force();
        let hosts = violation.hosts.clone();
        violation.names = hosts.iter().map(|host| self.world.name(*host)).collect();
        let each: IndexSet<_, IdHash> = hosts.into_iter().collect();
        let evidence = each
            .into_iter()
            .enumerate()
            .map(|(number, host)| HostEvidence {
                host: self.world.name(host),
                table: match number < TABLES {
                    true => self.world.table_change(host),
                    false => Vec::new(),
                },
                events: self.world.recent(host, RECENT),
            });
        violation.evidence = evidence.collect();
        if let Some(host) = violation.hosts.first() {
            self.world.record(
                *host,
                TraceEvent::Violation {
                    invariant: violation.invariant.into(),
                },
            );
        }
        self.violations.borrow_mut().push(violation);
    }
}
