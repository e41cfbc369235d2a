//! The simulation that this thread runs.
//!
//! Responsible for the state that hosts, tasks and tokio's hooks access through
//! the thread. Outside a simulation all of its functions do nothing.

use std::{cell::RefCell, rc::Rc};

use dht_harness_clock as clock;

use super::runtime::Shared;
use crate::{
    net::{Endpoint, HostId, RouterDrop},
    trace::{Journal, TraceEvent},
};

thread_local! {
    static CURRENT: RefCell<Option<Rc<Shared>>> = const { RefCell::new(None) };
}

/// The engine state of this thread, if it runs a simulation.
fn current() -> Option<Rc<Shared>> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .ok()
        .flatten()
}

/// Makes this engine the simulation of the thread.
pub(super) fn enter(shared: Rc<Shared>) {
    CURRENT.with(|current| *current.borrow_mut() = Some(shared));
}

/// Ends the thread's simulation.
pub(super) fn leave() {
    CURRENT.with(|current| *current.borrow_mut() = None);
}

/// Writes to the journal of this thread's simulation, if it runs one.
pub(crate) fn record(host: impl Into<Option<HostId>>, event: impl FnOnce(&Journal) -> TraceEvent) {
    if let (Some(shared), Some(now)) = (current(), clock::now()) {
        shared.flush_network();
        let mut journal = shared.journal.borrow_mut();
        let event = event(&journal);
        journal.record(now, host.into(), event);
    }
}

/// The router that has dropped the last dial of a host to an address of this thread's
/// simulation, if one has.
pub(crate) fn dropped(host: HostId, target: &Endpoint) -> Option<RouterDrop> {
    current()?.fabric.dropped(host, target)
}

/// Records that a host is being polled. Returns `false` if it has been polled
/// so often at this instant that it must not continue.
pub(crate) fn touch(host: HostId) -> bool {
    match current() {
        Some(shared) => shared.note_poll(host),
        None => true,
    }
}

/// Records that a task was woken from outside the runtime, so that it runs
/// before the next event is delivered.
pub(crate) fn rouse() {
    if let Some(shared) = current() {
        shared.roused.set(true);
    }
}

/// Runs `f` on behalf of `host`, see
/// [`Tasks::attribute`](super::Tasks::attribute).
pub(crate) fn attribute<R>(host: HostId, f: impl FnOnce() -> R) -> R {
    match current() {
        Some(shared) => {
            shared.progress.called();
            shared.tasks.attribute(host, f)
        }
        None => f(),
    }
}

/// Does work of the harness itself that can take long, so that the supervisor does not
/// blame the code of the simulation for it.
pub(crate) fn own_work<R>(work: impl FnOnce() -> R) -> R {
    match current() {
        Some(shared) => shared.progress.own_work(work),
        None => work(),
    }
}

/// Called before tokio parks this thread.
pub(super) fn on_park() {
    if let Some(shared) = current() {
        shared.step();
    }
}

/// Called after tokio unparks this thread.
pub(super) fn on_unpark() {
    if let Some(shared) = current() {
        shared.follow_tokio();
    }
}
