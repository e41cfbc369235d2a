//! Tells which cases run when nothing else is told for long.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::output;

/// After how long a case that still runs is told. It is told again each time when it has taken
/// twice as long.
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
    /// The time after which it is told next.
    next: Duration,
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
                    if time >= case.next {
                        case.next = time * 2;
                        output::note(format_args!(
                            "{} has run for {} so far, and goes on",
                            case.name,
                            humantime::format_duration(Duration::from_secs(time.as_secs()))
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
            next: LONG,
        });
        let done = work();
        locked(&self.running).retain(|case| case.name != name);
        done
    }
}

fn locked(running: &Mutex<Vec<Running>>) -> MutexGuard<'_, Vec<Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
