//! Runs cases in several threads, each simulation on a thread of its own.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use dht_scenarios::Case;

/// The number of threads that the system lets this process run at once.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// A number of cases to run at once.
pub(super) fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("nothing runs with 0 jobs; write 1 or more".to_owned()),
        Ok(jobs) => Ok(jobs),
        Err(error) => Err(format!("{error}")),
    }
}

/// Runs `work` on all cases in `threads` threads. Results are passed to `done`
/// in the order of the cases, each as soon as those before it are complete.
/// Once `done` breaks, no further case is started and no further result is
/// passed on. Once `stop` is set, no further case is started, and the results of those
/// that run are still passed on.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread runs simulations of its own"
)]
pub(super) fn each<T: Send>(
    cases: &[Case<'_>],
    threads: usize,
    stop: &AtomicBool,
    work: impl Fn(&Case<'_>) -> T + Sync,
    mut done: impl FnMut(&Case<'_>, T) -> ControlFlow<()>,
) {
    let next = AtomicUsize::new(0);
    let (results, arriving) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (results, next, work) = (results.clone(), &next, &work);
            scope.spawn(move || {
                while let Some((position, case)) = {
                    let position = match stop.load(Ordering::Relaxed) {
                        true => cases.len(),
                        false => next.fetch_add(1, Ordering::Relaxed),
                    };
                    cases.get(position).map(|case| (position, case))
                } {
                    // The receiver is gone, so there is nothing left to do.
                    if results.send((position, work(case))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut waiting = BTreeMap::new();
        let mut position = 0;
        for (arrived, result) in arriving {
            waiting.insert(arrived, result);
            while let Some(result) = waiting.remove(&position) {
                if done(&cases[position], result).is_break() {
                    next.store(cases.len(), Ordering::Relaxed);
                    return;
                }
                position += 1;
            }
        }
    });
}
