//! The rules of QUIC beside those of TCP, and of IPv6 beside IPv4.

use super::*;

const QUIC: Carrier = Carrier::Quic;

/// As libp2p-quic's timeouts: for a handshake, and for a connection of which nothing is heard.
const HANDSHAKE: u64 = 5_000;
const IDLE: u64 = 10_000;

fn stream_with(lab: &mut Lab, conn: ConnRef, bytes: &[u8]) -> u32 {
    let stream = lab.net.open_stream(conn, Dialer).unwrap();
    let written = lab.net.write(conn, Dialer, stream, bytes, &ME);
    assert_eq!(written, ready(bytes.len()));
    stream
}

/// Whether each side knows that the connection is over.
fn over(lab: &mut Lab, conn: ConnRef) -> [bool; 2] {
    [Dialer, Listener].map(|side| lab.net.poll_moves(conn, side, &ME).is_ready())
}

#[test]
fn a_port_of_quic_is_none_of_tcp() {
    let mut lab = Lab::new(ConnKind::Mux);
    let both = lab.listen_at(B, Carrier::Quic, IpVersion::V4);
    assert!(both.is_ok());
    for carrier in [Carrier::Quic, Carrier::Tcp, Carrier::WebSocket] {
        let again = lab.listen_at(B, carrier, IpVersion::V4);
        let taken = NetError::PortInUse {
            host: B,
            port: PORT,
        };
        assert_eq!(again, Err(taken), "{carrier:?}");
    }
}

#[test]
fn a_host_listens_only_on_addresses_that_it_has() {
    let mut lab = Lab::new(ConnKind::Mux);
    let result = lab.listen_at(B, Carrier::Quic, IpVersion::V6);
    assert!(matches!(result, Err(NetError::AddressNotLocal { .. })));
}

#[test]
fn a_dial_of_quic_to_a_port_without_listener_is_not_answered() {
    let mut lab = Lab::over(QUIC, IpVersion::V4);
    lab.net.close_listener(lab.listener);
    let quic = lab.dial();
    lab.run_until(at_ms(HANDSHAKE - 1));
    assert_eq!(lab.outcome(quic), Poll::Pending);
    lab.run_until(at_ms(HANDSHAKE));
    assert_eq!(lab.outcome(quic), failed(ConnError::TimedOut));

    let mut lab = Lab::over(Carrier::WebSocket, IpVersion::V4);
    lab.net.close_listener(lab.listener);
    let tcp = lab.dial();
    lab.run_until(at_ms(HANDSHAKE - 1));
    assert_eq!(lab.outcome(tcp), failed(ConnError::Refused));
}

#[test]
fn another_carrier_at_the_same_port_does_not_answer() {
    let mut lab = Lab::over(Carrier::WebSocket, IpVersion::V4);
    let mut request = lab.request(A, B);
    request.target = lab.endpoint(B, Carrier::Tcp, IpVersion::V4);
    let conn = lab.net.dial(request).unwrap();
    lab.run();
    assert_eq!(lab.outcome(conn), failed(ConnError::Refused));
}

#[test]
fn hosts_with_both_versions_are_reached_over_either() {
    for version in IpVersion::ALL {
        let mut lab = Lab::over(Carrier::Tcp, version);
        let conn = lab.connect();
        let remote = lab.net.conns.get(conn).unwrap().ends[1].remote;
        assert_eq!(remote.version(), version);
    }
}

#[test]
fn a_host_without_ip6_has_no_such_address() {
    let mut lab = Lab::over(Carrier::Tcp, IpVersion::V6);
    let old = lab.net.add_host(None, AddressKinds::default());
    let conn = lab.net.dial(lab.request(A, old)).unwrap();
    lab.run();
    assert_eq!(lab.outcome(conn), failed(ConnError::TimedOut));
}

#[test]
fn an_idle_connection_of_quic_notices_a_crash() {
    let mut lab = Lab::over(QUIC, IpVersion::V4);
    let conn = lab.connect();
    let crashed = lab.now().saturating_add(ms(1_000));
    lab.run_until(crashed);
    lab.net.crash(B);
    lab.run_until(crashed.saturating_add(ms(IDLE - 1)));
    assert!(!over(&mut lab, conn)[0]);
    lab.run_until(crashed.saturating_add(ms(IDLE)));
    assert!(over(&mut lab, conn)[0]);

    let mut lab = Lab::over(Carrier::Tcp, IpVersion::V4);
    let conn = lab.connect();
    lab.net.crash(B);
    lab.run_until(at_ms(3_600_000));
    assert!(
        !over(&mut lab, conn)[0],
        "TCP hears nothing and sends nothing"
    );
}

#[test]
fn a_restarted_host_resets_the_connections_of_quic_that_it_forgot() {
    let mut lab = Lab::over(QUIC, IpVersion::V4);
    let conn = lab.connect();
    lab.net.crash(B);
    lab.run_until(at_ms(2_000));
    lab.net.revive(B);
    lab.run_until(at_ms(3_000));
    assert!(over(&mut lab, conn)[0], "the keep-alive packet is answered");
}

#[test]
fn a_cut_of_less_than_the_idle_timeout_is_survived() {
    for (length, survives) in [(IDLE - 1, true), (IDLE + 1, false)] {
        let mut lab = Lab::over(QUIC, IpVersion::V4);
        let conn = lab.connect();
        lab.run_until(at_ms(1_000));
        let fault = lab.inject(Fault::Blackhole { a: A, b: B });
        lab.run_until(at_ms(1_000 + length));
        lab.net.heal(fault);
        lab.run_until(at_ms(100_000));
        assert_eq!(over(&mut lab, conn), [!survives; 2], "{length} ms");
        if survives {
            let stream = stream_with(&mut lab, conn, b"hi");
            lab.run();
            assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(stream));
        }
    }
}

#[test]
fn a_connection_of_quic_does_not_migrate() {
    let config = NetworkConfig {
        migration: true,
        ..NetworkConfig::default()
    };
    for (back, survives) in [(false, false), (true, true)] {
        let mut lab = Lab::with_all(QUIC, IpVersion::V4, config.clone());
        let conn = lab.connect();
        let old = lab.net.ip(B).unwrap();
        lab.run_until(at_ms(1_000));
        lab.net.assign_ip(B, [10, 9, 9, 9].into()).unwrap();
        assert_eq!(over(&mut lab, conn), [false; 2], "neither side is told");
        lab.run_until(at_ms(5_000));
        if back {
            lab.net.assign_ip(B, old).unwrap();
        }
        lab.run_until(at_ms(1_000 + IDLE));
        assert_eq!(over(&mut lab, conn), [!survives; 2]);
    }
}

#[test]
fn data_for_an_address_that_is_gone_is_lost() {
    let mut lab = Lab::over(QUIC, IpVersion::V4);
    let conn = lab.connect();
    stream_with(&mut lab, conn, b"on its way");
    lab.net.assign_ip(B, [10, 9, 9, 9].into()).unwrap();
    stream_with(&mut lab, conn, b"sent to nowhere");
    lab.run_until(at_ms(5_000));
    assert_eq!(
        lab.net.accept_stream(conn, Listener, &ME),
        Poll::Pending,
        "nothing arrives"
    );
}

/// A network whose latency is another one for each segment.
fn jittering() -> NetworkConfig {
    NetworkConfig {
        latency: Latency::Uniform {
            min: ms(10),
            max: ms(200),
        },
        ..NetworkConfig::default()
    }
}

/// The order in which substreams that were opened one after another arrive.
fn order_of_arrival(carrier: Carrier) -> Vec<u32> {
    let mut lab = Lab::with_all(carrier, IpVersion::V4, jittering());
    let conn = lab.connect();
    let mut sent = Vec::new();
    for _ in 0..20 {
        sent.push(stream_with(&mut lab, conn, b"a"));
        lab.run_until(lab.now().saturating_add(ms(10)));
    }
    // The second part of the first substream must not overtake its first one.
    let written = lab.net.write(conn, Dialer, sent[0], b"b", &ME);
    assert_eq!(written, ready(1));
    lab.run();
    let mut arrived = Vec::new();
    while let Poll::Ready(Ok(stream)) = lab.net.accept_stream(conn, Listener, &ME) {
        arrived.push(stream);
    }
    assert_eq!(
        lab.read_stream(conn, Listener, sent[0]),
        ready(b"ab".to_vec())
    );
    let mut sorted = arrived.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, sent, "nothing is lost");
    assert_eq!(lab.net.in_flight(), 0);
    arrived
}

#[test]
fn substreams_of_quic_do_not_wait_for_each_other() {
    assert!(order_of_arrival(Carrier::Tcp).is_sorted());
    assert!(!order_of_arrival(QUIC).is_sorted());
}

#[test]
fn parts_of_a_substream_of_quic_arrive_in_their_order() {
    let mut lab = Lab::with_all(QUIC, IpVersion::V4, jittering());
    let conn = lab.connect();
    let streams: Vec<u32> = (0..3).map(|_| stream_with(&mut lab, conn, b"0")).collect();
    for part in b'1'..=b'9' {
        for stream in &streams {
            let written = lab.net.write(conn, Dialer, *stream, &[part], &ME);
            assert_eq!(written, ready(1));
        }
        lab.run_until(lab.now().saturating_add(ms(7)));
    }
    for stream in &streams {
        lab.net.finish(conn, Dialer, *stream).unwrap();
    }
    let mut read = vec![Vec::new(); streams.len()];
    while lab.net.next_event().is_some() {
        lab.step();
        while lab.net.accept_stream(conn, Listener, &ME).is_ready() {}
        for (stream, read) in streams.iter().zip(&mut read) {
            if let Poll::Ready(Ok(more)) = lab.read_stream(conn, Listener, *stream) {
                read.extend(more);
            }
        }
    }
    for read in read {
        assert_eq!(read, b"0123456789");
    }
}

/// A dial of a peer with several addresses is one attempt for each: the other side has only the
/// connection that the dialler takes.
#[test]
fn an_attempt_is_a_connection_once_the_dialler_takes_it() {
    let mut lab = Lab::over(Carrier::Tcp, IpVersion::V4);
    let (taken, dropped) = (lab.dial(), lab.dial());
    lab.run();
    let [_, late] = [(); 2].map(|()| lab.accept().unwrap());
    assert_eq!(lab.net.poll_taken(taken, &ME), Poll::Pending);
    assert_eq!(lab.outcome(taken), ready(()));
    lab.net.drop_dial(dropped);
    lab.run();
    assert_eq!(lab.net.poll_taken(taken, &ME), ready(()));
    assert_eq!(lab.net.poll_taken(late, &ME), failed(ConnError::Reset));

    let mut lab = Lab::new(ConnKind::Mux);
    let only = lab.dial();
    lab.run();
    lab.accept().unwrap();
    assert_eq!(
        lab.net.poll_taken(only, &ME),
        ready(()),
        "a host with one address"
    );
}
