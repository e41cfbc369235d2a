//! A simulation on a thread, from its start to its end.

use std::{error::Error, fmt, marker::PhantomData};

use crate::{entropy, interpose, misuse, numbers, owner, time, timer};

/// At the end of a session, how many rounds of dropping wakers are made.
/// Dropping one waker may register others.
const MAX_RELEASES: usize = 100;

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
    /// Makes the current thread a simulation at [`VirtualInstant::ZERO`](crate::VirtualInstant::ZERO).
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
        if time::is_active() {
            return Err(EnterError::AlreadyActive);
        }
        timer::clear();
        misuse::clear();
        owner::clear();
        entropy::seed(seed);
        numbers::start();
        let session = Self {
            id: time::begin(),
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
                time::end();
                entropy::clear();
                numbers::clear();
                owner::clear();
                timer::clear();
            }
        }
        let _end = End;
        // A waker may own a whole task, whose drop may read the clock or arm
        // further timers: all of that still belongs to this session, unless it
        // never ends.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{VirtualInstant, advance_to, is_active, now};

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
