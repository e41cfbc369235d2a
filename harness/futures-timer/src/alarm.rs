//! Delays on the machine's clock: an ordered map of what is armed, and one
//! helper thread that waits for the earliest.
//!
//! Wakers are cloned, woken and dropped only while the map is unlocked: each of
//! the three may run foreign code that calls back into this module.

use std::{
    collections::BTreeMap,
    panic::{self, AssertUnwindSafe},
    sync::{Condvar, Mutex, MutexGuard, Once, PoisonError},
    task::{Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use dht_harness_clock::real_now;

/// Stands for "never" where the clock cannot represent the due instant.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

static ARMED: Mutex<Armed> = Mutex::new(Armed {
    wakers: BTreeMap::new(),
    next: 0,
});
static EARLIER: Condvar = Condvar::new();

/// When an alarm is due, and the number of the arming: unique and in order.
type Key = (Instant, u64);

struct Armed {
    /// An alarm is armed exactly as long as its key is in here.
    wakers: BTreeMap<Key, Option<Waker>>,
    next: u64,
}

impl Armed {
    fn insert(&mut self, due: Instant, waker: Option<Waker>) -> Key {
        let key = (due, self.next);
        self.next += 1;
        self.wakers.insert(key, waker);
        if self
            .wakers
            .first_key_value()
            .is_some_and(|(first, _)| *first == key)
        {
            EARLIER.notify_one();
        }
        key
    }
}

/// A delay on the machine's clock. Disarmed when dropped.
pub(crate) struct Alarm {
    key: Key,
}

impl Alarm {
    pub(crate) fn after(duration: Duration) -> Self {
        start_helper();
        let due = due_after(duration);
        Self {
            key: lock().insert(due, None),
        }
    }

    pub(crate) fn reset(&mut self, duration: Duration) {
        let due = due_after(duration);
        let mut armed = lock();
        let waker = armed.wakers.remove(&self.key).flatten();
        self.key = armed.insert(due, waker);
    }

    pub(crate) fn poll(&mut self, waker: &Waker) -> Poll<()> {
        match lock().wakers.get(&self.key) {
            None => return Poll::Ready(()),
            Some(Some(former)) if former.will_wake(waker) => return Poll::Pending,
            Some(_) => {}
        }
        let mut waker = Some(waker.clone());
        // The alarm may have fired while the map was unlocked. The swap leaves
        // the former waker here, to be dropped after the unlock.
        match lock().wakers.get_mut(&self.key) {
            None => Poll::Ready(()),
            Some(registered) => {
                std::mem::swap(registered, &mut waker);
                Poll::Pending
            }
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        let _waker = lock().wakers.remove(&self.key);
    }
}

/// Uses the machine's clock even on a simulation's thread, where
/// `Instant::now()` is virtual.
fn due_after(duration: Duration) -> Instant {
    let now = real_now();
    now.checked_add(duration).unwrap_or_else(|| now + FAR)
}

/// No foreign code runs under the lock, so a poisoned map is still consistent.
fn lock() -> MutexGuard<'static, Armed> {
    ARMED.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(
    clippy::disallowed_methods,
    reason = "for delays outside of simulations"
)]
fn start_helper() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        thread::Builder::new()
            .name("futures-timer".into())
            .spawn(run)
            .expect("the helper thread of futures-timer starts");
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "for delays outside of simulations"
)]
fn run() {
    let mut due = Vec::new();
    loop {
        let mut armed = lock();
        let now = Instant::now();
        while let Some(first) = armed
            .wakers
            .first_entry()
            .filter(|first| first.key().0 <= now)
        {
            due.extend(first.remove());
        }
        if due.is_empty() {
            let next = armed.wakers.first_key_value().map(|((due, _), _)| *due);
            // A spurious wake-up only costs another iteration.
            match next {
                Some(next) => drop(EARLIER.wait_timeout(armed, next - now)),
                None => drop(EARLIER.wait(armed)),
            }
            continue;
        }
        drop(armed);
        for waker in due.drain(..) {
            // The thread serves the whole process, so it must survive a waker's
            // panic.
            let _ = panic::catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
    }
}
