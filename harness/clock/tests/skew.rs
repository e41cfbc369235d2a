//! A host's clocks follow its skew wherever the host runs.

#![expect(clippy::disallowed_methods, reason = "the clocks to be tested")]

use std::{
    cell::Cell,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use dht_harness_clock::{
    Owner, Session, Skew, Timer, VirtualInstant, advance_to, next_timer, now, run_as,
    set_owner_resolver, set_skew,
};

const FAST: Skew = Skew {
    wall_offset_nanos: 0,
    rate_ppb: 1_000_000,
};
const SECOND: Duration = Duration::from_secs(1);

fn advance(duration: Duration) {
    advance_to(now().unwrap() + duration);
}

#[test]
fn only_the_owners_fast_clock_gains() {
    let _session = Session::enter(1).unwrap();
    set_skew(Owner(1), FAST);
    let start = Instant::now();
    advance(1000 * SECOND);
    assert_eq!(start.elapsed(), 1000 * SECOND);
    {
        let _host = run_as(Owner(1));
        assert_eq!(start.elapsed(), 1001 * SECOND);
        let _other = run_as(Owner(2));
        assert_eq!(start.elapsed(), 1000 * SECOND);
    }
    assert_eq!(start.elapsed(), 1000 * SECOND);
    assert_eq!(now(), Some(VirtualInstant::ZERO + 1000 * SECOND));
}

#[test]
fn monotonic_time_is_continuous_across_changes() {
    let _session = Session::enter(1).unwrap();
    let _host = run_as(Owner(1));
    let mut last = Instant::now();
    for rate_ppb in [500_000_000, -999_999_999, 0, -500_000_000, 1_000_000_000, 0] {
        let before = Instant::now();
        set_skew(
            Owner(1),
            Skew {
                wall_offset_nanos: 0,
                rate_ppb,
            },
        );
        assert_eq!(Instant::now(), before);
        for _ in 0..100 {
            advance(Duration::from_nanos(1));
            assert!(Instant::now() >= last);
            last = Instant::now();
        }
    }
}

#[test]
fn the_wall_clock_is_offset_and_may_be_before_the_epoch() {
    let _session = Session::enter(1).unwrap();
    let start = SystemTime::now();
    let _host = run_as(Owner(1));
    set_skew(
        Owner(1),
        Skew {
            wall_offset_nanos: -1_500_000_000,
            rate_ppb: 0,
        },
    );
    assert_eq!(
        start.duration_since(SystemTime::now()).unwrap(),
        Duration::from_millis(1500)
    );
    set_skew(
        Owner(1),
        Skew {
            wall_offset_nanos: i64::MIN,
            rate_ppb: 0,
        },
    );
    assert!(SystemTime::now() < UNIX_EPOCH);
}

#[test]
fn timers_follow_their_owners_clock() {
    let _session = Session::enter(1).unwrap();
    set_skew(Owner(1), FAST);
    let guard = run_as(Owner(1));
    let start = Instant::now();
    let mut timer = Timer::after(1001 * SECOND).unwrap();
    drop(guard);
    assert_eq!(next_timer(), Some(VirtualInstant::ZERO + 1000 * SECOND));
    // The rate is the owner's, not that of the code that resets the timer.
    timer.reset(2002 * SECOND);
    assert_eq!(next_timer(), Some(VirtualInstant::ZERO + 2000 * SECOND));
    advance_to(next_timer().unwrap());
    let _host = run_as(Owner(1));
    assert_eq!(start.elapsed(), 2002 * SECOND);
}

#[test]
fn the_owner_named_by_the_resolver_has_its_skewed_clock() {
    thread_local! {
        static RUNNING: Cell<Option<Owner>> = const { Cell::new(None) };
    }
    let _session = Session::enter(1).unwrap();
    set_owner_resolver(Some(|| {
        // Reading the clock here would be wrong, but must not recurse
        // endlessly.
        let _ = Instant::now();
        RUNNING.get()
    }));
    set_skew(Owner(1), FAST);
    let start = Instant::now();
    advance(1000 * SECOND);
    RUNNING.set(Some(Owner(1)));
    assert_eq!(start.elapsed(), 1001 * SECOND);
    RUNNING.set(None);
    assert_eq!(start.elapsed(), 1000 * SECOND);
}

#[test]
#[should_panic(expected = "would not go forward")]
fn a_rate_that_stops_the_clock_panics() {
    let _session = Session::enter(1).unwrap();
    set_skew(
        Owner(1),
        Skew {
            wall_offset_nanos: 0,
            rate_ppb: -1_000_000_000,
        },
    );
}
