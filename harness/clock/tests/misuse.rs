//! Blocking inside a simulation is recorded, and neither waits nor moves the
//! clock. The waits are so long that a test that really waited would hang, so
//! no clock has to be read.

#![expect(clippy::disallowed_methods, reason = "the misuses to be recorded")]

use std::{
    sync::{Condvar, Mutex},
    thread,
    time::Duration,
};

use dht_harness_clock::{
    Misuse, MisuseKind, Owner, Session, VirtualInstant, advance_to, now, run_as, take_misuses,
};

const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

#[test]
fn sleeps_are_recorded() {
    let _session = Session::enter(1).unwrap();
    let at = VirtualInstant::from_nanos(42);
    advance_to(at);
    thread::sleep(YEAR);
    {
        let _host = run_as(Owner(3));
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(now(), Some(at));
    let sleep = |duration, owner| Misuse {
        kind: MisuseKind::Sleep(duration),
        at,
        owner,
    };
    assert_eq!(
        take_misuses(),
        [
            sleep(YEAR, None),
            sleep(Duration::from_millis(5), Some(Owner(3)))
        ]
    );
    assert_eq!(take_misuses(), []);
}

#[test]
fn waits_with_a_limit_are_recorded() {
    let _session = Session::enter(1).unwrap();
    thread::park_timeout(YEAR);
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    let guard = mutex.lock().unwrap();
    assert!(condvar.wait_timeout(guard, 2 * YEAR).unwrap().1.timed_out());

    let limits: Vec<_> = take_misuses()
        .into_iter()
        .map(|misuse| misuse.kind)
        .collect();
    for years in 1..=2 {
        assert!(
            limits.contains(&MisuseKind::Sleep(years * YEAR)),
            "{years} of {limits:?}"
        );
    }
}

#[test]
fn records_are_bounded_and_end_with_the_next_session() {
    let session = Session::enter(1).unwrap();
    for _ in 0..10_000 {
        thread::sleep(YEAR);
    }
    drop(session);
    assert_eq!(take_misuses().len(), 4096);
    drop(Session::enter(1).unwrap());

    let session = Session::enter(1).unwrap();
    thread::sleep(YEAR);
    drop(session);
    let _next = Session::enter(1).unwrap();
    assert_eq!(take_misuses(), []);
}

#[test]
fn waits_outside_are_real_and_not_recorded() {
    thread::sleep(Duration::from_nanos(1));
    thread::park_timeout(Duration::from_nanos(1));
    assert_eq!(take_misuses(), []);
}
