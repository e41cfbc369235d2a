use super::*;

fn cut(lab: &mut Lab, from: HostId, to: HostId, scope: CutScope) -> FaultId {
    lab.inject(Fault::Cut {
        from: vec![from],
        to: vec![to],
        scope,
    })
}

#[test]
fn a_one_way_cut_leaves_the_other_direction_open() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    cut(&mut lab, A, B, CutScope::All);
    assert_eq!(lab.write(conn, Dialer, b"lost"), ready(4));
    assert_eq!(lab.write(conn, Listener, b"heard"), ready(5));
    lab.run_until(at_ms(1_000));
    assert_eq!(lab.read(conn, Dialer), ready(b"heard".to_vec()));
    assert_eq!(lab.read(conn, Listener), Poll::Pending);
    // The dialer's data are lost, the listener's acknowledgements are.
    lab.run();
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::TimedOut));
    assert_eq!(lab.read(conn, Listener), failed(ConnError::TimedOut));
    assert_eq!(lab.now(), at_ms(20 + 924_000));
}

#[test]
fn a_syn_whose_answer_cannot_return_hangs() {
    let mut lab = Lab::new(ConnKind::Stream);
    let fault = cut(&mut lab, B, A, CutScope::All);
    let conn = lab.dial();
    lab.run();
    assert_eq!(lab.outcome(conn), failed(ConnError::TimedOut));
    assert_eq!(lab.accept(), None);
    assert_eq!(lab.net.resources(B).accepts, 0);
    assert_eq!(lab.net.faults()[0].id, fault);
    assert_eq!(lab.net.faults()[0].hits, 1);
}

#[test]
fn held_data_arrives_one_latency_after_the_heal() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let partition = lab.inject(Fault::Partition {
        groups: vec![vec![A], vec![B]],
    });
    assert_eq!(lab.write(conn, Dialer, b"one "), ready(4));
    lab.run_until(at_ms(5_000));
    assert_eq!(lab.write(conn, Dialer, b"two"), ready(3));
    lab.run_until(at_ms(60_000));
    assert_eq!(lab.net.in_flight(), 0);
    assert!(lab.net.heal(partition));
    assert_eq!(lab.net.in_flight(), 1);
    lab.run();
    assert_eq!(lab.now(), at_ms(60_010));
    assert_eq!(lab.read(conn, Listener), ready(b"one two".to_vec()));
    let healed = lab.events().into_iter().find_map(|event| match event {
        NetEvent::FaultHealed { hits, .. } => Some(hits),
        _ => None,
    });
    assert_eq!(healed, Some(2));
}

#[test]
fn held_data_waits_for_every_fault_to_heal() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let first = lab.inject(Fault::Blackhole { a: B, b: A });
    let second = cut(&mut lab, A, B, CutScope::All);
    assert_eq!(lab.write(conn, Dialer, b"x"), ready(1));
    lab.net.heal(first);
    lab.run_until(at_ms(1_000));
    assert_eq!(lab.read(conn, Listener), Poll::Pending);
    lab.net.heal(second);
    lab.run();
    assert_eq!(lab.now(), at_ms(1_010));
}

#[test]
fn a_cut_of_dials_leaves_connections_alone() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    cut(&mut lab, A, B, CutScope::DialsOnly);
    assert_eq!(lab.write(conn, Dialer, b"x"), ready(1));
    let dial = lab.dial();
    lab.run();
    assert_eq!(lab.read(conn, Listener), ready(b"x".to_vec()));
    assert_eq!(lab.outcome(dial), failed(ConnError::TimedOut));
}

#[test]
fn a_host_outside_all_groups_reaches_all_hosts() {
    let mut lab = Lab::new(ConnKind::Stream);
    let bystander = lab.net.add_host(None, AddressKinds::default());
    lab.inject(Fault::Partition {
        groups: vec![vec![A], vec![B]],
    });
    let request = lab.request(bystander, B);
    let conn = lab.net.dial(request).unwrap();
    lab.run();
    assert_eq!(lab.outcome(conn), ready(()));
}

#[test]
fn a_reset_hits_both_ends_at_once() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    assert_eq!(lab.write(conn, Dialer, b"x"), ready(1));
    lab.inject(Fault::Reset {
        scope: ResetScope::Between(A, B),
    });
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::Reset));
    assert_eq!(lab.read(conn, Listener), failed(ConnError::Reset));
    assert_eq!((lab.net.next_event(), lab.net.in_flight()), (None, 0));
    assert_eq!(lab.net.faults()[0].hits, 1);
}

#[test]
fn a_crash_sends_nothing_and_a_reboot_resets() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    lab.net.crash(B);
    assert!(lab.net.resources(B).is_zero());
    assert_eq!(lab.read(conn, Listener), failed(ConnError::HostDown));
    assert_eq!(lab.write(conn, Dialer, b"a probe."), ready(8));
    lab.run_until(at_ms(10_000));
    assert_eq!(lab.read(conn, Dialer), Poll::Pending);
    lab.net.revive(B);
    lab.run();
    assert_eq!(lab.now(), at_ms(10_020));
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::Reset));
    lab.net.drop_pipe(conn, Listener);
    lab.net.drop_pipe(conn, Dialer);
    assert!(lab.net.resources(A).is_zero() && lab.net.resources(B).is_zero());
}

#[test]
fn a_connection_to_a_crashed_host_times_out() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    lab.net.crash(B);
    assert_eq!(lab.write(conn, Dialer, b"a probe."), ready(8));
    lab.run();
    assert_eq!(lab.now(), at_ms(20 + 924_000));
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::TimedOut));
}

#[test]
fn a_muxed_connection_dies_when_its_host_moves() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let stream = lab.net.open_stream(conn, Dialer).unwrap();
    assert_eq!(lab.net.assign_ip(B, "10.77.0.1".parse().unwrap()), Ok(()));
    let gone = failed(ConnError::AddressGone);
    assert_eq!(lab.net.poll_moves(conn, Listener, &ME), gone);
    lab.run();
    assert_eq!(lab.net.poll_moves(conn, Dialer, &ME), Poll::Pending);
    assert_eq!(lab.net.write(conn, Dialer, stream, b"?", &ME), ready(1));
    lab.run();
    assert_eq!(lab.now(), at_ms(20 + 924_000));
    let timed_out = failed(ConnError::TimedOut);
    assert_eq!(lab.net.poll_moves(conn, Dialer, &ME), timed_out);
}

#[test]
fn a_pipe_dies_when_its_host_moves() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let old = lab.net.ip(B).unwrap();
    assert_eq!(lab.net.assign_ip(B, "10.77.0.1".parse().unwrap()), Ok(()));
    assert_eq!(lab.read(conn, Listener), failed(ConnError::AddressGone));
    lab.run();
    assert_eq!(lab.read(conn, Dialer), Poll::Pending);
    assert_eq!(lab.write(conn, Dialer, b"?"), ready(1));
    lab.run_until(at_ms(1_000));
    assert_eq!(lab.read(conn, Dialer), Poll::Pending);
    // Another host at the old address does not know the connection.
    let other = lab.net.add_host(None, AddressKinds::default());
    assert_eq!(lab.net.assign_ip(other, old), Ok(()));
    lab.run();
    assert_eq!(lab.now(), at_ms(1_020));
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::Reset));
}

#[test]
fn an_ip_can_be_taken_over_once_its_host_is_closed() {
    let mut lab = Lab::new(ConnKind::Stream);
    let ip = lab.net.ip(B).unwrap();
    let in_use = lab.net.assign_ip(A, ip);
    assert_eq!(in_use, Err(NetError::IpInUse { ip, owner: B }));
    lab.net.close_listener(lab.listener);
    assert_eq!(lab.net.assign_ip(A, ip), Ok(()));
    assert_eq!(lab.net.ip(A), Some(ip));
    assert_ne!(lab.net.ip(B), Some(ip));
}

#[test]
fn the_latest_latency_prevails_until_healed() {
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let all = lab.inject(Fault::Latency {
        scope: LinkScope::All,
        latency: Latency::Constant(ms(50)),
    });
    let one_way = lab.inject(Fault::Latency {
        scope: LinkScope::OneWay { from: A, to: B },
        latency: Latency::Constant(ms(200)),
    });
    let takes = |lab: &mut Lab, side| {
        let start = lab.now();
        assert_eq!(lab.write(conn, side, b"x"), ready(1));
        lab.run();
        lab.now().saturating_since(start)
    };
    assert_eq!(takes(&mut lab, Dialer), ms(200));
    assert_eq!(takes(&mut lab, Listener), ms(50));
    lab.net.heal(one_way);
    assert_eq!(takes(&mut lab, Dialer), ms(50));
    lab.net.heal(all);
    assert_eq!(takes(&mut lab, Dialer), ms(10));
}

#[test]
fn a_stall_holds_data_of_existing_connections_and_lets_dials_pass() {
    let mut lab = Lab::new(ConnKind::Stream);
    let old = lab.connect();
    let under_way = lab.dial();
    let stall = lab.inject(Fault::Stall { a: B, b: A });
    assert_eq!(lab.write(old, Dialer, b"there"), ready(5));
    assert_eq!(lab.write(old, Listener, b"back"), ready(4));
    let new = lab.dial();
    lab.run_until(at_ms(1_000));
    for conn in [under_way, new] {
        assert_eq!(lab.outcome(conn), ready(()));
        assert_eq!(lab.accept(), Some(conn));
        assert_eq!(lab.write(conn, Dialer, b"hi"), ready(2));
    }
    lab.run_until(at_ms(2_000));
    assert_eq!(lab.read(under_way, Listener), ready(b"hi".to_vec()));
    assert_eq!(lab.read(new, Listener), ready(b"hi".to_vec()));
    assert_eq!(lab.read(old, Listener), Poll::Pending);
    assert_eq!(lab.read(old, Dialer), Poll::Pending);
    assert_eq!(lab.net.faults()[0].hits, 2);
    lab.net.heal(stall);
    lab.run();
    assert_eq!(lab.now(), at_ms(2_010));
    assert_eq!(lab.read(old, Listener), ready(b"there".to_vec()));
    assert_eq!(lab.read(old, Dialer), ready(b"back".to_vec()));
}

#[test]
fn substreams_are_reset_and_their_connection_lives() {
    let mut lab = Lab::new(ConnKind::Mux);
    let conn = lab.connect();
    let open = |lab: &mut Lab| lab.net.open_stream(conn, Dialer).unwrap();
    let (accepted, under_way, silent) = (open(&mut lab), open(&mut lab), open(&mut lab));
    assert_eq!(lab.net.write(conn, Dialer, accepted, b"x", &ME), ready(1));
    lab.run();
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(accepted));
    assert_eq!(lab.net.write(conn, Dialer, under_way, b"y", &ME), ready(1));
    lab.inject(Fault::Reset {
        scope: ResetScope::Substreams(B, A),
    });
    let reset = failed(ConnError::Reset);
    for stream in [accepted, under_way, silent] {
        assert_eq!(lab.read_stream(conn, Dialer, stream), reset);
        let written = lab.net.write(conn, Dialer, stream, b"z", &ME);
        assert_eq!(written, failed(ConnError::Reset));
    }
    // Data that has arrived can still be read.
    assert_eq!(
        lab.read_stream(conn, Listener, accepted),
        ready(b"x".to_vec())
    );
    assert_eq!(lab.read_stream(conn, Listener, accepted), reset);
    lab.run();
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(under_way));
    for stream in [accepted, under_way, silent] {
        lab.net.drop_stream(conn, Dialer, stream);
    }
    for stream in [accepted, under_way] {
        lab.net.drop_stream(conn, Listener, stream);
    }
    assert_eq!(
        lab.net.resources(A).streams + lab.net.resources(B).streams,
        0
    );
    assert_eq!(lab.net.faults()[0].hits, 1);
    let after = open(&mut lab);
    assert_eq!(lab.net.write(conn, Dialer, after, b"on", &ME), ready(2));
    lab.run();
    assert_eq!(lab.net.accept_stream(conn, Listener, &ME), ready(after));
    assert_eq!(
        lab.read_stream(conn, Listener, after),
        ready(b"on".to_vec())
    );
}

#[test]
fn substreams_inside_pipes_cannot_be_reset() {
    let scope = ResetScope::Substreams(A, B);
    let mut lab = Lab::new(ConnKind::Stream);
    let conn = lab.connect();
    let refused = lab.net.inject(Fault::Reset { scope });
    assert_eq!(refused, Err(NetError::SubstreamsInvisible { a: A, b: B }));
    assert!(lab.net.faults().is_empty());
    assert_eq!(lab.read(conn, Dialer), Poll::Pending);
    // Without any connection there are no substreams to distinguish.
    let mut lab = Lab::new(ConnKind::Stream);
    assert!(lab.net.inject(Fault::Reset { scope }).is_ok());
    assert_eq!(lab.net.faults()[0].hits, 0);
}

#[test]
fn dropped_udp_stops_quic_and_spares_tcp() {
    for (carrier, arrives) in [(Carrier::Quic, false), (Carrier::Tcp, true)] {
        let mut lab = Lab::over(carrier, IpVersion::V4);
        let before = lab.dial();
        lab.run();
        assert_eq!(lab.outcome(before), ready(()));
        let fault = lab.net.inject(Fault::DropUdp { host: B }).unwrap();
        let during = lab.dial();
        lab.run();
        let outcome = match arrives {
            true => ready(()),
            false => failed(ConnError::TimedOut),
        };
        assert_eq!(lab.outcome(during), outcome, "{carrier}");
        assert!(lab.net.heal(fault));
        let after = lab.dial();
        lab.run();
        assert_eq!(lab.outcome(after), ready(()), "{carrier}");
        let up = lab.net.connections_of(A).len();
        assert_eq!(up, if arrives { 3 } else { 1 }, "{carrier}");
    }
}
