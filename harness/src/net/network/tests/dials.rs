use super::*;

fn stream() -> Lab {
    Lab::new(ConnKind::Stream)
}

#[test]
fn connecting_costs_one_round_trip() {
    let mut lab = stream();
    let conn = lab.dial();
    assert_eq!(lab.net.resources(A).dials, 1);
    assert_eq!(lab.outcome(conn), Poll::Pending);
    assert_eq!(lab.net.next_event(), Some(at_ms(10)));
    lab.step();
    assert_eq!(lab.net.resources(B).accepts, 1);
    assert_eq!(lab.accept(), Some(conn));
    assert_eq!(lab.net.next_event(), Some(at_ms(20)));
    assert!(lab.step());
    assert_eq!(lab.outcome(conn), ready(()));
    assert_eq!(lab.net.next_event(), None);
    let resources = lab.net.resources(A);
    assert_eq!((resources.dials, resources.connections), (0, 1));
}

#[test]
fn a_dial_without_listener_is_refused_after_one_round_trip() {
    let mut lab = stream();
    lab.net.close_listener(lab.listener);
    let conn = lab.dial();
    lab.run();
    assert_eq!(lab.now(), at_ms(20));
    assert_eq!(lab.outcome(conn), failed(ConnError::Refused));
    lab.net.drop_dial(conn);
    assert!(lab.nothing_alive());
    assert_eq!(lab.net.in_flight(), 0);
}

#[test]
fn a_dial_of_another_transport_kind_is_refused() {
    let mut lab = stream();
    let mut request = lab.request(A, B);
    request.kind = ConnKind::Mux;
    let conn = lab.net.dial(request).unwrap();
    lab.run();
    assert_eq!(lab.outcome(conn), failed(ConnError::Refused));
}

#[test]
fn a_dial_to_a_host_that_is_down_times_out() {
    let mut lab = stream();
    lab.net.crash(B);
    let conn = lab.dial();
    assert_eq!(lab.run(), 2);
    assert_eq!(lab.now(), at_ms(127_000));
    assert_eq!(lab.outcome(conn), failed(ConnError::TimedOut));
    assert_eq!(lab.net.resources(A).dials, 0);
}

#[test]
fn a_dial_to_an_unassigned_address_times_out() {
    let mut lab = stream();
    let mut request = lab.request(A, B);
    request.target = "10.200.0.1:1".parse().unwrap();
    let conn = lab.net.dial(request).unwrap();
    lab.run();
    assert_eq!(lab.outcome(conn), failed(ConnError::TimedOut));
    assert_eq!(lab.now(), at_ms(127_000));
}

#[test]
fn a_full_backlog_drops_the_syn() {
    let config = NetworkConfig {
        backlog: 2,
        ..NetworkConfig::default()
    };
    let mut lab = Lab::with(ConnKind::Stream, config);
    let dials: Vec<ConnRef> = (0..3).map(|_| lab.dial()).collect();
    lab.run_until(at_ms(1_000));
    assert_eq!(lab.net.resources(B).accepts, 2);
    assert_eq!(lab.outcome(dials[1]), ready(()));
    assert_eq!(lab.outcome(dials[2]), Poll::Pending);
    lab.run();
    assert_eq!(lab.outcome(dials[2]), failed(ConnError::TimedOut));
}

#[test]
fn closing_a_listener_resets_its_backlog() {
    let mut lab = stream();
    let conn = lab.dial();
    lab.run();
    lab.net.close_listener(lab.listener);
    assert_eq!(lab.net.resources(B), Default::default());
    lab.run();
    assert_eq!(lab.read(conn, Dialer), failed(ConnError::Reset));
    lab.net.drop_pipe(conn, Dialer);
    assert!(lab.nothing_alive());
}

#[test]
fn aborting_a_dial_resets_the_accepted_connection() {
    let mut lab = stream();
    let conn = lab.dial();
    lab.step();
    assert_eq!(lab.accept(), Some(conn));
    lab.net.drop_dial(conn);
    assert_eq!(lab.net.resources(A), Default::default());
    lab.run();
    assert_eq!(lab.read(conn, Listener), failed(ConnError::Reset));
    lab.net.drop_pipe(conn, Listener);
    assert!(lab.nothing_alive());
}

#[test]
fn aborting_a_dial_before_the_syn_arrives_leaves_nothing() {
    let mut lab = stream();
    let conn = lab.dial();
    lab.net.drop_dial(conn);
    assert!(lab.nothing_alive());
    assert_eq!((lab.net.next_event(), lab.net.in_flight()), (None, 0));
    assert_eq!(lab.accept(), None);
}

#[test]
fn dial_faults_determine_the_outcome() {
    for (outcome, expected) in [
        (DialFault::Refuse, failed(ConnError::Refused)),
        (DialFault::Hang, failed(ConnError::TimedOut)),
        (DialFault::ResetAfterAccept, ready(())),
    ] {
        let mut lab = stream();
        let fault = lab.inject(Fault::Dial {
            from: Some(A),
            target: DialTarget::Host(B),
            outcome,
        });
        let conn = lab.dial();
        lab.run();
        assert_eq!(lab.outcome(conn), expected, "{outcome:?}");
        if outcome == DialFault::ResetAfterAccept {
            assert_eq!(lab.accept(), Some(conn));
            assert_eq!(lab.read(conn, Dialer), failed(ConnError::Reset));
            assert_eq!(lab.read(conn, Listener), failed(ConnError::Reset));
        }
        assert_eq!(lab.net.faults()[0].hits, 1);
        assert!(lab.net.heal(fault));
        assert!(!lab.net.heal(fault));
        let conn = lab.dial();
        lab.run();
        assert_eq!(lab.outcome(conn), ready(()));
    }
}

#[test]
fn a_reused_port_is_visible_and_falls_back_when_taken() {
    let mut lab = stream();
    let own = lab.listen(A);
    let mut request = lab.request(A, B);
    request.reuse_port = true;
    let mut seen = Vec::new();
    for _ in 0..2 {
        lab.net.dial(request).unwrap();
        lab.run();
        if let Some(Poll::Ready(ListenerEvent::Incoming { remote, .. })) =
            lab.net.poll_listener(lab.listener, &ME)
        {
            seen.push(remote.port());
        }
    }
    assert_eq!(seen, [PORT, 49_152]);
    lab.net.close_listener(own);
}

#[test]
fn crossing_dials_give_two_connections() {
    let mut lab = stream();
    lab.listen(A);
    let (mut there, mut back) = (lab.request(A, B), lab.request(B, A));
    (there.reuse_port, back.reuse_port) = (true, true);
    let there = lab.net.dial(there).unwrap();
    let back = lab.net.dial(back).unwrap();
    lab.run();
    assert_eq!(lab.outcome(there), ready(()));
    assert_eq!(lab.outcome(back), ready(()));
    assert_eq!(lab.net.connections_of(A).len(), 2);
    assert_eq!(lab.net.connections_of(B).len(), 2);
}

/// What becomes of two dials that cross where the network does as the kernel does.
fn crossing(mut lab: Lab) -> ([Poll<Result<(), ConnError>>; 2], [usize; 2]) {
    lab.listen(A);
    let (mut there, mut back) = (lab.request(A, B), lab.request(B, A));
    (there.reuse_port, back.reuse_port) = (true, true);
    let dials = [there, back].map(|request| lab.net.dial(request).unwrap());
    lab.run();
    let outcomes = dials.map(|dial| lab.outcome(dial));
    (
        outcomes,
        [A, B].map(|host| lab.net.connections_of(host).len()),
    )
}

fn as_the_kernel() -> NetworkConfig {
    NetworkConfig {
        simultaneous_open: true,
        ..NetworkConfig::default()
    }
}

#[test]
fn crossing_dials_of_pipes_become_one_connection_under_simultaneous_open() {
    let (outcomes, connections) = crossing(Lab::with(ConnKind::Stream, as_the_kernel()));
    assert_eq!(outcomes, [ready(()), ready(())]);
    assert_eq!(connections, [1, 1]);
}

#[test]
fn crossing_dials_of_muxes_fail_under_simultaneous_open() {
    let (outcomes, connections) = crossing(Lab::with(ConnKind::Mux, as_the_kernel()));
    let failed = || failed::<()>(ConnError::SimultaneousOpen);
    assert_eq!(outcomes, [failed(), failed()]);
    assert_eq!(connections, [0, 0]);
}

#[test]
fn crossing_dials_over_quic_stay_two_under_simultaneous_open() {
    let lab = Lab::with_all(Carrier::Quic, IpVersion::V4, as_the_kernel());
    let (outcomes, connections) = crossing(lab);
    assert_eq!(outcomes, [ready(()), ready(())]);
    assert_eq!(connections, [2, 2]);
}

#[test]
fn a_dial_of_the_own_port_does_not_meet_itself_under_simultaneous_open() {
    let mut lab = Lab::with(ConnKind::Mux, as_the_kernel());
    let mut request = lab.request(B, B);
    request.reuse_port = true;
    let dial = lab.net.dial(request).unwrap();
    lab.run();
    assert_eq!(lab.outcome(dial), Poll::Ready(Err(ConnError::Refused)));
}

#[test]
fn ports_and_addresses_are_checked() {
    let mut lab = stream();
    let any = format!("0.0.0.0:{PORT}").parse().unwrap();
    let taken = lab.net.listen(B, 0, any, ConnKind::Mux, None);
    assert_eq!(
        taken,
        Err(NetError::PortInUse {
            host: B,
            port: PORT
        })
    );
    let foreign = "10.9.9.9:1".parse().unwrap();
    assert!(lab.net.listen(B, 0, foreign, ConnKind::Mux, None).is_err());
    let missing = lab.net.listen(HostId(9), 0, any, ConnKind::Mux, None);
    assert_eq!(missing, Err(NetError::NoSuchHost { host: HostId(9) }));
    lab.net.crash(B);
    lab.net.revive(B);
    let former = lab.net.listen(B, 0, any, ConnKind::Stream, None);
    assert_eq!(former, Err(NetError::HostDown { host: B }));
    assert!(lab.net.listen(B, 1, any, ConnKind::Stream, None).is_ok());
}
