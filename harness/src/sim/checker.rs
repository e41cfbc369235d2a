//! Runs the checks, and keeps the violations they report.

use std::{cell::RefCell, rc::Rc};

use crate::{
    check::{Invariant, Reporter, Violation},
    trace::TraceEvent,
    world::World,
};

/// How many hosts of a violation show how their tables have changed.
const TABLES: usize = 2;

/// How many of a host's latest events a violation shows.
const RECENT: usize = 8;

/// The checks of a simulation.
pub(super) struct Checker {
    world: Rc<World>,
    checks: RefCell<Vec<Box<dyn Invariant>>>,
    violations: RefCell<Vec<Violation>>,
}

impl Checker {
    pub(super) fn new(world: Rc<World>, checks: Vec<Box<dyn Invariant>>) -> Self {
        Checker {
            world,
            checks: RefCell::new(checks),
            violations: RefCell::default(),
        }
    }

    /// Runs the checks of one moment.
    pub(super) fn check(&self, moment: impl Fn(&mut dyn Invariant, &World, &mut Reporter)) {
        let mut checks = self.checks.take();
        let mut reporter = Reporter::default();
        for check in &mut checks {
            self.world
                .while_checking(|| moment(check.as_mut(), &self.world, &mut reporter));
            if reporter.is_empty() {
                continue;
            }
            for finding in reporter.take() {
                self.note(Violation::new(
                    check.name(),
                    check.statement(),
                    self.world.now(),
                    finding,
                ));
            }
        }
        *self.checks.borrow_mut() = checks;
    }

    /// Tells the checks which messages were sent since the last call.
    pub(super) fn after_messages(&self) {
        self.world.take_messages(|news| {
            self.check(|check, world, report| {
                for message in news {
                    check.after_message(world, message, report);
                }
            });
        });
    }

    /// The violations so far.
    pub(super) fn violations(&self) -> Vec<Violation> {
        self.violations.borrow().clone()
    }

    /// Keeps a violation unless the same one is known already: a broken thing
    /// stays broken at each further look.
    fn note(&self, mut violation: Violation) {
        let known = self.violations.borrow().iter().any(|known| {
            known.invariant == violation.invariant
                && known.hosts == violation.hosts
                && known.subject == violation.subject
        });
        if known {
            return;
        }
        for host in violation.hosts.iter().take(TABLES) {
            violation.tables.extend(self.world.table_change(*host));
        }
        for host in &violation.hosts {
            violation.names.push(self.world.name(*host));
            violation.recent.extend(self.world.recent(*host, RECENT));
        }
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
