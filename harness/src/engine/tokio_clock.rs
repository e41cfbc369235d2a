//! Keeps tokio's paused clock in step with the virtual clock.
//!
//! tokio's timers have a granularity of one millisecond, and the next one
//! cannot be queried. So one tokio sleep is kept armed for the millisecond of
//! the next event, and tokio's auto-advance picks whichever comes first; within
//! that millisecond the engine moves both clocks together in nanoseconds.
//! Before tokio may auto-advance, its clock is moved to a whole millisecond: it
//! advances by whole milliseconds, so it would otherwise keep the fraction and
//! be late.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use dht_harness_clock::VirtualInstant;
use tokio::time::{Instant, Sleep};

/// The granularity of tokio's timers, in nanoseconds.
const GRAIN: u64 = 1_000_000;

/// The paused clock of the runtime of this thread.
pub(super) struct TokioClock {
    start: Instant,
    armed: Option<Pin<Box<Sleep>>>,
}

impl TokioClock {
    /// Takes tokio's current instant as the simulation's start.
    ///
    /// Must be called inside the runtime, before any time has passed.
    pub(super) fn new() -> Self {
        TokioClock {
            start: Instant::now(),
            armed: None,
        }
    }

    /// tokio's current time, as virtual time.
    pub(super) fn now(&self) -> VirtualInstant {
        let elapsed = Instant::now().saturating_duration_since(self.start);
        VirtualInstant::from_nanos(elapsed.as_nanos() as u64)
    }

    /// Moves tokio's clock forward to `target` without running its timers.
    ///
    /// The caller ensures that no tokio timer lies in between.
    pub(super) fn advance_to(&self, target: VirtualInstant) {
        let step = target.saturating_since(self.now());
        if step > Duration::ZERO {
            // The first poll moves the clock; the rest of the future only yields.
            let advance = pin!(tokio::time::advance(step));
            let _ = advance.poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Whether an event at `target` can be delivered without arming tokio
    /// first: no tokio timer can be due between now and then.
    pub(super) fn shares_grain(&self, target: VirtualInstant) -> bool {
        target.as_nanos() / GRAIN <= self.now().as_nanos() / GRAIN
    }

    /// Lets tokio auto-advance to the millisecond of `target`, or to an earlier
    /// timer of its own, when the runtime parks next. `waker` is woken when
    /// that millisecond is reached.
    pub(super) fn arm(&mut self, target: VirtualInstant, waker: &Waker) {
        let now = self.now().as_nanos();
        let boundary = now.next_multiple_of(GRAIN);
        self.advance_to(VirtualInstant::from_nanos(boundary));
        let grain = Duration::from_nanos(target.as_nanos() / GRAIN * GRAIN);
        let deadline = self.start + grain;
        let sleep = self
            .armed
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if sleep.deadline() != deadline || sleep.is_elapsed() {
            sleep.as_mut().reset(deadline);
        }
        // Ready here means that the boundary step has reached the millisecond:
        // the caller's waker has to resume the engine at once.
        if sleep
            .as_mut()
            .poll(&mut Context::from_waker(waker))
            .is_ready()
        {
            waker.wake_by_ref();
        }
    }
}
