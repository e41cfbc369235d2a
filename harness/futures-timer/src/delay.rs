//! The [`Delay`] future. Which clock it follows is decided when it is created.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use dht_harness_clock::Timer;

use crate::alarm::Alarm;

/// A future that completes after a duration.
///
/// A delay follows the clock of the thread that created it:
///
/// * created inside a simulation, it is a virtual timer. On another thread, or
///   after the end of its simulation, it stays pending forever, even if reset;
/// * created outside, it follows the machine's clock wherever it is polled or
///   reset. Using it inside a simulation makes the run unrepeatable.
///
/// Once complete, it stays complete until it is reset, and may be polled again.
pub struct Delay {
    clock: Clock,
}

enum Clock {
    Virtual(Timer),
    Real(Alarm),
}

impl Delay {
    /// Creates a future that completes once `dur` has passed from now.
    ///
    /// Real delays are driven by a helper thread, which the first one starts.
    #[inline]
    pub fn new(dur: Duration) -> Delay {
        let clock = match Timer::after(dur) {
            Some(timer) => Clock::Virtual(timer),
            None => Clock::Real(Alarm::after(dur)),
        };
        Delay { clock }
    }

    /// Makes the future complete once `dur` has passed from now, whether or not
    /// it has completed before. The task that polled it last stays registered.
    #[inline]
    pub fn reset(&mut self, dur: Duration) {
        match &mut self.clock {
            Clock::Virtual(timer) => timer.reset(dur),
            Clock::Real(alarm) => alarm.reset(dur),
        }
    }
}

impl Future for Delay {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.clock {
            Clock::Virtual(timer) => timer.poll(cx.waker()),
            Clock::Real(alarm) => alarm.poll(cx.waker()),
        }
    }
}

impl fmt::Debug for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> Result<(), fmt::Error> {
        f.debug_struct("Delay").finish()
    }
}
