//! Hosts that are paused or slow.
//!
//! Responsible for deciding whether a host's tasks may be polled now, and for
//! waking those that had to wait. It must not know what the tasks do.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
    time::Duration,
};

use dht_harness_clock::{self as clock, Timer, VirtualInstant};
use indexmap::IndexMap;

use crate::net::{HostId, IdHash};

/// The gates of all hosts. Cheap to clone; all clones share the same gates.
#[derive(Clone, Default)]
pub(super) struct Gates(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Whether any host has ever been paused or slowed.
    in_use: AtomicBool,
    hosts: Mutex<IndexMap<HostId, Gate, IdHash>>,
}

/// The pause and the slowness of one host.
#[derive(Default)]
struct Gate {
    paused_since: Option<VirtualInstant>,
    /// The least time between two instants at which tasks are polled.
    interval: Option<Duration>,
    /// When it last stopped delaying the host.
    opened_at: Option<VirtualInstant>,
    /// When tasks were last polled.
    polled_at: Option<VirtualInstant>,
    /// Tasks that were woken while the gate was closed, in that order.
    waiting: Vec<Waker>,
    /// Opens the gate of a slow host when it fires.
    timer: Option<Timer>,
}

impl Gates {
    /// Whether a task of the host may be polled now. If not, the task is woken
    /// once it may.
    pub(super) fn admit(&self, host: HostId, task: &Waker) -> bool {
        if !self.0.in_use.load(Ordering::Relaxed) {
            return true;
        }
        let mut hosts = self.hosts();
        let (Some(gate), Some(now)) = (hosts.get_mut(&host), clock::now()) else {
            return true;
        };
        let opens_at = gate.opens_at(now);
        if gate.paused_since.is_none() && opens_at <= now {
            gate.polled_at = Some(now);
            return true;
        }
        if !gate.waiting.iter().any(|waiting| waiting.will_wake(task)) {
            gate.waiting.push(task.clone());
        }
        if gate.paused_since.is_none() && gate.timer.is_none() {
            gate.timer = self.alarm(host, opens_at.saturating_since(now));
        }
        false
    }

    /// Stops polling the tasks of the host.
    pub(super) fn pause(&self, host: HostId, now: VirtualInstant) {
        self.change(host, |gate| {
            gate.paused_since.get_or_insert(now);
            gate.timer = None;
        });
    }

    /// Polls the tasks of the host again; a slow host stays slow.
    pub(super) fn resume(&self, host: HostId) {
        self.change(host, |gate| {
            if gate.paused_since.take().is_some() {
                gate.opened_at = clock::now();
            }
        });
        self.wake(host);
    }

    /// Makes the host slow, or with `None` restores its normal speed.
    pub(super) fn slow(&self, host: HostId, interval: Option<Duration>) {
        self.change(host, |gate| {
            if std::mem::replace(&mut gate.interval, interval).is_some() {
                gate.opened_at = clock::now();
            }
            gate.timer = None;
        });
        self.wake(host);
    }

    /// Since when the host has been paused, if it is.
    pub(super) fn paused_since(&self, host: HostId) -> Option<VirtualInstant> {
        self.hosts().get(&host)?.paused_since
    }

    /// When the last pause or slowness of the host ended.
    pub(super) fn held_up_until(&self, host: HostId) -> Option<VirtualInstant> {
        self.hosts().get(&host)?.opened_at
    }

    /// The polling interval of a slow host.
    pub(super) fn interval(&self, host: HostId) -> Option<Duration> {
        self.hosts().get(&host)?.interval
    }

    fn change(&self, host: HostId, change: impl FnOnce(&mut Gate)) {
        self.0.in_use.store(true, Ordering::Relaxed);
        change(self.hosts().entry(host).or_default());
    }

    /// Wakes the tasks that had to wait; those that still may not be polled are
    /// queued again.
    fn wake(&self, host: HostId) {
        let waiting = match self.hosts().get_mut(&host) {
            Some(gate) => {
                gate.timer = None;
                std::mem::take(&mut gate.waiting)
            }
            None => Vec::new(),
        };
        // After the lock is released: waking may run foreign code.
        waiting.into_iter().for_each(Waker::wake);
    }

    fn alarm(&self, host: HostId, after: Duration) -> Option<Timer> {
        let mut timer = Timer::after(after)?;
        let opening = Opening {
            gates: self.clone(),
            host,
        };
        // A new timer has not fired yet.
        let _ = timer.poll(&Waker::from(Arc::new(opening)));
        Some(timer)
    }

    fn hosts(&self) -> MutexGuard<'_, IndexMap<HostId, Gate, IdHash>> {
        self.0.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate {
    /// When a slow host may be polled: all its tasks run at one instant, then
    /// none until its interval has passed.
    fn opens_at(&self, now: VirtualInstant) -> VirtualInstant {
        match (self.interval, self.polled_at) {
            (Some(interval), Some(polled_at)) if polled_at < now => {
                polled_at.saturating_add(interval)
            }
            _ => now,
        }
    }
}

/// Opens the gate of a slow host when woken.
struct Opening {
    gates: Gates,
    host: HostId,
}

impl Wake for Opening {
    fn wake(self: Arc<Self>) {
        self.gates.wake(self.host);
    }
}
