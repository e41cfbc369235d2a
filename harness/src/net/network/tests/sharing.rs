use super::*;

const C: HostId = HostId(2);

/// A network whose access links have this bandwidth, which connections share.
fn fair(up: u64, down: u64) -> NetworkConfig {
    NetworkConfig {
        bandwidth: Some(Bandwidth { up, down }),
        sharing: Sharing::Fair,
        ..NetworkConfig::default()
    }
}

impl Lab {
    /// A host with a listener.
    fn add_host(&mut self) -> (HostId, u32) {
        let host = self.net.add_host(None, AddressKinds::default());
        (host, self.listen(host))
    }

    /// A connection to the host of a listener.
    fn connect_to(&mut self, from: HostId, to: HostId, listener: u32) -> ConnRef {
        let request = self.request(from, to);
        let conn = self.net.dial(request).unwrap();
        self.run();
        assert_eq!(self.outcome(conn), Poll::Ready(Ok(())));
        let incoming = self.net.poll_listener(listener, &ME);
        assert!(matches!(
            incoming,
            Some(Poll::Ready(ListenerEvent::Incoming { conn: accepted, .. })) if accepted == conn
        ));
        conn
    }

    /// Writes as much as the window allows.
    fn write_all(&mut self, conn: ConnRef, bytes: usize) -> usize {
        let mut left = bytes;
        while left > 0
            && let Poll::Ready(written) = self.write(conn, Dialer, &vec![0; left.min(60_000)])
        {
            left -= written.unwrap();
        }
        bytes - left
    }

    /// Delivers everything, and returns when each connection got its last data, in
    /// microseconds.
    fn ends<const N: usize>(&mut self, start: VirtualInstant, conns: [ConnRef; N]) -> [u128; N] {
        self.events();
        self.run();
        let events = self.events();
        conns.map(|wanted| {
            let of_conn = events.iter().filter_map(|event| match event {
                NetEvent::Delivered { at, conn, .. } if *conn == wanted.id => Some(*at),
                _ => None,
            });
            of_conn.max().unwrap().saturating_since(start).as_micros()
        })
    }
}

#[test]
fn two_connections_share_an_uplink() {
    let mut lab = Lab::with(ConnKind::Stream, fair(1_000_000, 0));
    let (long, short) = (lab.connect(), lab.connect());
    let start = lab.now();
    lab.write_all(long, 600_000);
    lab.write_all(short, 200_000);
    // 200,000 bytes of each at half the rate, the rest of the long one alone; and the latency.
    let ends = lab.ends(start, [long, short]);
    assert_eq!(ends, [800_000 + 10_000, 400_000 + 10_000]);
    assert_eq!(lab.net.in_flight(), 0);
    assert_eq!(
        lab.read(long, Listener).map_ok(|read| read.len()),
        ready(600_000)
    );
    assert_eq!(
        lab.read(short, Listener).map_ok(|read| read.len()),
        ready(200_000)
    );
}

#[test]
fn two_connections_share_a_downlink() {
    let mut lab = Lab::with(ConnKind::Stream, fair(0, 1_000_000));
    let (c, _) = lab.add_host();
    let long = lab.connect();
    let short = lab.connect_to(c, B, lab.listener);
    let start = lab.now();
    lab.write_all(long, 600_000);
    lab.write_all(short, 200_000);
    let ends = lab.ends(start, [long, short]);
    assert_eq!(ends, [800_000 + 10_000, 400_000 + 10_000]);
}

#[test]
fn a_small_message_does_not_wait_for_a_large_one() {
    let arrival = |sharing| {
        let config = NetworkConfig {
            sharing,
            ..fair(1_000_000, 0)
        };
        let mut lab = Lab::with(ConnKind::Stream, config);
        let (large, small) = (lab.connect(), lab.connect());
        let start = lab.now();
        lab.write_all(large, 1_000_000);
        lab.run_until(start.saturating_add(ms(100)));
        lab.write_all(small, 500);
        lab.ends(start, [small, large])
    };
    // Half of the rate for 500 bytes.
    let fair = arrival(Sharing::Fair);
    assert_eq!(fair, [100_000 + 1_000 + 10_000, 1_000_500 + 10_000]);
    let first_come = arrival(Sharing::FirstCome);
    assert_eq!(first_come, [1_000_500 + 10_000, 1_000_000 + 10_000]);
}

#[test]
fn what_a_slow_receiver_leaves_goes_to_the_others() {
    let config = NetworkConfig {
        window: 128 << 10,
        latency: Latency::Constant(ms(1)),
        ..fair(3_000_000, 0)
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let (c, of_c) = lab.add_host();
    assert_eq!(c, C);
    lab.inject(Fault::Bandwidth {
        host: Some(C),
        bandwidth: Some(Bandwidth {
            up: 0,
            down: 100_000,
        }),
    });
    let conns = [lab.connect_to(A, C, of_c), lab.connect(), lab.connect()];
    let start = lab.now();
    let mut received = [0; 3];
    // The slow connection fills its window in the first second.
    let (from, to) = (5_000, 45_000);
    while lab.now() < start.saturating_add(ms(to)) {
        for (conn, received) in conns.into_iter().zip(&mut received) {
            lab.write_all(conn, usize::MAX);
            if let Poll::Ready(read) = lab.read(conn, Listener)
                && lab.now() > start.saturating_add(ms(from))
            {
                *received += read.unwrap().len();
            }
        }
        assert!(lab.net.next_event().is_some());
        lab.step();
    }
    // 100,000 bytes per second, and half of the rest for each of the others.
    let expected = [4_000_000, 58_000_000, 58_000_000];
    for (received, expected) in received.into_iter().zip(expected) {
        let difference = f64::from(received as u32) / f64::from(expected) - 1.0;
        assert!(difference.abs() < 0.02, "{received} of {expected}");
    }
}

#[test]
fn a_connection_that_is_reset_leaves_the_link() {
    let mut lab = Lab::with(ConnKind::Stream, fair(1_000_000, 1_000_000));
    let (c, of_c) = lab.add_host();
    let (kept, gone) = (lab.connect(), lab.connect_to(A, c, of_c));
    let start = lab.now();
    lab.write_all(kept, 60_000);
    lab.write_all(gone, 60_000);
    lab.run_until(start.saturating_add(ms(60)));
    lab.inject(Fault::Reset {
        scope: ResetScope::Between(A, c),
    });
    assert_eq!(lab.net.in_flight(), 1);
    // Half of it is left at 60 ms; then come the latency and the downlink.
    let ends = lab.ends(start, [kept]);
    assert_eq!(ends, [60_000 + 30_000 + 10_000 + 60_000]);
    assert_eq!(lab.net.in_flight(), 0);
    lab.net.drop_pipe(gone, Dialer);
    lab.net.drop_pipe(gone, Listener);
    let next = lab.connect_to(A, c, of_c);
    let start = lab.now();
    lab.write_all(next, 10_000);
    assert_eq!(lab.ends(start, [next]), [10_000 + 10_000 + 10_000]);
}

#[test]
fn a_new_bandwidth_applies_to_what_is_on_the_link() {
    let mut lab = Lab::with(ConnKind::Stream, fair(1_000_000, 0));
    let (one, other) = (lab.connect(), lab.connect());
    let start = lab.now();
    lab.write_all(one, 50_000);
    lab.write_all(other, 50_000);
    lab.run_until(start.saturating_add(ms(50)));
    let slow = lab.inject(Fault::Bandwidth {
        host: Some(A),
        bandwidth: Some(Bandwidth::from(100_000)),
    });
    lab.run_until(start.saturating_add(ms(250)));
    assert!(lab.net.heal(slow));
    // 50,000 bytes in 50 ms, 20,000 bytes in 200 ms, and 30,000 bytes in 30 ms.
    let ends = lab.ends(start, [one, other]);
    assert_eq!(ends, [280_000 + 10_000; 2]);

    let start = lab.now();
    lab.write_all(one, 50_000);
    lab.run_until(start.saturating_add(ms(10)));
    lab.inject(Fault::Bandwidth {
        host: None,
        bandwidth: None,
    });
    lab.write_all(one, 50_000);
    assert_eq!(lab.ends(start, [one]), [10_000 + 10_000]);
}

#[test]
fn a_stream_of_quic_ends_after_its_data() {
    let bandwidths = [(1_000_000, 0), (0, 1_000_000), (1_000_000, 1_000_000)];
    for ((up, down), sharing) in bandwidths.into_iter().flat_map(|bandwidth| {
        [Sharing::FirstCome, Sharing::Fair].map(|sharing| (bandwidth, sharing))
    }) {
        let config = NetworkConfig {
            sharing,
            ..fair(up, down)
        };
        let mut lab = Lab::with_all(Carrier::Quic, IpVersion::V4, config);
        let conn = lab.connect();
        let stream = lab.net.open_stream(conn, Dialer).unwrap();
        let other = lab.net.open_stream(conn, Dialer).unwrap();
        for number in 0..3_u8 {
            for stream in [other, stream] {
                let payload = vec![number; 20_000];
                let written = lab.net.write(conn, Dialer, stream, &payload, &ME);
                assert_eq!(written, ready(20_000));
            }
        }
        lab.net.finish(conn, Dialer, stream).unwrap();
        let mut got = Vec::new();
        loop {
            match lab.read_stream(conn, Listener, stream) {
                Poll::Ready(Ok(bytes)) if bytes.is_empty() => break,
                Poll::Ready(read) => got.extend(read.unwrap()),
                Poll::Pending => {
                    lab.step();
                }
            }
        }
        let expected: Vec<u8> = (0..3).flat_map(|number| vec![number; 20_000]).collect();
        assert!(got == expected, "{} bytes", got.len());
        lab.run();
        assert_eq!(lab.net.in_flight(), 0);
    }
}
