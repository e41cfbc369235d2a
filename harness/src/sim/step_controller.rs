//! Called by the engine whenever no task is runnable.

use std::{ops::ControlFlow, rc::Rc};

use dht_harness_clock::VirtualInstant;
use libp2p::kad::K_VALUE;

use super::checker::Checker;
use crate::{
    engine::{QuiescenceHook, take_panics},
    host::HostState,
    invariants::oracle,
    net::HostId,
    world::{HostStatus, World},
};

/// When a run returns control before its deadline.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pause {
    /// Never.
    Never,
    /// Whenever a host was polled, an event has happened or time has passed: a result
    /// may be available.
    Progress,
    /// Whenever an event has happened or time has passed. Polls alone do not count,
    /// because a condition that reads a table causes one.
    Event,
}

/// Updates the state of hosts, runs the checks, and pauses the run.
pub(super) struct StepController {
    world: Rc<World>,
    checker: Rc<Checker>,
    pause: Pause,
    seen: (VirtualInstant, u64),
}

impl StepController {
    pub(super) fn new(world: Rc<World>, checker: Rc<Checker>, pause: Pause) -> Self {
        let seen = (world.engine.now(), world.engine.events());
        StepController {
            world,
            checker,
            pause,
            seen,
        }
    }

    /// Updates the status of a host that has gone down on its own.
    fn keep_books(&self, host: HostId) {
        let (status, state) = {
            let mut members = self.world.members.borrow_mut();
            let member = &mut members[host.0 as usize];
            member.has_run = true;
            (member.status, member.host.state())
        };
        match (status, state) {
            (HostStatus::Open, HostState::Closed) => self.world.set_status(host, HostStatus::Dead),
            (HostStatus::Closing, HostState::Closed) => {
                self.world.set_status(host, HostStatus::Closed)
            }
            _ => {}
        }
    }
}

impl StepController {
    /// Notes what queries that have just ended should have found, if the run is recorded.
    fn note_truths(&self, touched: &[HostId]) {
        if !self.world.is_recorded() {
            return;
        }
        for host in touched {
            for (query, key) in self.world.ended_queries(*host) {
                let closest = match key.is_empty() {
                    true => Vec::new(),
                    false => {
                        let servers = oracle::servers(&self.world).into_iter();
                        let others = servers.filter(|server| server != host);
                        oracle::closest(&self.world, others, &key, K_VALUE.get())
                    }
                };
                self.world
                    .recorder(|recorder| recorder.truth(query, closest));
            }
        }
    }
}

impl QuiescenceHook for StepController {
    fn quiescent(&mut self, now: VirtualInstant, touched: &[HostId]) -> ControlFlow<()> {
        let panics = take_panics();
        if !panics.is_empty() {
            self.world.noted_panics.borrow_mut().extend(panics);
        }
        for host in touched {
            self.keep_books(*host);
        }
        self.checker.after_messages();
        if !touched.is_empty() {
            self.checker
                .check(|check, world, report| check.after_event(world, touched, report));
        }
        self.world.record_dhts(touched);
        self.note_truths(touched);
        let seen = (now, self.world.engine.events());
        let pause = match self.pause {
            Pause::Never => false,
            Pause::Progress => !touched.is_empty() || seen != self.seen,
            Pause::Event => seen != self.seen,
        };
        self.seen = seen;
        if pause {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}
