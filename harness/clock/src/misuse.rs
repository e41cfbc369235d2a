//! Calls that have no place in a simulation, recorded until [`take_misuses`] is
//! called.

use std::{
    cell::RefCell,
    io::{self, Write as _},
    time::Duration,
};

use crate::{Owner, VirtualInstant, owner, time};

/// Records beyond this number are not kept: a loop that sleeps until a deadline
/// has passed never ends, as the clock stands still, and would fill the memory.
const KEPT: usize = 4096;

thread_local! {
    static MISUSES: RefCell<Vec<Misuse>> = const { RefCell::new(Vec::new()) };
}

/// A call that has no place in a simulation. It returned at once, as if it had
/// succeeded, and did not move the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Misuse {
    /// What was called.
    pub kind: MisuseKind,
    /// When, in the simulation's true time.
    pub at: VirtualInstant,
    /// The owner on whose behalf the call was made.
    pub owner: Option<Owner>,
}

/// The kind of a [`Misuse`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum MisuseKind {
    /// The thread asked the operating system to block it for this long: a
    /// sleep, or a wait with a time limit (`thread::park_timeout`,
    /// `Condvar::wait_timeout`).
    ///
    /// The clock does not move meanwhile, so code that repeats such calls until
    /// a deadline has passed, as `Receiver::recv_timeout` does, never ends. A
    /// warning on stderr says so once 4096 records are waiting.
    Sleep(Duration),
}

/// Takes the current thread's misuses, in the order of the calls. At most 4096
/// are kept between two calls. They survive the end of the session until the
/// thread enters another.
pub fn take_misuses() -> Vec<Misuse> {
    MISUSES
        .try_with(|misuses| misuses.take())
        .unwrap_or_default()
}

pub(crate) fn record(kind: MisuseKind) {
    let misuse = Misuse {
        kind,
        at: time::true_now(),
        owner: owner::owner(),
    };
    // Must not panic: this runs inside a C symbol with arbitrary callers.
    let count = MISUSES.try_with(|misuses| {
        let mut misuses = misuses.try_borrow_mut().ok()?;
        (misuses.len() < KEPT).then(|| {
            misuses.push(misuse);
            misuses.len()
        })
    });
    if let Ok(Some(KEPT)) = count {
        // Not `eprintln!`: libtest captures its output, and a hanging test
        // would never show it.
        let _ = writeln!(
            io::stderr(),
            "dht-harness: {KEPT} sleeps or waits with a time limit inside a simulation, the last \
             at {} for {:?}: {:?}. If the run hangs, code waits in a loop for time to pass; use \
             timers instead, as virtual time stands still while code runs.",
            misuse.at,
            misuse.owner,
            misuse.kind,
        );
    }
}

pub(crate) fn clear() {
    drop(take_misuses());
}
