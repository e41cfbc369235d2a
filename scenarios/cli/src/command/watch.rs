//! Tells which cases run when nothing else is told for long.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::output;

/// After how long a case that still runs is told.
const LONG: Duration = Duration::from_secs(10);

/// How often it is looked whether one does.
const TICK: Duration = Duration::from_secs(1);

/// The cases that run.
pub(super) struct Watch {
    running: Arc<Mutex<Vec<Running>>>,
}

struct Running {
    name: String,
    since: Instant,
    is_told: bool,
}

impl Watch {
    /// Watches in a thread of its own until it is dropped.
    #[expect(clippy::disallowed_methods, reason = "the real time that a case takes")]
    pub(super) fn start() -> Self {
        let running = Arc::<Mutex<Vec<Running>>>::default();
        let watched = Arc::downgrade(&running);
        thread::spawn(move || {
            while let Some(running) = watched.upgrade() {
                for case in locked(&running).iter_mut() {
                    let time = case.since.elapsed();
                    if time >= LONG && !case.is_told {
                        case.is_told = true;
                        output::note(format_args!(
                            "{} runs for {} s already, and goes on",
                            case.name,
                            time.as_secs()
                        ));
                    }
                }
                drop(running);
                thread::sleep(TICK);
            }
        });
        Watch { running }
    }

    /// Does the work of a case, which is told if it takes long.
    #[expect(clippy::disallowed_methods, reason = "the real time that a case takes")]
    pub(super) fn during<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        locked(&self.running).push(Running {
            name: name.to_owned(),
            since: Instant::now(),
            is_told: false,
        });
        let done = work();
        locked(&self.running).retain(|case| case.name != name);
        done
    }
}

fn locked(running: &Mutex<Vec<Running>>) -> MutexGuard<'_, Vec<Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
