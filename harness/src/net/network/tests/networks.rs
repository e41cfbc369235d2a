//! Interfaces beside the first one: private networks, and the loopback interface.

use super::*;
use crate::net::{Reach, interfaces::Interfaces};

/// A lab whose hosts have these interfaces.
fn lab(interfaces: [&str; 2]) -> Lab {
    let mut lab = Lab::new(ConnKind::Mux);
    for (host, text) in [A, B].into_iter().zip(interfaces) {
        if !text.is_empty() {
            lab.net.add_interfaces(host, &text.parse().unwrap());
        }
    }
    lab
}

/// Listens on all addresses, and returns those that the listener is told.
fn listen_on_all(lab: &mut Lab, host: HostId) -> Vec<String> {
    lab.net.close_listener(lab.listener);
    let any = format!("0.0.0.0:{PORT}").parse().unwrap();
    lab.listener = lab.net.listen(host, 0, any, ConnKind::Mux, None).unwrap();
    notices(lab)
}

fn notices(lab: &mut Lab) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(Poll::Ready(event)) = lab.net.poll_listener(lab.listener, &ME) {
        match event {
            ListenerEvent::Address(at) => told.push(format!("+{at}")),
            ListenerEvent::Expired(at) => told.push(format!("-{at}")),
            ListenerEvent::Incoming { .. } => {}
        }
    }
    told
}

fn dial(lab: &mut Lab, from: HostId, address: &str) -> Poll<Result<(), ConnError>> {
    let mut request = lab.request(from, B);
    request.target = address.parse().unwrap();
    let conn = lab.net.dial(request).unwrap();
    lab.run();
    lab.outcome(conn)
}

#[test]
fn a_listener_on_all_addresses_is_told_those_of_all_interfaces() {
    let mut lab = lab(["", "loopback,office"]);
    let told = listen_on_all(&mut lab, B);
    assert_eq!(
        told,
        ["+10.0.0.2:4001", "+127.0.0.1:4001", "+172.16.0.1:4001"]
    );
    let fault = lab.net.inject(Fault::Offline { host: B }).unwrap();
    assert_eq!(notices(&mut lab), ["-10.0.0.2:4001", "-172.16.0.1:4001"]);
    lab.net.heal(fault);
    assert_eq!(notices(&mut lab), ["+10.0.0.2:4001", "+172.16.0.1:4001"]);
}

#[test]
fn a_private_network_is_reached_by_its_members_alone() {
    for (of_a, reached) in [
        ("office", true),
        ("", false),
        ("home", false),
        ("home,office", true),
    ] {
        let mut lab = lab([of_a, "office"]);
        listen_on_all(&mut lab, B);
        let address = lab.net.home_in(B, "office").unwrap();
        let target = Endpoint::of(&address).unwrap().to_string();
        let outcome = dial(&mut lab, A, &target);
        assert_eq!(outcome == Poll::Ready(Ok(())), reached, "{of_a}");
    }
}

#[test]
fn both_sides_of_a_connection_in_a_private_network_see_addresses_of_it() {
    let mut lab = lab(["office", "office"]);
    listen_on_all(&mut lab, B);
    assert_eq!(dial(&mut lab, A, "172.16.0.2:4001"), Poll::Ready(Ok(())));
    let conn = lab.net.conns.iter().next().unwrap();
    assert_eq!(conn.ends[0].local.host_ip().to_string(), "172.16.0.1");
    assert_eq!(conn.ends[1].remote.host_ip().to_string(), "172.16.0.1");
}

#[test]
fn a_move_leaves_connections_in_private_networks_alone() {
    let mut lab = lab(["office", "office"]);
    listen_on_all(&mut lab, B);
    assert_eq!(dial(&mut lab, A, "172.16.0.2:4001"), Poll::Ready(Ok(())));
    lab.net.assign_ip(B, [10, 9, 9, 9].into()).unwrap();
    lab.run();
    let info = lab.net.connections_of(B)[0];
    assert!(info.dialer_alive && info.listener_alive);
    let taken = lab.net.assign_ip(B, [172, 16, 0, 9].into());
    assert!(matches!(taken, Err(NetError::IpOfNetwork { .. })));
}

#[test]
fn the_loopback_address_leads_to_the_host_itself() {
    let mut lab = lab(["", ""]);
    listen_on_all(&mut lab, B);
    let refused = failed(ConnError::Refused);
    assert_eq!(dial(&mut lab, A, "127.0.0.1:4001"), refused);
    assert_eq!(dial(&mut lab, B, "127.0.0.1:4001"), Poll::Ready(Ok(())));
    let own = lab.net.conns.iter().find(|conn| conn.ends[0].host == B);
    assert_eq!(own.unwrap().ends[1].host, B);
}

/// As Docker sets it up: each host has a bridge with the same address.
#[test]
fn the_address_of_a_bridge_leads_each_host_to_itself() {
    let mut lab = lab(["bridge", "bridge,first,second"]);
    let told = listen_on_all(&mut lab, B);
    let own = [
        "+10.0.0.2:4001",
        "+172.17.0.1:4001",
        "+172.16.0.1:4001",
        "+172.18.0.1:4001",
    ];
    assert_eq!(told, own);
    let refused = failed(ConnError::Refused);
    assert_eq!(dial(&mut lab, A, "172.17.0.1:4001"), refused);
    assert_eq!(dial(&mut lab, B, "172.17.0.1:4001"), Poll::Ready(Ok(())));
    let connected = lab.net.conns.iter().find(|conn| conn.ends[0].host == B);
    assert_eq!(connected.unwrap().ends[1].host, B);
    assert!(lab.net.home_in(B, "bridge").is_some());
    assert_eq!(lab.net.home_in(B, "loopback"), None);
}

#[test]
fn a_host_without_a_bridge_reaches_none() {
    let mut lab = lab(["", "bridge"]);
    listen_on_all(&mut lab, B);
    let bridge = "172.17.0.1:4001";
    let unanswered = failed(ConnError::TimedOut);
    assert_eq!(dial(&mut lab, A, bridge), unanswered);
    let reach = lab.net.reach(A, bridge.parse().unwrap());
    assert_eq!(reach, Reach::OtherNetwork);
}

/// RFC 9293, section 3.5: a socket of TCP that dials itself meets itself, and not a listener.
#[test]
fn a_dial_from_the_port_of_the_listener_reaches_the_listener_over_quic_alone() {
    for (carrier, expected) in [
        (Carrier::Tcp, failed(ConnError::Refused)),
        (Carrier::Quic, Poll::Ready(Ok(()))),
    ] {
        let mut lab = Lab::over(carrier, IpVersion::V4);
        lab.net.close_listener(lab.listener);
        let any = Endpoint::new([0; 4].into(), PORT, IpVersion::V4, carrier);
        lab.listener = lab.net.listen(B, 0, any, ConnKind::Mux, None).unwrap();
        let mut request = lab.request(B, B);
        request.target = Endpoint::new([127, 0, 0, 1].into(), PORT, IpVersion::V4, carrier);
        request.reuse_port = true;
        let conn = lab.net.dial(request).unwrap();
        lab.run();
        assert_eq!(lab.outcome(conn), expected, "{carrier}");
    }
}

#[test]
fn a_listener_of_one_address_answers_there_alone() {
    let mut lab = lab(["office", "office"]);
    lab.net.close_listener(lab.listener);
    let at = |lab: &mut Lab, text: &str| {
        let bind = text.parse().unwrap();
        lab.net.listen(B, 0, bind, ConnKind::Mux, None)
    };
    lab.listener = at(&mut lab, "172.16.0.2:4001").unwrap();
    let refused = failed(ConnError::Refused);
    assert_eq!(dial(&mut lab, A, "10.0.0.2:4001"), refused);
    assert_eq!(dial(&mut lab, A, "172.16.0.2:4001"), Poll::Ready(Ok(())));
    assert!(at(&mut lab, "10.0.0.2:4001").is_ok(), "another address");
    for taken in ["10.0.0.2:4001", "0.0.0.0:4001"] {
        let again = at(&mut lab, taken);
        assert!(matches!(again, Err(NetError::PortInUse { .. })), "{taken}");
    }
    let foreign = at(&mut lab, "172.16.0.1:4002");
    assert!(matches!(foreign, Err(NetError::AddressNotLocal { .. })));
}

#[test]
fn addresses_in_a_network_are_handed_out_in_the_order_of_the_hosts() {
    let mut lab = lab(["office,lab", "lab"]);
    let at = |host, network: &str| {
        let home = lab.net.home_in(host, network);
        home.map(|home| Endpoint::of(&home).unwrap().host_ip().to_string())
    };
    assert_eq!(at(A, "office").as_deref(), Some("172.16.0.1"));
    assert_eq!(at(A, "lab").as_deref(), Some("172.18.0.1"));
    assert_eq!(at(B, "lab").as_deref(), Some("172.18.0.2"));
    assert_eq!(at(B, "office"), None);
    assert_eq!(at(B, "loopback"), None);
    lab.net
        .add_interfaces(B, &Interfaces::default().with_loopback());
    assert!(lab.net.home_in(B, "loopback").is_some());
}
