use super::*;

#[test]
fn latency_does_not_limit_throughput() {
    let config = NetworkConfig {
        latency: Latency::Constant(ms(100)),
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let conn = lab.connect();
    let start = lab.now();
    for number in 0..1_000_u32 {
        let written = lab.write(conn, Dialer, &number.to_le_bytes());
        assert_eq!(written, ready(4));
    }
    // Data written at one instant arrives in one event.
    assert_eq!(lab.run(), 1);
    assert_eq!(lab.now(), start.saturating_add(ms(100)));
    let expected: Vec<u8> = (0..1_000_u32).flat_map(u32::to_le_bytes).collect();
    assert_eq!(lab.read(conn, Listener), ready(expected));
    assert_eq!(lab.read(conn, Listener), Poll::Pending);
}

#[test]
fn order_survives_jitter() {
    let config = NetworkConfig {
        latency: Latency::Uniform {
            min: ms(1),
            max: ms(200),
        },
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let conn = lab.connect();
    let (mut got, mut instants) = (Vec::new(), Vec::new());
    let start = lab.now();
    for number in 0..100_u8 {
        lab.net.at(start.saturating_add(ms(u64::from(number))));
        assert_eq!(lab.write(conn, Dialer, &[number]), ready(1));
    }
    while lab.net.next_event().is_some() {
        lab.step();
        instants.push(lab.now());
        if let Poll::Ready(Ok(bytes)) = lab.read(conn, Listener) {
            got.extend(bytes);
        }
    }
    assert_eq!(got, (0..100).collect::<Vec<u8>>());
    assert!(instants.is_sorted());
}

#[test]
fn a_full_window_blocks_until_credit_returns() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let start = lab.now();
    let much = vec![1; 2 << 20];
    assert_eq!(lab.write(conn, Dialer, &much), ready(1 << 20));
    assert_eq!(lab.write(conn, Dialer, &much), Poll::Pending);
    lab.run();
    assert_eq!(lab.write(conn, Dialer, &much), Poll::Pending);
    assert_eq!(lab.read(conn, Listener).map_ok(|b| b.len()), ready(1 << 20));
    assert_eq!(lab.write(conn, Dialer, &much), Poll::Pending);
    assert!(lab.step(), "credit wakes the writer");
    assert_eq!(lab.now(), start.saturating_add(ms(20)));
    assert_eq!(lab.write(conn, Dialer, &much), ready(1 << 20));
}

#[test]
fn a_fast_reader_causes_no_credit_events() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    for _ in 0..100 {
        assert_eq!(lab.write(conn, Dialer, &[0; 100]), ready(100));
        assert_eq!(lab.run(), 1);
        assert_eq!(lab.read(conn, Listener).map_ok(|b| b.len()), ready(100));
    }
}

#[test]
fn closing_one_way_leaves_the_other_open() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    assert_eq!(lab.write(conn, Dialer, b"question"), ready(8));
    assert_eq!(lab.net.finish(conn, Dialer, PIPE), Ok(()));
    assert_eq!(lab.write(conn, Dialer, b"?"), failed(ConnError::BrokenPipe));
    lab.run();
    assert_eq!(lab.read(conn, Listener), ready(b"question".to_vec()));
    assert_eq!(lab.read(conn, Listener), ready(vec![]));
    assert_eq!(lab.write(conn, Listener, b"answer"), ready(6));
    lab.run();
    assert_eq!(lab.read(conn, Dialer), ready(b"answer".to_vec()));
}

#[test]
fn dropping_a_fully_read_pipe_ends_it_and_breaks_later_writes() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    assert_eq!(lab.write(conn, Dialer, b"bye"), ready(3));
    lab.net.drop_pipe(conn, Dialer);
    assert_eq!(lab.net.resources(A), Default::default());
    lab.run();
    assert_eq!(lab.read(conn, Listener), ready(b"bye".to_vec()));
    assert_eq!(lab.read(conn, Listener), ready(vec![]));
    // The first write finds that the remote end is gone.
    assert_eq!(lab.write(conn, Listener, b"x"), ready(1));
    lab.run();
    assert_eq!(
        lab.write(conn, Listener, b"x"),
        failed(ConnError::BrokenPipe)
    );
    lab.net.drop_pipe(conn, Listener);
    assert!(lab.nothing_alive());
    assert_eq!(lab.net.in_flight(), 0);
}

#[test]
fn dropping_a_pipe_with_unread_data_resets_it() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    assert_eq!(lab.write(conn, Listener, b"unread"), ready(6));
    lab.run();
    lab.net.drop_pipe(conn, Dialer);
    lab.run();
    assert_eq!(lab.read(conn, Listener), failed(ConnError::Reset));
    assert_eq!(lab.write(conn, Listener, b"x"), failed(ConnError::Reset));
}

#[test]
fn data_in_flight_to_a_dropped_pipe_is_answered_with_a_reset() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    assert_eq!(lab.write(conn, Listener, b"late"), ready(4));
    lab.net.drop_pipe(conn, Dialer);
    lab.run();
    assert_eq!(
        lab.write(conn, Listener, b"x"),
        failed(ConnError::BrokenPipe)
    );
}

#[test]
fn bandwidth_limits_both_directions() {
    let config = NetworkConfig {
        bandwidth: Some(Bandwidth::from(1_000_000)),
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let conn = lab.connect();
    let start = lab.now();
    for _ in 0..10 {
        assert_eq!(lab.write(conn, Dialer, &[0; 10_000]), ready(10_000));
    }
    lab.run();
    // 100,000 bytes at 1 MB/s up, the latency, and the last segment down.
    assert_eq!(lab.now(), start.saturating_add(ms(100 + 10 + 10)));
    assert_eq!(lab.read(conn, Listener).map_ok(|b| b.len()), ready(100_000));
}

#[test]
fn delivery_is_recorded_with_the_hash_of_its_payload() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    lab.events();
    assert_eq!(lab.write(conn, Dialer, b"payload"), ready(7));
    lab.run();
    let at = lab.now();
    let expected = NetEvent::Delivered {
        at,
        conn: conn.id,
        from: A,
        to: B,
        bytes: 7,
        hash: xxhash_rust::xxh3::xxh3_64(b"payload"),
    };
    assert_eq!(lab.events(), [expected]);
    assert_eq!(lab.net.traffic(A).sent.count, 1);
    assert_eq!(lab.net.traffic(B).received.last, Some(at));
}
