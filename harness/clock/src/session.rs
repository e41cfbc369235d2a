//! Whether the current thread is a simulation, and its true time.
//!
//! The cells read by the interposed C symbols are const-initialised and have no
//! destructor: they answer in every context, also while a thread starts or ends
//! and inside an allocator.

use std::{
    cell::Cell,
    error::Error,
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{VirtualInstant, entropy, interpose, misuse, owner, timer};

/// What the monotonic clock shows at the start of a simulation. Far from zero,
/// so that code which subtracts hours from `Instant::now()` does not underflow.
pub(crate) const MONOTONIC_BASE: Duration = Duration::from_secs(1_000_000);

/// What the wall clock shows at the start of a simulation, since the Unix
/// epoch: 2026-01-01T00:00:00Z.
pub(crate) const WALL_BASE: Duration = Duration::from_secs(1_767_225_600);

/// How often a session that ends drops wakers which the drop of others has
/// registered.
const MAX_RELEASES: usize = 100;

/// The number of no session.
const NONE: u64 = 0;

/// Numbers are unique in the process, so that whatever outlives its session or
/// leaves its thread can tell.
static NEXT_SESSION: AtomicU64 = AtomicU64::new(NONE + 1);

thread_local! {
    static SESSION: Cell<u64> = const { Cell::new(NONE) };
    static NOW: Cell<u64> = const { Cell::new(0) };
}

/// The virtual time, timers and entropy of the current thread, from
/// [`Session::enter`] until drop.
///
/// A session belongs to its thread: it is neither `Send` nor `Sync`. When it
/// ends, the thread reads the machine's clocks and entropy again, armed timers
/// are forgotten without being fired, and their wakers are dropped.
#[must_use = "the session ends when this value is dropped"]
pub struct Session {
    id: u64,
    not_send: PhantomData<*const ()>,
}

impl Session {
    /// Makes the current thread a simulation at [`VirtualInstant::ZERO`].
    ///
    /// The monotonic clock starts at 1,000,000 s and the wall clock at
    /// 2026-01-01T00:00:00Z. Equal seeds give equal bytes to an equal sequence
    /// of calls. Owner, skews, timers and misuses start empty; the resolver of
    /// [`set_owner_resolver`](crate::set_owner_resolver) stays.
    ///
    /// Use a fresh thread: std's `RandomState` and the thread generators of
    /// `rand` seed themselves once per thread and keep their state.
    ///
    /// # Errors
    ///
    /// [`EnterError::AlreadyActive`] if this thread is a simulation already;
    /// [`EnterError::Unsupported`] if std does not read its clock and entropy
    /// from this crate on this platform or in this executable.
    pub fn enter(seed: u64) -> Result<Self, EnterError> {
        if is_active() {
            return Err(EnterError::AlreadyActive);
        }
        timer::clear();
        misuse::clear();
        owner::clear();
        entropy::seed(seed);
        crate::numbers::start();
        NOW.set(0);
        let id = NEXT_SESSION.fetch_add(1, Ordering::Relaxed);
        SESSION.set(id);
        let session = Self {
            id,
            not_send: PhantomData,
        };
        // A clock that silently stayed real would be the worst outcome.
        if interpose::in_force() {
            Ok(session)
        } else {
            Err(EnterError::Unsupported)
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        /// Ends the session even if a waker panics while it is dropped.
        struct End;
        impl Drop for End {
            fn drop(&mut self) {
                SESSION.set(NONE);
                entropy::clear();
                crate::numbers::clear();
                owner::clear();
                timer::clear();
            }
        }
        let _end = End;
        // A waker may own a whole task, whose drop may read the clock or arm
        // further timers: all of that still belongs to this session, unless it
        // goes on for ever.
        for _ in 0..MAX_RELEASES {
            if !timer::release_wakers() {
                break;
            }
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why the current thread could not become a simulation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum EnterError {
    /// The thread is a simulation already.
    AlreadyActive,
    /// Time and entropy cannot be made virtual here.
    Unsupported,
}

impl fmt::Display for EnterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyActive => {
                "this thread runs a simulation already; run each simulation on a thread of its own"
            }
            Self::Unsupported => {
                "virtual time is unsupported here: it needs Linux with glibc on x86-64 or aarch64, \
                 and an executable that is linked dynamically to glibc and statically to this crate \
                 (Cargo's default)"
            }
        })
    }
}

impl Error for EnterError {}

/// Is the current thread a simulation?
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
///
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
///
/// For what concerns the machine and not the simulation, such as the time a run
/// has taken. Not comparable with an `Instant` read inside a simulation.
pub fn real_now() -> Instant {
    /// Returns the thread to its session, whatever happens in between.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_holds_one_session_at_a_time() {
        assert_eq!(now(), None);
        let session = Session::enter(1).unwrap();
        assert_eq!(Session::enter(1).unwrap_err(), EnterError::AlreadyActive);
        assert!(is_active(), "the refused entry must not end the session");
        advance_to(VirtualInstant::from_nanos(5));
        drop(session);
        assert!(!is_active());
        let _again = Session::enter(1).unwrap();
        assert_eq!(now(), Some(VirtualInstant::ZERO));
    }

    #[test]
    #[should_panic(expected = "time would go backwards, from 0.000000005s to 0.000000004s")]
    fn time_does_not_go_backwards() {
        let _session = Session::enter(1).unwrap();
        advance_to(VirtualInstant::from_nanos(5));
        advance_to(VirtualInstant::from_nanos(4));
    }

    #[test]
    #[should_panic(expected = "only inside a simulation")]
    fn the_clock_does_not_move_outside() {
        advance_to(VirtualInstant::ZERO);
    }
}
