//! Detects, in real time, a simulation that is blocked on something real.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
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
    /// Whether the harness itself was at work in this time: it set hosts up, read tables
    /// or checked invariants, at the request of the test.
    pub own_work: bool,
}

impl fmt::Display for BlockedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.wall_clock_timeout;
        if self.own_work {
            return write!(
                f,
                "the simulation has delivered no event for {time:?} of real time and was \
                 abandoned: all the time the harness was at work, setting hosts up, reading \
                 tables or checking invariants. Spawn fewer hosts, give them fewer addresses, \
                 request fewer invariants, or raise `SimBuilder::wall_clock_timeout`; a loop of \
                 the test that only reads never ends, since time passes in calls such as \
                 `run_for` alone"
            );
        }
        write!(
            f,
            "the simulation has made no progress for {time:?} of real time and was abandoned: \
             code inside it blocks its thread or waits for something that is not on virtual \
             time. Look for spawn_blocking, std::thread, a real socket, DNS, a mutex held \
             across an await, or a loop that never returns; move it out of the simulation or \
             put it on virtual time"
        )
    }
}

/// What a simulation has done so far, as its supervisor sees it.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Polls of hosts and deliveries of events.
    events: AtomicU64,
    /// Calls in which the harness works on a host for the test, and checks.
    calls: AtomicU64,
    /// How many calls are being made that can take long by themselves.
    at_work: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// A host was polled, or an event was delivered.
    pub(super) fn happened(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
    }

    /// The harness works on a host: it sets it up, or reads its table.
    pub(super) fn called(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Does work of the harness itself that can take long, such as a check.
    pub(super) fn own_work<R>(&self, work: impl FnOnce() -> R) -> R {
        struct Done<'a>(&'a AtomicU64);
        impl Drop for Done<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        self.called();
        self.at_work.fetch_add(1, Ordering::Relaxed);
        let _done = Done(&self.at_work);
        work()
    }

    /// Whether the supervisor has given up on the run.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn sample(&self) -> Sample {
        Sample {
            events: self.events.load(Ordering::Relaxed),
            calls: self.calls.load(Ordering::Relaxed),
            is_at_work: self.at_work.load(Ordering::Relaxed) > 0,
        }
    }
}

/// The state of a [`Progress`] at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sample {
    events: u64,
    calls: u64,
    is_at_work: bool,
}

/// How many times longer than for other code the supervisor waits for work of the harness
/// itself: a network of thousands of hosts is set up and read without an event.
const OWN_WORK: u32 = 20;

/// Decides from samples, taken once in each wall-clock timeout, whether a run is blocked.
#[derive(Debug, Default)]
struct Patience {
    seen: Sample,
    /// The timeouts in a row without an event.
    without_event: u32,
}

impl Patience {
    /// Whether the run is blocked, for how many timeouts, and whether the harness itself
    /// was at work in the last one.
    fn ends_at(&mut self, sample: Sample) -> Option<(u32, bool)> {
        let seen = std::mem::replace(&mut self.seen, sample);
        if sample.events != seen.events {
            self.without_event = 0;
            return None;
        }
        self.without_event += 1;
        let own_work = sample.is_at_work || sample.calls != seen.calls;
        let is_blocked = !own_work || self.without_event >= OWN_WORK;
        is_blocked.then_some((self.without_event, own_work))
    }
}

/// Runs `work` on a fresh thread and waits for it as long as it makes progress.
///
/// Each simulation needs a thread of its own, because thread-local generators
/// and hash keys have to start in the same state. `work` notes its `progress`;
/// when there is none for `wall_clock_timeout` of real time, the thread is
/// abandoned. Threads cannot be killed. The harness's own work has longer.
///
/// # Errors
/// Returns [`BlockedRun`] after `wall_clock_timeout` of real time without
/// progress.
///
/// # Panics
/// Resumes a panic of `work`; panics if the system cannot start a thread.
#[expect(clippy::disallowed_methods, reason = "the thread of the simulation")]
pub(crate) fn supervise<R: Send + 'static>(
    wall_clock_timeout: Duration,
    progress: Arc<Progress>,
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
    let mut patience = Patience {
        seen: progress.sample(),
        without_event: 0,
    };
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
                if let Some((timeouts, own_work)) = patience.ends_at(progress.sample()) {
                    progress.cancelled.store(true, Ordering::Relaxed);
                    return Err(BlockedRun {
                        wall_clock_timeout: wall_clock_timeout * timeouts,
                        own_work,
                    });
                }
            }
        }
    }
}

/// The stack of a simulation's thread. It need not grow with the number of
/// hosts, which are polled one after another, but debug builds of libp2p nest
/// deeply.
const STACK: usize = 8 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// What the supervisor says after each sample.
    fn said(samples: &[(u64, u64, bool)]) -> Vec<Option<(u32, bool)>> {
        let mut patience = Patience::default();
        let samples = samples.iter();
        samples
            .map(|&(events, calls, is_at_work)| {
                patience.ends_at(Sample {
                    events,
                    calls,
                    is_at_work,
                })
            })
            .collect()
    }

    #[test]
    fn code_that_blocks_is_found_after_one_timeout() {
        let told = said(&[(5, 1, false), (9, 1, false), (9, 1, false)]);
        assert_eq!(told, [None, None, Some((1, false))]);
    }

    #[test]
    fn set_up_without_an_event_is_no_blocked_run() {
        assert_eq!(
            said(&[(0, 1, false), (0, 2, false), (0, 3, false)]),
            [None; 3]
        );
        // It is one once the calls have ended.
        let told = said(&[(0, 1, false), (0, 2, false), (0, 2, false)]);
        assert_eq!(told, [None, None, Some((3, false))]);
    }

    #[test]
    fn a_long_check_is_no_blocked_run() {
        assert_eq!(
            said(&[(7, 1, true), (7, 1, true), (8, 1, false)]),
            [None; 3]
        );
    }

    #[test]
    fn own_work_without_an_end_is_told_as_such() {
        let samples: Vec<_> = (1..=u64::from(OWN_WORK)).map(|it| (0, it, false)).collect();
        let told = said(&samples);
        assert!(told[..told.len() - 1].iter().all(Option::is_none));
        assert_eq!(told[told.len() - 1], Some((OWN_WORK, true)));
        let blocked = BlockedRun {
            wall_clock_timeout: Duration::from_secs(600),
            own_work: true,
        };
        let text = blocked.to_string();
        assert!(text.contains("the harness was at work"), "{text}");
        assert!(!text.contains("blocks its thread"), "{text}");
    }

    #[test]
    fn work_of_the_harness_is_noted_also_when_it_panics() {
        let progress = Progress::default();
        progress.own_work(|| assert!(progress.sample().is_at_work));
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            progress.own_work(|| panic!("a check panics"))
        }));
        let sample = progress.sample();
        assert_eq!((sample.calls, sample.is_at_work), (2, false));
    }
}
