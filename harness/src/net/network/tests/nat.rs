//! Routers: which host reaches which through which translation, by the terms of RFC 4787, and what
//! becomes of idle connections.

use super::homes::{Homes, KINDS, SERVER, granting, nat};
use super::*;
use crate::net::nat::Nat;

/// RFC 4787, section 5: who may use a mapping that exists.
#[test]
fn a_dial_passes_the_filter_of_its_kind_only() {
    for (kind, (name, ..)) in KINDS.iter().enumerate() {
        let mut homes = Homes::new();
        let inside = homes.home(nat(kind));
        let (_, observed) = homes.observed(inside);
        let stranger = homes.host(None);
        let open = kind == 0;
        assert_eq!(homes.reaches(stranger, observed), open, "{name}");
        // The server was contacted at another port than it dials from.
        let (by_address, server) = (kind <= 1, SERVER);
        let again = DialRequest {
            reuse_port: false,
            host: server,
            incarnation: 0,
            target: observed,
            kind: ConnKind::Stream,
            identity: None,
            waits_for_handshake: false,
        };
        let dial = homes.net.dial(again).unwrap();
        homes.run_for(Duration::from_secs(30));
        let reached = homes.net.poll_dial(dial, &ME).is_ready();
        assert_eq!(reached, by_address, "{name}");
        let private = homes.address(inside);
        assert!(!homes.reaches(stranger, private), "{name}");
    }
}

/// RFC 5128, section 3.4, and Ford, Srisuresh and Kegel, "Peer-to-Peer Communication Across
/// Network Address Translators", section 5: a hole can be punched unless one side is symmetric
/// and the other one filters by port. Where the filter is by address alone, the dial of the
/// symmetric side reaches the other's listener, so that it has to begin the handshake.
#[test]
fn holes_can_be_punched_where_the_theory_says_so() {
    for (a, (first, ..)) in KINDS.iter().enumerate() {
        for (b, (second, ..)) in KINDS.iter().enumerate() {
            let mut homes = Homes::new();
            let (starting, waiting) = (homes.home(nat(a)), homes.home(nat(b)));
            let expected = match (a, b) {
                (3, 3) | (3, 2) | (2, 3) => false,
                // Its dial reaches a listener, and both wait.
                (0 | 1, 3) => false,
                _ => true,
            };
            assert_eq!(
                homes.punches(starting, waiting),
                expected,
                "{first} begins, {second} waits"
            );
        }
    }
}

#[test]
fn two_dials_that_meet_are_one_connection() {
    let mut homes = Homes::new();
    let (a, b) = (homes.home(nat(2)), homes.home(nat(2)));
    assert!(homes.punches(a, b));
    let of_a = homes.net.connections_of(a);
    assert_eq!(of_a.len(), 2, "that to the server, and one to the other");
    let merged = |event: &&NetEvent| matches!(event, NetEvent::DialMerged { .. });
    assert_eq!(homes.net.log.events.iter().filter(merged).count(), 1);
    assert_eq!(
        homes.net.resources(a).dials + homes.net.resources(b).dials,
        0
    );
}

/// RFC 6298: the second SYN follows after 1 s. It passes if a hole was made meanwhile.
#[test]
fn a_dial_that_comes_too_early_is_sent_again() {
    let mut homes = Homes::new();
    let (a, b) = (homes.home(nat(2)), homes.host(None));
    let (_, of_a) = homes.observed(a);
    let early = homes.start(b, of_a, true);
    homes.run_for(ms(500));
    assert!(homes.net.poll_dial(early, &ME).is_pending());
    let to_b = homes.address(b);
    let late = homes.start(a, to_b, false);
    homes.run_for(ms(100));
    assert!(homes.net.poll_dial(late, &ME).is_ready());
    assert!(homes.net.poll_dial(early, &ME).is_ready());
}

/// RFC 4787, REQ-9.
#[test]
fn hairpinning_is_a_property_of_the_router() {
    for hairpin in [false, true] {
        let mut homes = Homes::new();
        let open = Nat { hairpin, ..nat(0) };
        let router = homes.net.add_router(open, None);
        let (a, b) = (homes.host(Some(router)), homes.host(Some(router)));
        let (_, of_b) = homes.observed(b);
        assert_eq!(homes.reaches(a, of_b), hairpin);
        let private = homes.address(b);
        assert!(homes.reaches(a, private), "in the same home");
    }
}

#[test]
fn two_homes_may_use_the_same_private_address() {
    let mut homes = Homes::new();
    let (a, b) = (homes.home(nat(0)), homes.home(nat(0)));
    assert_eq!(homes.net.ip(a), homes.net.ip(b));
    let own = homes.address(b);
    let dial = homes.start(a, own, false);
    homes.run_for(ms(100));
    let dialled = homes.net.log.events.iter().find_map(|event| match event {
        NetEvent::Dialled { to, .. } => *to,
        _ => None,
    });
    assert_eq!(dialled, Some(a), "the address leads to the own host");
    assert!(homes.net.poll_dial(dial, &ME).is_ready());
}

#[test]
fn a_host_behind_two_routers_is_translated_twice() {
    let mut homes = Homes::new();
    let carrier = Nat {
        carrier_grade: true,
        ..nat(2)
    };
    let carrier = homes.net.add_router(carrier, None);
    let home = homes.net.add_router(nat(2), Some(carrier));
    let inside = homes.host(Some(home));
    assert_eq!(homes.net.ip(inside).unwrap().octets()[..2], [192, 168]);
    assert_eq!(homes.net.routers[1].outer.octets()[..2], [100, 64]);
    let (_, observed) = homes.observed(inside);
    assert_eq!(observed.host_ip(), homes.net.routers[0].outer);
    let stranger = homes.host(None);
    assert!(!homes.reaches(stranger, observed));
    let mut other = Homes::new();
    let open = Nat {
        carrier_grade: true,
        ..nat(0)
    };
    let carrier = other.net.add_router(open, None);
    let home = other.net.add_router(nat(0), Some(carrier));
    let inside = other.host(Some(home));
    let (_, observed) = other.observed(inside);
    let stranger = other.host(None);
    assert!(other.reaches(stranger, observed), "both let it pass");
}

#[test]
fn a_port_is_mapped_on_request_or_refused() {
    let mut homes = Homes::new();
    let inside = homes.home(nat(2));
    assert!(matches!(
        homes.net.map_port(inside, Carrier::Tcp),
        Err(NetError::PortMappingRefused { .. })
    ));
    assert!(matches!(
        homes.net.map_port(SERVER, Carrier::Tcp),
        Err(NetError::NotBehindRouter { .. })
    ));
    let inside = homes.home(granting(2));
    let mapped = homes.net.map_port(inside, Carrier::Tcp).unwrap();
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, mapped));
    homes.run_for(Duration::from_secs(90_000));
    let other = homes.host(None);
    assert!(homes.reaches(other, mapped), "a grant does not expire");
}

#[test]
fn a_port_is_mapped_for_one_host_also_after_it_has_dialled() {
    let mut homes = Homes::new();
    let router = homes.net.add_router(granting(2), None);
    let (first, second) = (homes.host(Some(router)), homes.host(Some(router)));
    let (_, observed) = homes.observed(first);
    let mapped = homes.net.map_port(first, Carrier::Tcp).unwrap();
    assert_eq!(mapped, observed, "the port that the host uses already");
    assert_eq!(homes.net.map_port(first, Carrier::Tcp).unwrap(), mapped);
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, mapped));
    assert!(matches!(
        homes.net.map_port(second, Carrier::Tcp),
        Err(NetError::PortMapped { .. })
    ));
}

#[test]
fn a_port_that_another_host_dials_from_is_mapped_on_request() {
    let mut homes = Homes::new();
    let router = homes.net.add_router(granting(2), None);
    let (first, second) = (homes.host(Some(router)), homes.host(Some(router)));
    let (conn, observed) = homes.observed(first);
    let mapped = homes.net.map_port(second, Carrier::Tcp).unwrap();
    assert_eq!(
        mapped, observed,
        "the number of the port is that of both hosts"
    );
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, mapped));
    assert_eq!(homes.net.connections_of(second).len(), 1);
    let written = homes.net.write(conn, Dialer, PIPE, b"hello", &ME);
    assert_eq!(written, ready(5));
    homes.run_for(ms(100));
    let info = homes.net.connections_of(first);
    assert!(info[0].dialer_alive && info[0].listener_alive, "{info:?}");
    let (_, again) = homes.observed(first);
    assert_ne!(
        again, mapped,
        "the first host gets another port from now on"
    );
}

/// RFC 5382, REQ-5.
#[test]
fn a_router_forgets_a_connection_that_is_idle_for_too_long() {
    let short = Nat {
        lifetime: Duration::from_secs(300),
        ..nat(2)
    };
    for (idle, kept) in [(299, true), (301, false)] {
        let mut homes = Homes::new();
        let inside = homes.home(short);
        let (conn, _) = homes.observed(inside);
        homes.run_for(Duration::from_secs(idle));
        let written = homes.net.write(conn, Dialer, PIPE, b"hello", &ME);
        assert_eq!(written, ready(5));
        homes.run_for(ms(100));
        let info = homes.net.connections_of(inside);
        assert_eq!(info.first().is_some_and(|info| info.dialer_alive), kept);
        assert_eq!(forgotten(&homes).is_empty(), kept);
    }
}

#[test]
fn what_comes_from_outside_to_a_forgotten_connection_is_lost() {
    let short = Nat {
        lifetime: Duration::from_secs(300),
        ..nat(2)
    };
    let mut homes = Homes::new();
    let inside = homes.home(short);
    let (conn, _) = homes.observed(inside);
    homes.run_for(Duration::from_secs(301));
    let written = homes.net.write(conn, Listener, PIPE, b"hello", &ME);
    assert_eq!(written, ready(5));
    homes.run_for(Duration::from_secs(900));
    let mut buf = [0; 8];
    let read = homes.net.read(conn, Dialer, PIPE, &mut buf, &ME);
    assert!(read.is_pending(), "{read:?}");
    let info = homes.net.connections_of(inside)[0];
    assert!(info.dialer_alive && info.listener_alive);
    homes.run_for(Duration::from_secs(60));
    assert!(!homes.net.connections_of(inside)[0].listener_alive);
    assert_eq!(forgotten(&homes), [true], "told once");
}

/// The times a router was told to have forgotten a connection, each with whether it has dropped
/// the packet.
fn forgotten(homes: &Homes) -> Vec<bool> {
    let events = homes.net.log.events.iter();
    let dropped = events.filter_map(|event| match event {
        NetEvent::Forgotten { dropped, .. } => Some(*dropped),
        _ => None,
    });
    dropped.collect()
}
