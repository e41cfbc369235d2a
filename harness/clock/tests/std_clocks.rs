//! std's clocks are virtual on a simulation's thread and real on every other.

#![expect(
    clippy::disallowed_methods,
    reason = "compares virtual clocks with real ones"
)]

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dht_harness_clock::{Session, VirtualInstant, advance_to, is_active, now, real_now};

const START: Duration = Duration::from_secs(1_767_225_600);

#[test]
fn std_clocks_follow_the_simulation() {
    let _session = Session::enter(1).unwrap();
    let start = Instant::now();
    assert_eq!(Instant::now(), start);
    assert_eq!(SystemTime::now(), UNIX_EPOCH + START);
    assert!(
        start
            .checked_sub(Duration::from_secs(7 * 24 * 3600))
            .is_some()
    );

    let month = Duration::new(30 * 24 * 3600, 123_456_789);
    advance_to(VirtualInstant::ZERO + month);
    assert_eq!(start.elapsed(), month);
    assert_eq!(SystemTime::now(), UNIX_EPOCH + START + month);
    assert_eq!(now(), Some(VirtualInstant::ZERO + month));
}

#[test]
fn the_machines_clock_is_back_after_the_session() {
    let before = Instant::now();
    let session = Session::enter(1).unwrap();
    advance_to(VirtualInstant::MAX);
    let inside = real_now();
    assert!(is_active());
    drop(session);
    let after = Instant::now();
    assert!(before <= inside && inside <= after);
    assert_ne!(SystemTime::now(), UNIX_EPOCH + START);
}

#[test]
fn other_threads_keep_the_machines_clock_meanwhile() {
    let (ask, asked) = mpsc::channel::<()>();
    let (tell, told) = mpsc::channel();
    let other = thread::spawn(move || {
        for () in asked {
            tell.send((is_active(), Instant::now(), SystemTime::now()))
                .unwrap();
        }
    });
    let before = Instant::now();
    let wall_before = SystemTime::now();
    let session = Session::enter(1).unwrap();
    for hour in 1..100 {
        advance_to(VirtualInstant::from_nanos(hour * 3_600_000_000_000));
        ask.send(()).unwrap();
        let (active, monotonic, wall) = told.recv().unwrap();
        assert!(!active);
        assert!(monotonic >= before && monotonic <= real_now());
        // Close to the real time, and in no case virtual. The bound is generous
        // because the machine's wall clock may be adjusted meanwhile.
        assert!(wall > wall_before - Duration::from_secs(3600));
        assert_ne!(wall, SystemTime::now());
    }
    drop(session);
    drop(ask);
    other.join().unwrap();
}

#[test]
fn simulations_in_parallel_do_not_see_each_other() {
    let threads: Vec<_> = (1..9)
        .map(|step| {
            thread::spawn(move || {
                let _session = Session::enter(step).unwrap();
                let start = Instant::now();
                for nanos in (step..1000 * step).step_by(step as usize) {
                    advance_to(VirtualInstant::from_nanos(nanos));
                    assert_eq!(start.elapsed(), Duration::from_nanos(nanos));
                    thread::yield_now();
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn a_thread_started_by_a_simulation_is_not_simulated() {
    let _session = Session::enter(1).unwrap();
    let wall = thread::spawn(|| {
        assert!(!is_active());
        SystemTime::now()
    });
    assert_ne!(wall.join().unwrap(), SystemTime::now());
}
