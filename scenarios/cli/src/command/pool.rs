//! Cases in several threads at once: each simulation is alone on its own.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use dht_scenarios::Case;

/// How many threads the system lets this process run at the same time.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Works on all cases, `threads` of them at a time, and hands the results on in
/// the order of the cases, each as soon as those before it are there. Once
/// `done` breaks, no further case is begun and nothing more is handed on.
#[expect(
    clippy::disallowed_methods,
    reason = "each thread runs simulations of its own"
)]
pub(super) fn each<T: Send>(
    cases: &[Case<'_>],
    threads: usize,
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
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(position).map(|case| (position, case))
                } {
                    // Nobody listens any more: there is nothing left to do.
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
