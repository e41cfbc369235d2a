//! Whether the current thread is a simulation, and its true time.
//!
//! The cells read by the interposed C symbols are const-initialised and have no
//! destructor, so they can be read in every context: while a thread starts or
//! ends, and inside an allocator.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::instant::VirtualInstant;

/// What the monotonic clock shows at the start of a simulation. Far from zero,
/// so that code which subtracts hours from `Instant::now()` does not underflow.
pub(crate) const MONOTONIC_BASE: Duration = Duration::from_secs(1_000_000);

/// What the wall clock shows at the start of a simulation, since the Unix
/// epoch: 2026-01-01T00:00:00Z.
pub(crate) const WALL_BASE: Duration = Duration::from_secs(1_767_225_600);

/// The number that stands for "no session".
const NONE: u64 = 0;

/// Session numbers are unique in the process, so that a value that outlives its
/// session or leaves its thread can detect it.
static NEXT_SESSION: AtomicU64 = AtomicU64::new(NONE + 1);

thread_local! {
    static SESSION: Cell<u64> = const { Cell::new(NONE) };
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// Makes the current thread a simulation at [`VirtualInstant::ZERO`], and
/// returns the number of the session.
pub(crate) fn begin() -> u64 {
    NOW.set(0);
    let id = NEXT_SESSION.fetch_add(1, Ordering::Relaxed);
    SESSION.set(id);
    id
}

/// Ends the session of the current thread, which reads the machine's clock
/// again.
pub(crate) fn end() {
    SESSION.set(NONE);
}

/// Whether the current thread is a simulation.
#[inline]
pub fn is_active() -> bool {
    id() != NONE
}

/// The simulation's true time, without any host's skew; `None` outside a simulation.
#[inline]
pub fn now() -> Option<VirtualInstant> {
    is_active().then(true_now)
}

/// Moves the simulation's clock to `instant`. Fires no timer: see
/// [`fire_next`](crate::fire_next).
///
/// # Panics
/// Panics outside a simulation, and if `instant` is before the current time.
/// Outside a simulation, and when time would go backwards.
pub fn advance_to(instant: VirtualInstant) {
    let now = now().expect("the clock moves only inside a simulation");
    assert!(
        instant >= now,
        "time would go backwards, from {now} to {instant}"
    );
    NOW.set(instant.as_nanos());
}

/// The machine's monotonic time, also on a simulation's thread.
/// For measurements of the machine rather than the simulation, such as the real
/// time a run takes. Not comparable with an `Instant` read inside a simulation.
/// has taken. Not comparable with an `Instant` read inside a simulation.
#[expect(
    clippy::disallowed_methods,
    reason = "the thread is outside of its session"
)]
pub fn real_now() -> Instant {
    /// Returns the thread to its session, also when unwinding.
    struct Return(u64);
    impl Drop for Return {
        fn drop(&mut self) {
            SESSION.set(self.0);
        }
    }
    let _return = Return(SESSION.replace(NONE));
    Instant::now()
}

/// The number of the current thread's session.
#[inline]
pub(crate) fn id() -> u64 {
    SESSION.get()
}

/// The true time; meaningless outside a simulation.
#[inline]
pub(crate) fn true_now() -> VirtualInstant {
    VirtualInstant::from_nanos(NOW.get())
}
