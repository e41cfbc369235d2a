//! Inside a simulation delays follow the virtual clock.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use dht_harness_clock::{
    Owner, Session, VirtualInstant, advance_to, fire_next, next_timer, run_as, timers_of,
};
use futures_timer::Delay;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn poll(delay: &mut Delay) -> Poll<()> {
    pin!(delay).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the simulation has a thread of its own"
)]
fn a_delay_completes_at_its_virtual_instant() {
    let _session = Session::enter(1).unwrap();
    let start = Instant::now();
    let mut delay = Delay::new(DAY);
    assert_eq!(poll(&mut delay), Poll::Pending);
    assert_eq!(next_timer(), Some(VirtualInstant::ZERO + DAY));
    advance_to(next_timer().unwrap());
    assert!(fire_next().is_some());
    assert_eq!(start.elapsed(), DAY);
    assert_eq!(poll(&mut delay), Poll::Ready(()));

    delay.reset(DAY);
    assert_eq!(poll(&mut delay), Poll::Pending);
    assert_eq!(next_timer(), Some(VirtualInstant::ZERO + 2 * DAY));
    drop(delay);
    assert_eq!(next_timer(), None);
}

#[test]
fn a_delay_belongs_to_the_current_owner() {
    let _session = Session::enter(1).unwrap();
    let _host = run_as(Owner(3));
    let _delay = Delay::new(DAY);
    assert_eq!(timers_of(Owner(3)), 1);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the simulation has a thread of its own"
)]
fn a_virtual_delay_elsewhere_stays_pending() {
    let session = Session::enter(1).unwrap();
    let (mut moved, mut outlives) = (Delay::new(Duration::ZERO), Delay::new(Duration::ZERO));
    thread::spawn(move || {
        moved.reset(Duration::ZERO);
        assert_eq!(poll(&mut moved), Poll::Pending);
    })
    .join()
    .unwrap();
    drop(session);
    outlives.reset(Duration::ZERO);
    assert_eq!(poll(&mut outlives), Poll::Pending);
}
