//! Detects, in real time, a simulation that is blocked on something real.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use thiserror::Error;

/// A simulation that made no progress for a long real time.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub struct BlockedRun {
    /// The real time without progress.
    pub wall_clock_timeout: Duration,
}

impl fmt::Display for BlockedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the simulation has made no progress for {:?} of real time and was abandoned: \
             code inside it blocks its thread or waits for something that is not on virtual \
             time. Look for spawn_blocking, std::thread, a real socket, DNS, a mutex held \
             across an await, or a loop that never returns; move it out of the simulation or \
             put it on virtual time",
            self.wall_clock_timeout
        )
    }
}

/// Set in the progress counter to ask the run to end itself, if it still can.
const CANCELLED: u64 = 1 << 63;

/// Whether the supervisor has given up on the run.
pub(super) fn cancelled(progress: &AtomicU64) -> bool {
    progress.load(Ordering::Relaxed) & CANCELLED != 0
}

/// Runs `work` on a fresh thread and waits for it as long as it makes progress.
///
/// Each simulation needs a thread of its own, because thread-local generators
/// and hash keys have to start in the same state. `work` increments `progress`;
/// when the count does not change for `wall_clock_timeout` of real time, the
/// thread is abandoned. Threads cannot be killed.
///
/// # Errors
/// Returns [`Blocked`] after `wall_clock_timeout` of real time without
/// progress.
///
/// # Panics
/// Resumes a panic of `work`; panics if the system cannot start a thread.
#[expect(clippy::disallowed_methods, reason = "the thread of the simulation")]
pub(crate) fn supervise<R: Send + 'static>(
    wall_clock_timeout: Duration,
    progress: Arc<AtomicU64>,
    work: impl FnOnce() -> R + Send + 'static,
) -> Result<R, BlockedRun> {
    let (done, result) = mpsc::sync_channel(1);
    let thread = thread::Builder::new()
        .name("simulation".to_owned())
        .stack_size(STACK)
        .spawn(move || {
            let result = work();
            // The receiver is gone only when the run was abandoned.
            let _ = done.send(result);
        })
        .expect("the system can start a thread for the simulation");
    let mut seen = progress.load(Ordering::Relaxed);
    loop {
        match result.recv_timeout(wall_clock_timeout) {
            Ok(result) => {
                let _ = thread.join();
                return Ok(result);
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
                Err(panic) => std::panic::resume_unwind(panic),
                Ok(()) => unreachable!("a thread that ends without a result has panicked"),
            },
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let now = progress.load(Ordering::Relaxed);
                if now == seen {
                    progress.fetch_or(CANCELLED, Ordering::Relaxed);
                    return Err(BlockedRun { wall_clock_timeout });
                }
                seen = now;
            }
        }
    }
}

/// The stack of a simulation's thread. It need not grow with the number of
/// hosts, which are polled one after another, but debug builds of libp2p nest
/// deeply.
const STACK: usize = 8 << 20;
