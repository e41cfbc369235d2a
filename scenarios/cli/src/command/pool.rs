//! Works in several threads, each simulation on a thread of its own.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

/// The number of threads that the system lets this process run at once.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// The greatest number of cases to run at once. Each has a thread.
const MOST_JOBS: usize = 1024;

/// A number of cases to run at once.
pub(super) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("nothing runs with 0 jobs; write 1 or more".to_owned()),
        Ok(jobs) if jobs > MOST_JOBS => Err(format!("at most {MOST_JOBS} run at once")),
        Ok(jobs) => Ok(jobs),
        Err(_) => Err(format!("write a whole number from 1 to {MOST_JOBS}")),
    }
}

/// Runs `work` on all tasks, such as cases, in `threads` threads, and meanwhile `read` with the
/// results. Once `stop` is set, or the results are dropped, no further task is started.
///
/// Returns when no task runs any more. A caller that cannot wait that long after `stop`
/// ends the process in `read`.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread runs simulations of its own"
)]
pub(super) fn each<C: Sync, T: Send, R>(
    tasks: &[C],
    threads: usize,
    stop: &AtomicBool,
    work: impl Fn(&C) -> T + Sync,
    read: impl FnOnce(Results<'_, T>) -> R,
) -> R {
    let next = AtomicUsize::new(0);
    let (results, arriving) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (results, next, work) = (results.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((position, task)) = {
                    let position = match stop.load(Ordering::Relaxed) {
                        true => tasks.len(),
                        false => next.fetch_add(1, Ordering::Relaxed),
                    };
                    tasks.get(position).map(|task| (position, task))
                } {
                    // The receiver is gone, so there is nothing left to do.
                    if results.send((position, work(task))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        read(Results {
            tasks: tasks.len(),
            next: &next,
            stop,
            until: None,
            arriving,
            waiting: BTreeMap::new(),
            position: 0,
        })
    })
}

/// How often it is looked whether the results are to end.
const TICK: Duration = Duration::from_millis(50);

/// How long the results of running tasks are waited for once they are to end.
const GRACE: Duration = Duration::from_millis(500);

/// The results with the positions of their tasks, in the order of the tasks, each as soon
/// as those before it are complete. Shortly after `stop` they end, with those that have
/// arrived until then.
pub(super) struct Results<'a, T> {
    tasks: usize,
    next: &'a AtomicUsize,
    stop: &'a AtomicBool,
    /// When to end, once `stop` is set.
    until: Option<Instant>,
    arriving: mpsc::Receiver<(usize, T)>,
    waiting: BTreeMap<usize, T>,
    position: usize,
}

impl<T> Results<'_, T> {
    /// How many tasks, in their order, have been started.
    pub(super) fn started(&self) -> usize {
        self.next.load(Ordering::Relaxed).min(self.tasks)
    }

    /// The next result to arrive.
    #[expect(clippy::disallowed_methods, reason = "the real time after a signal")]
    fn receive(&mut self) -> Option<(usize, T)> {
        loop {
            let wait = match self.stop.load(Ordering::Relaxed) {
                true => {
                    let now = Instant::now();
                    let until = self.until.get_or_insert(now + GRACE);
                    until.saturating_duration_since(now)
                }
                false => TICK,
            };
            match self.arriving.recv_timeout(wait) {
                Ok(result) => return Some(result),
                Err(RecvTimeoutError::Timeout) if self.until.is_none() => {}
                Err(_) => return None,
            }
        }
    }
}

impl<T> Iterator for Results<'_, T> {
    type Item = (usize, T);

    fn next(&mut self) -> Option<(usize, T)> {
        while !self.waiting.contains_key(&self.position) {
            let Some((position, result)) = self.receive() else {
                break;
            };
            self.waiting.insert(position, result);
        }
        let (position, result) = self.waiting.pop_first()?;
        self.position = position + 1;
        Some((position, result))
    }
}

impl<T> Drop for Results<'_, T> {
    fn drop(&mut self) {
        self.next.store(self.tasks, Ordering::Relaxed);
    }
}
