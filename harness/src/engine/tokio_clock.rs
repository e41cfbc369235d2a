//! Keeps tokio's paused clock in step with the virtual clock.
//!
//! tokio's timers have a grain of one millisecond and cannot be peeked. So one
//! tokio sleep is kept armed for the millisecond of the next event, and tokio's
//! own auto-advance picks whichever comes first; inside that millisecond the
//! engine moves both clocks together in nanoseconds. Before tokio may
//! auto-advance, its clock is put on a whole millisecond: it advances by whole
//! milliseconds, so it would otherwise carry the fraction along and be late.

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Waker},
    time::Duration,
};

use dht_harness_clock::VirtualInstant;
use tokio::time::{Instant, Sleep};

/// tokio's timer grain in nanoseconds.
const GRAIN: u64 = 1_000_000;

/// The paused clock of the runtime of this thread.
pub(super) struct TokioClock {
    start: Instant,
    armed: Option<Pin<Box<Sleep>>>,
}

impl TokioClock {
    /// Takes tokio's present as the simulation's start.
    ///
    /// Must be called inside the runtime, before any time has passed.
    pub(super) fn new() -> Self {
        TokioClock {
            start: Instant::now(),
            armed: None,
        }
    }

    /// tokio's present on the simulation's axis.
    pub(super) fn now(&self) -> VirtualInstant {
        let elapsed = Instant::now().saturating_duration_since(self.start);
        VirtualInstant::from_nanos(elapsed.as_nanos() as u64)
    }

    /// Moves tokio's clock forward to `target` without running its timers.
    ///
    /// The caller makes sure that no tokio timer lies between.
    pub(super) fn advance_to(&self, target: VirtualInstant) {
        let step = target.saturating_since(self.now());
        if step > Duration::ZERO {
            // The first poll moves the clock; the rest of the future only yields.
            let advance = pin!(tokio::time::advance(step));
            let _ = advance.poll(&mut Context::from_waker(Waker::noop()));
        }
    }

    /// Whether an event at `target` can be delivered without asking tokio
    /// first: no tokio timer can be due between now and then.
    pub(super) fn shares_grain(&self, target: VirtualInstant) -> bool {
        target.as_nanos() / GRAIN <= self.now().as_nanos() / GRAIN
    }

    /// Lets tokio auto-advance to the grain of `target`, or to an earlier timer
    /// of its own, when the runtime parks next. `waker` is woken when the grain
    /// is reached.
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
        // Ready here means the boundary step reached the grain: the caller's
        // waker has to bring the engine back at once.
        if sleep
            .as_mut()
            .poll(&mut Context::from_waker(waker))
            .is_ready()
        {
            waker.wake_by_ref();
        }
    }
}
