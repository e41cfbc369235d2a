//! The simulation that this thread runs.
//!
//! Responsible for what hosts, tasks and tokio's hooks reach through the thread.
//! Outside a simulation all of it does nothing.

use std::{cell::RefCell, rc::Rc};

use dht_harness_clock as clock;

use super::runtime::Shared;
use crate::{
    net::HostId,
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

/// Makes this the simulation of the thread.
pub(super) fn enter(shared: Rc<Shared>) {
    CURRENT.with(|current| *current.borrow_mut() = Some(shared));
}

/// The thread runs no simulation any more.
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

/// Notes that a host is being polled. `false` means that it has been polled so
/// often at this instant that it must not go on.
pub(crate) fn touch(host: HostId) -> bool {
    match current() {
        Some(shared) => shared.note_poll(host),
        None => true,
    }
}

/// Notes that a task was woken from outside the runtime, so that it goes before
/// the next event.
pub(crate) fn rouse() {
    if let Some(shared) = current() {
        shared.roused.set(true);
    }
}

/// Runs `f` in the name of `host`, see [`Tasks::attribute`](super::Tasks::attribute).
pub(crate) fn attribute<R>(host: HostId, f: impl FnOnce() -> R) -> R {
    match current() {
        Some(shared) => shared.tasks.attribute(host, f),
        None => f(),
    }
}

/// tokio is about to park this thread.
pub(super) fn on_park() {
    if let Some(shared) = current() {
        shared.step();
    }
}

/// tokio goes on with this thread.
pub(super) fn on_unpark() {
    if let Some(shared) = current() {
        shared.follow_tokio();
    }
}
