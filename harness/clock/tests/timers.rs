//! Timers fire in order, at their exact instant, and only in their session.

#![expect(clippy::disallowed_methods, reason = "a session belongs to its thread")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, Wake, Waker},
    thread,
    time::Duration,
};

use dht_harness_clock::{
    Fired, Owner, Session, Timer, VirtualInstant, advance_to, fire_next, next_timer, run_as,
    timers, timers_of,
};

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn at(nanos: u64) -> VirtualInstant {
    VirtualInstant::from_nanos(nanos)
}

/// Counts its wake-ups.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counter {
    fn new() -> (Arc<Self>, Waker) {
        let counter = Arc::new(Self::default());
        (Arc::clone(&counter), Waker::from(counter))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_timer_fires_at_its_instant_and_not_before() {
    let _session = Session::enter(1).unwrap();
    let (counter, waker) = Counter::new();
    let mut timer = Timer::after(nanos(10)).unwrap();
    assert_eq!(timer.poll(&waker), Poll::Pending);
    assert_eq!(next_timer(), Some(at(10)));
    advance_to(at(9));
    assert_eq!(fire_next(), None);
    advance_to(at(10));
    assert_eq!(
        timer.poll(&waker),
        Poll::Pending,
        "an expiry is a step of its own"
    );
    assert_eq!(
        fire_next(),
        Some(Fired {
            at: at(10),
            owner: None
        })
    );
    assert_eq!(counter.count(), 1);
    assert_eq!(timer.poll(&waker), Poll::Ready(()));
    assert_eq!(timer.poll(&waker), Poll::Ready(()));
    assert_eq!((fire_next(), next_timer(), timers()), (None, None, 0));

    timer.reset(nanos(5));
    assert_eq!(timer.poll(&waker), Poll::Pending);
    assert_eq!(next_timer(), Some(at(15)));
    advance_to(at(15));
    assert!(fire_next().is_some());
    assert_eq!(timer.poll(&waker), Poll::Ready(()));
    assert_eq!(counter.count(), 2);
}

#[test]
fn equal_instants_fire_in_the_order_of_arming() {
    let _session = Session::enter(1).unwrap();
    let mut kept = Vec::new();
    for number in 0..100 {
        let _host = run_as(Owner(number));
        kept.push(Timer::after(nanos(7)).unwrap());
    }
    kept[0].reset(nanos(7));
    kept.remove(50);
    advance_to(at(7));
    let fired: Vec<_> = std::iter::from_fn(fire_next)
        .map(|fired| fired.owner.unwrap().0)
        .collect();
    let expected: Vec<_> = (1..100).filter(|number| *number != 50).chain([0]).collect();
    assert_eq!(fired, expected);
}

#[test]
fn a_zero_duration_is_due_at_once_and_is_a_step_of_its_own() {
    let _session = Session::enter(1).unwrap();
    advance_to(at(3));
    let mut timer = Timer::after(Duration::ZERO).unwrap();
    assert_eq!(timer.poll(Waker::noop()), Poll::Pending);
    assert_eq!(next_timer(), Some(at(3)));
    assert_eq!(
        fire_next(),
        Some(Fired {
            at: at(3),
            owner: None
        })
    );
    assert_eq!(timer.poll(Waker::noop()), Poll::Ready(()));
}

#[test]
fn endless_durations_do_not_overflow() {
    let _session = Session::enter(1).unwrap();
    advance_to(at(3));
    let _timer = Timer::after(Duration::MAX).unwrap();
    assert_eq!(next_timer(), Some(VirtualInstant::MAX));
}

#[test]
fn only_the_last_waker_is_woken_and_it_survives_a_reset() {
    let _session = Session::enter(1).unwrap();
    let ((first, first_waker), (last, last_waker)) = (Counter::new(), Counter::new());
    let mut timer = Timer::after(nanos(1)).unwrap();
    assert_eq!(timer.poll(&first_waker), Poll::Pending);
    assert_eq!(timer.poll(&last_waker), Poll::Pending);
    assert_eq!(Arc::strong_count(&first), 2, "the former waker is dropped");
    timer.reset(nanos(2));
    advance_to(at(2));
    assert!(fire_next().is_some());
    assert_eq!((first.count(), last.count()), (0, 1));
    assert_eq!(Arc::strong_count(&last), 2);
}

#[test]
fn armed_timers_are_counted_by_owner() {
    let _session = Session::enter(1).unwrap();
    let unowned = Timer::after(nanos(1)).unwrap();
    let guard = run_as(Owner(4));
    let mut kept: Vec<_> = (0..10).map(|_| Timer::after(nanos(5)).unwrap()).collect();
    drop(guard);
    assert_eq!(
        (timers(), timers_of(Owner(4)), timers_of(Owner(5))),
        (11, 10, 0)
    );
    kept.truncate(6);
    kept[0].reset(nanos(1));
    drop(unowned);
    assert_eq!((timers(), timers_of(Owner(4))), (6, 6));
    advance_to(at(1));
    assert_eq!(
        fire_next(),
        Some(Fired {
            at: at(1),
            owner: Some(Owner(4))
        })
    );
    assert_eq!((timers(), timers_of(Owner(4))), (5, 5));
}

#[test]
fn a_reset_gives_a_timer_without_owner_the_current_one() {
    let _session = Session::enter(1).unwrap();
    let mut timer = Timer::after(nanos(1)).unwrap();
    for number in [1, 2] {
        let _host = run_as(Owner(number));
        timer.reset(nanos(1));
        assert_eq!(timers_of(Owner(1)), 1);
    }
}

#[test]
fn outside_a_simulation_there_are_no_timers() {
    assert!(Timer::after(nanos(1)).is_none());
    assert_eq!(
        (next_timer(), fire_next(), timers(), timers_of(Owner(0))),
        (None, None, 0, 0)
    );
}

#[test]
fn a_timer_that_outlives_its_session_is_inert() {
    let session = Session::enter(1).unwrap();
    let (counter, waker) = Counter::new();
    let mut armed = Timer::after(nanos(1)).unwrap();
    assert_eq!(armed.poll(&waker), Poll::Pending);
    let mut fired = Timer::after(Duration::ZERO).unwrap();
    assert!(fire_next().is_some());
    drop((session, waker));
    assert_eq!(
        Arc::strong_count(&counter),
        1,
        "the session's wakers are dropped with it"
    );

    let check = |timer: &mut Timer| {
        timer.reset(nanos(1));
        assert_eq!(timer.poll(Waker::noop()), Poll::Pending);
    };
    check(&mut armed);
    check(&mut fired);
    // Nor does it touch the slots of the next session.
    let _next = Session::enter(1).unwrap();
    let mut own = Timer::after(nanos(1)).unwrap();
    check(&mut armed);
    check(&mut fired);
    drop((armed, fired));
    assert_eq!(timers(), 1);
    advance_to(at(1));
    assert!(fire_next().is_some());
    assert_eq!(own.poll(Waker::noop()), Poll::Ready(()));
    assert_eq!(counter.count(), 0);
}

#[test]
fn a_timer_on_another_thread_is_inert() {
    let _session = Session::enter(1).unwrap();
    let [mut moved, mut into_simulation] = [(); 2].map(|()| Timer::after(nanos(1)).unwrap());
    thread::spawn(move || {
        moved.reset(nanos(1));
        assert_eq!(moved.poll(Waker::noop()), Poll::Pending);
    })
    .join()
    .unwrap();
    thread::spawn(move || {
        let _session = Session::enter(1).unwrap();
        let _own = Timer::after(nanos(1)).unwrap();
        into_simulation.reset(nanos(1));
        assert_eq!(into_simulation.poll(Waker::noop()), Poll::Pending);
        drop(into_simulation);
        assert_eq!(timers(), 1);
    })
    .join()
    .unwrap();
    assert_eq!(timers(), 2, "they stay armed where they belong");
}

/// Owns timers, and uses them when it is woken and when it is dropped.
#[derive(Default)]
struct Task(Mutex<Vec<Timer>>);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let mut timers = self.0.lock().unwrap();
        timers.clear();
        timers.extend(Timer::after(nanos(1)));
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // The next task is owned by its timer's waker, and so on without end.
        if let Some(mut timer) = Timer::after(nanos(1)) {
            let next = Arc::new(Self::default());
            assert_eq!(timer.poll(&Waker::from(Arc::clone(&next))), Poll::Pending);
            next.0.lock().unwrap().push(timer);
        }
    }
}

#[test]
fn wakers_may_own_timers() {
    let session = Session::enter(1).unwrap();
    let task = Arc::new(Task::default());
    let waker = Waker::from(Arc::clone(&task));
    for _ in 0..10 {
        let mut timer = Timer::after(nanos(1)).unwrap();
        assert_eq!(timer.poll(&waker), Poll::Pending);
        task.0.lock().unwrap().push(timer);
    }
    advance_to(at(1));
    assert!(fire_next().is_some());
    assert_eq!(timers(), 1);
    let mut timer = task.0.lock().unwrap().pop().unwrap();
    assert_eq!(timer.poll(&waker), Poll::Pending);
    drop((task, waker));
    // Now the timer's waker is the task's last owner: it is dropped with the
    // session.
    drop(session);
    drop(timer);
}

#[test]
fn a_session_at_the_end_of_its_thread_is_harmless() {
    thread_local! {
        static KEPT: std::cell::RefCell<Vec<(Timer, Option<Session>)>> =
            const { std::cell::RefCell::new(Vec::new()) };
    }
    thread::spawn(|| {
        KEPT.with_borrow_mut(|_| ());
        let session = Session::enter(1).unwrap();
        let mut timer = Timer::after(nanos(1)).unwrap();
        assert_eq!(timer.poll(Waker::noop()), Poll::Pending);
        KEPT.with_borrow_mut(|kept| kept.push((timer, Some(session))));
    })
    .join()
    .unwrap();
}
