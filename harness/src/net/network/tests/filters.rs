//! QUIC and IPv6 behind routers, and routers that restart.

use super::homes::{Homes, SERVER, granting, nat};
use super::*;
use crate::net::nat::Nat;

const QUIC: Carrier = Carrier::Quic;

/// A router that filters by port, and one whose mappings depend on the destination.
const PORT_RESTRICTED: usize = 2;
const SYMMETRIC: usize = 3;

fn alive(homes: &Homes, host: HostId) -> bool {
    let info = homes.net.connections_of(host);
    info.iter()
        .any(|info| info.dialer_alive && info.listener_alive)
}

#[test]
fn mappings_of_udp_and_tcp_are_apart() {
    let mut homes = Homes::over(QUIC, IpVersion::V4);
    let inside = homes.home(nat(0));
    let (_, observed) = homes.observed(inside);
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, observed));
    let tcp = Endpoint::new(
        observed.host_ip(),
        observed.port(),
        IpVersion::V4,
        Carrier::Tcp,
    );
    assert!(!homes.reaches(stranger, tcp));
}

/// RFC 4787, REQ-5, and libp2p-quic's keep-alive packets.
#[test]
fn a_connection_of_quic_keeps_its_mapping_and_its_end_does_not() {
    let mut homes = Homes::over(QUIC, IpVersion::V4);
    let inside = homes.home(nat(0));
    let (_, observed) = homes.observed(inside);
    homes.run_for(Duration::from_secs(100_000));
    assert!(alive(&homes, inside));
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, observed));
    homes.net.crash(inside);
    homes.run_for(Duration::from_secs(60));
    homes.net.revive(inside);
    let router = homes.net.router_of(inside).unwrap();
    let gate = |homes: &Homes| {
        let mappings = homes.net.routers[router.0 as usize].at(&observed);
        mappings.leads_to(observed.place(), homes.net.now)
    };
    assert!(gate(&homes).is_some(), "for two minutes after the last use");
    homes.run_for(Duration::from_secs(61));
    assert_eq!(gate(&homes), None);
}

/// Over QUIC both sides begin the handshake (`DialOpts::override_role` without a new port), so
/// that a dial which reaches a listener succeeds, and two that meet are two connections.
#[test]
fn holes_for_quic_are_punched_by_either_side() {
    for a in 0..4 {
        for b in 0..4 {
            let mut homes = Homes::over(QUIC, IpVersion::V4);
            let (first, second) = (homes.home(nat(a)), homes.home(nat(b)));
            let ((_, of_first), (_, of_second)) = (homes.observed(first), homes.observed(second));
            homes.start(first, of_second, false);
            homes.start(second, of_first, false);
            homes.run_for(Duration::from_secs(30));
            let between = homes.net.connections_of(first).into_iter().filter(|info| {
                [info.dialer, info.listener].contains(&second) && info.listener_alive
            });
            let expected = match (a, b) {
                (SYMMETRIC, PORT_RESTRICTED | SYMMETRIC) | (PORT_RESTRICTED, SYMMETRIC) => 0,
                (SYMMETRIC, _) | (_, SYMMETRIC) => 1,
                _ => 2,
            };
            assert_eq!(between.count(), expected, "{a} and {b}");
        }
    }
}

/// libp2p-quic 0.14, `hole_punching.rs`: the side that waits sends packets without meaning.
#[test]
fn a_dial_of_quic_that_waits_is_met_by_one_that_does_not() {
    for (kind, is_met) in [(PORT_RESTRICTED, true), (SYMMETRIC, false)] {
        let mut homes = Homes::over(QUIC, IpVersion::V4);
        let (first, second) = (homes.home(nat(PORT_RESTRICTED)), homes.home(nat(kind)));
        assert_eq!(homes.punches(first, second), is_met);
        let merged = |event: &&NetEvent| matches!(event, NetEvent::DialMerged { .. });
        let count = homes.net.log.events.iter().filter(merged).count();
        assert_eq!(count, usize::from(is_met));
    }
    let mut homes = Homes::over(QUIC, IpVersion::V4);
    let (first, second) = (homes.host(None), homes.host(None));
    let target = homes.address(second);
    let waiting = homes.start(first, target, true);
    homes.run_for(Duration::from_secs(30));
    let outcome = homes.net.poll_dial(waiting, &ME);
    assert_eq!(outcome, Poll::Ready(Err(ConnError::TimedOut)));
}

/// RFC 6092, section 3: a router translates no IPv6 address, and filters.
#[test]
fn a_router_filters_ip6_and_does_not_translate_it() {
    for carrier in [Carrier::Tcp, QUIC] {
        let mut homes = Homes::over(carrier, IpVersion::V6);
        let (inside, other) = (
            homes.home(nat(PORT_RESTRICTED)),
            homes.home(nat(PORT_RESTRICTED)),
        );
        let own = homes.address(inside);
        assert_eq!(homes.net.ip(inside), homes.net.ip(other));
        assert_ne!(
            own,
            homes.address(other),
            "IPv6 addresses are no private ones"
        );
        let stranger = homes.host(None);
        assert!(!homes.reaches(stranger, own));
        let (_, observed) = homes.observed(inside);
        assert_eq!(observed, own);
        assert!(!homes.reaches(stranger, own), "the filter is by port");
        // The server dials from the port that was contacted if the carrier lets it.
        assert_eq!(homes.reaches(SERVER, own), carrier == QUIC);
        let open = homes.home(nat(0));
        let of_open = homes.address(open);
        assert!(!homes.reaches(stranger, of_open), "nothing was sent yet");
        homes.observed(open);
        assert!(homes.reaches(stranger, of_open));
    }
}

#[test]
fn neighbours_reach_each_other_over_ip6_without_their_router() {
    let mut homes = Homes::over(Carrier::Tcp, IpVersion::V6);
    let router = homes.net.add_router(nat(PORT_RESTRICTED), None);
    let (a, b) = (homes.host(Some(router)), homes.host(Some(router)));
    let of_b = homes.address(b);
    assert!(homes.reaches(a, of_b));
    let dial = homes.start(a, of_b, false);
    assert!(homes.net.conns.get(dial).unwrap().path.is_none());
}

#[test]
fn the_router_of_a_provider_leaves_ip6_alone() {
    let mut homes = Homes::over(Carrier::Tcp, IpVersion::V6);
    let carrier = Nat {
        carrier_grade: true,
        ..nat(PORT_RESTRICTED)
    };
    let outer = homes.net.add_router(carrier, None);
    let inside = homes.host(Some(outer));
    let own = homes.address(inside);
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, own));
}

#[test]
fn a_move_behind_a_router_leaves_the_ip6_address_as_it_is() {
    let mut homes = Homes::over(Carrier::Tcp, IpVersion::V6);
    let inside = homes.home(nat(PORT_RESTRICTED));
    let own = homes.address(inside);
    homes.observed(inside);
    let other = "192.168.1.99".parse().unwrap();
    homes.net.assign_ip(inside, other).unwrap();
    assert_eq!(homes.address(inside), own);
    assert!(alive(&homes, inside));
}

#[test]
fn a_router_that_restarts_loses_tcp_and_keeps_quic_at_the_same_port() {
    let write = |homes: &mut Homes, conn| match homes.kind() {
        ConnKind::Stream => drop(homes.net.write(conn, Dialer, PIPE, b"hello", &ME)),
        ConnKind::Mux => {}
    };
    for (carrier, version, kind, kept) in [
        (Carrier::Tcp, IpVersion::V4, PORT_RESTRICTED, false),
        (Carrier::Tcp, IpVersion::V6, PORT_RESTRICTED, true),
        (QUIC, IpVersion::V4, PORT_RESTRICTED, true),
        (QUIC, IpVersion::V6, PORT_RESTRICTED, true),
    ] {
        let mut homes = Homes::over(carrier, version);
        let inside = homes.home(nat(kind));
        let (conn, observed) = homes.observed(inside);
        let router = homes.net.router_of(inside).unwrap();
        assert!(homes.net.restart_router(router, false));
        write(&mut homes, conn);
        homes.run_for(Duration::from_secs(30));
        assert_eq!(alive(&homes, inside), kept, "{carrier} over {version}");
        let (_, again) = homes.observed(inside);
        assert_eq!(again.host_ip(), observed.host_ip());
    }
}

/// A symmetric router chooses its ports, and a restarted one chooses others.
#[test]
fn a_symmetric_router_that_restarts_loses_quic() {
    let mut homes = Homes::over(QUIC, IpVersion::V4);
    let inside = homes.home(nat(SYMMETRIC));
    let (_, observed) = homes.observed(inside);
    let router = homes.net.router_of(inside).unwrap();
    assert!(homes.net.restart_router(router, false));
    homes.run_for(Duration::from_secs(30));
    assert!(!alive(&homes, inside));
    let (_, again) = homes.observed(inside);
    assert_eq!(again.host_ip(), observed.host_ip());
    assert!(again.port() > observed.port(), "{again} after {observed}");
}

#[test]
fn a_router_with_another_address_loses_connections_over_ip4() {
    for carrier in [Carrier::Tcp, QUIC] {
        let mut homes = Homes::over(carrier, IpVersion::V4);
        let inside = homes.home(nat(0));
        let (conn, observed) = homes.observed(inside);
        let router = homes.net.router_of(inside).unwrap();
        assert!(homes.net.restart_router(router, true));
        if carrier == Carrier::Tcp {
            let written = homes.net.write(conn, Dialer, PIPE, b"hello", &ME);
            assert_eq!(written, ready(5));
        }
        homes.run_for(Duration::from_secs(30));
        assert!(!alive(&homes, inside));
        let neighbour = homes.host(Some(router));
        let (_, again) = homes.observed(neighbour);
        assert_ne!(again.host_ip(), observed.host_ip());
        let stranger = homes.host(None);
        assert!(!homes.reaches(stranger, observed));
        assert!(homes.reaches(stranger, again));
    }
}

#[test]
fn a_restart_takes_granted_ports_back() {
    let mut homes = Homes::new();
    let inside = homes.home(granting(PORT_RESTRICTED));
    let mapped = homes.net.map_port(inside, Carrier::Tcp).unwrap();
    let stranger = homes.host(None);
    assert!(homes.reaches(stranger, mapped));
    let router = homes.net.router_of(inside).unwrap();
    homes.net.restart_router(router, false);
    let other = homes.host(None);
    assert!(!homes.reaches(other, mapped));
}

#[test]
fn a_host_that_is_carried_elsewhere_has_the_addresses_of_that_network() {
    for carrier in [Carrier::Tcp, QUIC] {
        for version in IpVersion::ALL {
            let mut homes = Homes::over(carrier, version);
            let cafe = homes.net.add_router(nat(PORT_RESTRICTED), None);
            let neighbour = homes.host(Some(cafe));
            let laptop = homes.home(nat(PORT_RESTRICTED));
            let former = homes.address(laptop);
            homes.observed(laptop);
            assert!(homes.net.relocate(laptop, Some(cafe)));
            assert!(!homes.net.relocate(laptop, Some(cafe)), "it is there");
            homes.run_for(Duration::from_secs(30));
            assert!(!alive(&homes, laptop), "{carrier} over {version}");
            let present = homes.address(laptop);
            assert_ne!(present, former);
            assert!(homes.reaches(neighbour, present));
            assert!(homes.net.relocate(laptop, None));
            let public = homes.address(laptop);
            let stranger = homes.host(None);
            assert!(homes.reaches(stranger, public));
        }
    }
}
