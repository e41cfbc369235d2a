//! A network interface that goes away, and faults of one of several connections.

use super::*;
use crate::net::fault::Which;

/// A substream from A to B, and whether what is written to it arrives within a second.
fn carries(lab: &mut Lab, conn: ConnRef) -> bool {
    let written = lab.write(conn, Dialer, b"hi");
    if !matches!(written, Poll::Ready(Ok(_))) {
        return false;
    }
    lab.run_until(lab.now().saturating_add(ms(1_000)));
    matches!(lab.read(conn, Listener), Poll::Ready(Ok(read)) if !read.is_empty())
}

fn is_over(lab: &mut Lab, conn: ConnRef, side: Side) -> bool {
    matches!(lab.read(conn, side), Poll::Ready(Err(_)))
}

#[test]
fn nothing_passes_while_the_interface_is_away() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let fault = lab.inject(Fault::Offline { host: B });
    assert!(!carries(&mut lab, conn));
    let dial = lab.dial();
    lab.run_until(lab.now().saturating_add(ms(1_000)));
    assert_eq!(lab.outcome(dial), Poll::Pending);
    lab.net.heal(fault);
    lab.run_until(lab.now().saturating_add(ms(1_000)));
    assert_eq!(lab.read(conn, Listener), ready(b"hi".to_vec()));
    assert!(carries(&mut lab, conn), "the address is the same");
}

#[test]
fn with_another_address_the_connections_never_work_again() {
    let config = NetworkConfig {
        retransmission_timeout: Duration::from_secs(60),
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let conn = lab.connect();
    let fault = lab.inject(Fault::Offline { host: B });
    lab.net.assign_ip(B, [10, 9, 9, 9].into()).unwrap();
    lab.net.heal(fault);
    assert!(!is_over(&mut lab, conn, Listener), "it is not told");
    assert!(!carries(&mut lab, conn));
    lab.run_until(lab.now().saturating_add(ms(60_000)));
    assert!(is_over(&mut lab, conn, Dialer), "nothing is acknowledged");
    assert!(!is_over(&mut lab, conn, Listener), "it has sent nothing");
    // The listener of all addresses has learnt of the new one.
    while matches!(
        lab.net.poll_listener(lab.listener, &ME),
        Some(Poll::Ready(
            ListenerEvent::Expired(_) | ListenerEvent::Address(_)
        ))
    ) {}
    let again = lab.connect();
    assert!(carries(&mut lab, again));
}

#[test]
fn a_move_with_an_interface_ends_the_connections_of_the_host() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    lab.net.assign_ip(B, [10, 9, 9, 9].into()).unwrap();
    assert!(is_over(&mut lab, conn, Listener));
}

#[test]
fn a_listener_of_all_addresses_learns_of_the_interface() {
    let mut lab = Lab::new(ConnKind::Stream);
    let fault = lab.inject(Fault::Offline { host: B });
    let told = |lab: &mut Lab| match lab.net.poll_listener(lab.listener, &ME) {
        Some(Poll::Ready(ListenerEvent::Expired(at))) => Some(("expired", at.host_ip())),
        Some(Poll::Ready(ListenerEvent::Address(at))) => Some(("new", at.host_ip())),
        _ => None,
    };
    let old = lab.net.ip(B).unwrap();
    assert_eq!(told(&mut lab), Some(("expired", old)));
    let new = [10, 9, 9, 9].into();
    lab.net.assign_ip(B, new).unwrap();
    assert_eq!(
        told(&mut lab),
        None,
        "there is no interface with an address"
    );
    lab.net.heal(fault);
    assert_eq!(told(&mut lab), Some(("new", new)));
    assert_eq!(told(&mut lab), None);
}

#[test]
fn an_idle_connection_of_quic_ends_without_the_interface() {
    let mut lab = Lab::over(Carrier::Quic, IpVersion::V4);
    let conn = lab.connect();
    let fault = lab.inject(Fault::Offline { host: B });
    lab.run_until(lab.now().saturating_add(ms(10_000)));
    for side in [Dialer, Listener] {
        assert!(lab.net.poll_moves(conn, side, &ME).is_ready());
    }
    let faults = lab.net.faults();
    assert!(
        faults
            .iter()
            .any(|record| record.id == fault && record.hits > 0)
    );
}

#[test]
fn one_of_two_connections_stalls() {
    for (which, sound) in [(Which::Oldest, 1), (Which::Newest, 0)] {
        let mut lab = Lab::new(ConnKind::Stream);
        let both = [lab.connect(), lab.connect()];
        let fault = lab.inject(Fault::StallOne { a: B, b: A, which });
        assert!(carries(&mut lab, both[sound]), "{which:?}");
        assert!(!carries(&mut lab, both[1 - sound]), "{which:?}");
        lab.net.heal(fault);
        assert!(carries(&mut lab, both[1 - sound]), "{which:?}");
    }
}

#[test]
fn one_of_two_connections_is_reset() {
    for (which, left) in [(Which::Oldest, 1), (Which::Newest, 0)] {
        let mut lab = Lab::new(ConnKind::Stream);
        let both = [lab.connect(), lab.connect()];
        let scope = ResetScope::One(A, B, which);
        lab.inject(Fault::Reset { scope });
        assert!(carries(&mut lab, both[left]), "{which:?}");
        assert!(is_over(&mut lab, both[1 - left], Dialer), "{which:?}");
    }
}
