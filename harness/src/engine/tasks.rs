//! Tasks and the hosts they belong to.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use dht_harness_clock::{self as clock, VirtualInstant};
use futures::future::BoxFuture;
use libp2p::swarm::Executor;

use super::{
    gate::Gates,
    schedule::{Draws, Turn},
};
use crate::net::HostId;

/// Spawns tasks for hosts and counts those that are alive.
///
/// A task runs on behalf of its host: its timers, its clock skew and its panics
/// belong to the host, and so do the tasks it spawns through the same executor.
/// Cheap to clone; all clones share their counts.
#[derive(Clone, Default)]
pub(crate) struct Tasks {
    resources: Arc<Mutex<HostResources>>,
    gates: Gates,
    pub(super) draws: Draws,
}

#[derive(Default)]
struct HostResources {
    /// By host number.
    alive: Vec<usize>,
    /// Tasks that hosts spawned on the runtime without the harness's executor.
    foreign_spawned: Vec<usize>,
    total: usize,
}

impl Tasks {
    /// Creates an empty registry whose tasks run in the order given by `draws`.
    pub(super) fn drawn(draws: Draws) -> Self {
        Tasks {
            draws,
            ..Tasks::default()
        }
    }

    /// Runs `future` on the current tokio runtime on behalf of `host`.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    pub(crate) fn spawn(&self, host: HostId, future: impl Future<Output = ()> + Send + 'static) {
        let living = Living::new(self.clone(), host);
        tokio::spawn(Owned {
            host,
            future: Some(Box::pin(future)),
            turn: Turn::default(),
            living,
        });
    }

    /// An executor for a swarm of `host`.
    pub(crate) fn executor(&self, host: HostId) -> impl Executor + Send + 'static {
        let tasks = self.clone();
        move |future: BoxFuture<'static, ()>| tasks.spawn(host, future)
    }

    /// How many tasks of `host` are alive.
    pub(crate) fn alive(&self, host: HostId) -> usize {
        let resources = self.resources();
        resources.alive.get(host.0 as usize).copied().unwrap_or(0)
    }

    /// How many tasks `host` has spawned with a bare `tokio::spawn` so far,
    /// including those of a swarm that uses tokio's executor.
    pub(crate) fn foreign_spawned(&self, host: HostId) -> usize {
        let resources = self.resources();
        let spawned = &resources.foreign_spawned;
        spawned.get(host.0 as usize).copied().unwrap_or(0)
    }

    /// How many tasks of the runtime are alive that were not spawned by the
    /// harness's executor.
    pub(crate) fn foreign_alive(&self) -> usize {
        let all = tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks();
        all.saturating_sub(self.resources().total)
    }

    /// Runs `f` on behalf of `host` and attributes to it the tasks that it
    /// spawns without the harness's executor. Exact, because on one thread no
    /// other task can start or end meanwhile.
    pub(crate) fn attribute<R>(&self, host: HostId, f: impl FnOnce() -> R) -> R {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return f();
        };
        let metrics = runtime.metrics();
        let foreign = |tasks: &Tasks| {
            let all = metrics.num_alive_tasks();
            all.saturating_sub(tasks.resources().total)
        };
        let before = foreign(self);
        let _owner = clock::run_as(clock::Owner(host.0));
        let result = f();
        let spawned = foreign(self).saturating_sub(before);
        if spawned > 0 {
            let mut resources = self.resources();
            *slot(&mut resources.foreign_spawned, host) += spawned;
        }
        result
    }

    /// Stops polling the tasks of `host` until it is resumed.
    pub(crate) fn pause(&self, host: HostId, now: VirtualInstant) {
        self.gates.pause(host, now);
    }

    /// Polls the tasks of `host` again.
    pub(crate) fn resume(&self, host: HostId) {
        self.gates.resume(host);
    }

    /// Polls the tasks of `host` at instants at least `interval` apart; `None`
    /// restores its normal speed.
    pub(crate) fn slow(&self, host: HostId, interval: Option<Duration>) {
        self.gates.slow(host, interval);
    }

    /// Since when `host` has been paused, if it is.
    pub(crate) fn paused_since(&self, host: HostId) -> Option<VirtualInstant> {
        self.gates.paused_since(host)
    }

    /// When the last pause or slowness of `host` ended.
    pub(crate) fn held_up_until(&self, host: HostId) -> Option<VirtualInstant> {
        self.gates.held_up_until(host)
    }

    /// The least time between two instants at which a slow `host` is polled.
    pub(crate) fn slowness(&self, host: HostId) -> Option<Duration> {
        self.gates.interval(host)
    }

    fn resources(&self) -> MutexGuard<'_, HostResources> {
        self.resources
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entry of a host in a list by host number.
fn slot(list: &mut Vec<usize>, host: HostId) -> &mut usize {
    let index = host.0 as usize;
    if list.len() <= index {
        list.resize(index + 1, 0);
    }
    &mut list[index]
}

/// Counts one task from spawn until its future is dropped.
struct Living {
    tasks: Tasks,
    host: HostId,
}

impl Living {
    fn new(tasks: Tasks, host: HostId) -> Self {
        let mut resources = tasks.resources();
        *slot(&mut resources.alive, host) += 1;
        resources.total += 1;
        drop(resources);
        Living { tasks, host }
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        let mut resources = self.tasks.resources();
        *slot(&mut resources.alive, self.host) -= 1;
        resources.total -= 1;
    }
}

/// A task that runs on behalf of its host.
struct Owned {
    host: HostId,
    future: Option<BoxFuture<'static, ()>>,
    turn: Turn,
    living: Living,
}

impl Future for Owned {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let task = &mut *self;
        let tasks = &task.living.tasks;
        if !tasks.gates.admit(task.host, cx.waker()) {
            return Poll::Pending;
        }
        if task.turn.is_deferred(&tasks.draws, task.host) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let _owner = clock::run_as(clock::Owner(task.host.0));
        let polled = match &mut task.future {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Ready(()),
        };
        if polled.is_pending() && task.turn.is_polled_again(&tasks.draws, task.host) {
            cx.waker().wake_by_ref();
        }
        polled
    }
}

impl Drop for Owned {
    /// What a task holds is dropped on behalf of its host as well.
    fn drop(&mut self) {
        let _owner = clock::run_as(clock::Owner(self.host.0));
        self.future = None;
    }
}
