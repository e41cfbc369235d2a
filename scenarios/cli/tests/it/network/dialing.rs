//! Outcomes of dials, and simultaneous dials.

use std::time::Duration;

use dht_fixtures::{Dht, Stack};
use dht_harness::{Sim, SimError, SimHost, TransportKind, net::DialFault};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use rstest::rstest;

fn pair(sim: &mut Sim) -> (SimHost<Dht>, SimHost<Dht>) {
    let swarm = |node: &dht_harness::Node| Stack::KadIdentify.swarm(node);
    (sim.spawn("a", swarm), sim.spawn("b", swarm))
}

fn opts(to: &SimHost<Dht>) -> DialOpts {
    DialOpts::peer_id(to.peer_id())
        .addresses(vec![to.address()])
        .condition(PeerCondition::Always)
        .build()
}

/// The outcome of a dial under `fault`, and the virtual time that it takes.
fn failing_dial(transport: TransportKind, fault: DialFault) -> (String, Duration) {
    Sim::builder().transport(transport).test(move |sim| {
        let (a, b) = pair(sim);
        sim.settle(Duration::from_secs(1))?;
        sim.dial_fault(None, &b, fault).forever();
        let start = sim.now();
        let error = sim.dial(&a, opts(&b)).unwrap_err();
        Ok((error.to_string(), sim.now().saturating_since(start)))
    })
}

#[rstest]
fn a_refused_dial_takes_one_round_trip(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    let (error, took) = failing_dial(transport, DialFault::Refuse);
    assert!(error.to_lowercase().contains("refused"), "{error}");
    assert_eq!(took, Duration::from_millis(20));
}

#[rstest]
fn a_hanging_dial_ends_after_the_connection_timeout(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    let (error, took) = failing_dial(transport, DialFault::Hang);
    assert!(error.to_lowercase().contains("time"), "{error}");
    assert_eq!(took, Duration::from_secs(10));
}

#[rstest]
fn a_reset_after_accept_fails_the_dial_on_the_stream_transport() {
    let (error, _) = failing_dial(TransportKind::Stream, DialFault::ResetAfterAccept);
    assert!(error.to_lowercase().contains("reset"), "{error}");
}

#[rstest]
fn a_dial_fails_if_another_peer_is_at_the_address(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    Sim::builder().transport(transport).test(|sim| {
        let (a, b) = pair(sim);
        let c = sim.spawn("c", move |node| Stack::KadIdentify.swarm(node));
        let wrong = DialOpts::peer_id(c.peer_id())
            .addresses(vec![b.address()])
            .build();
        let error = sim.dial(&a, wrong).unwrap_err().to_string();
        assert!(error.contains("peer ID"), "{error}");
        Ok(())
    });
}

/// Two simultaneous dials give two connections, and both sides agree on them.
#[rstest]
fn simultaneous_dials_give_two_connections(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    Sim::builder().transport(transport).test(|sim| {
        let (a, b) = pair(sim);
        sim.settle(Duration::from_secs(1))?;
        sim.start_dial(&a, opts(&b));
        sim.start_dial(&b, opts(&a));
        sim.run_for(Duration::from_secs(1))?;
        assert_eq!(sim.world().established(a.id()), Some(2));
        assert_eq!(sim.world().established(b.id()), Some(2));
        Ok(())
    });
}

#[rstest]
fn connecting_to_a_connected_peer_does_not_dial_again(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    Sim::builder().transport(transport).test(|sim| {
        let (a, b) = pair(sim);
        sim.connect(&a, &b)?;
        sim.connect(&a, &b)?;
        assert_eq!(sim.world().established(a.id()), Some(1));
        Ok(())
    });
}

#[test]
fn connecting_to_a_host_without_a_listener_is_an_error() {
    Sim::builder().test(|sim| {
        let a = sim.spawn("a", move |node| Stack::KadIdentify.swarm(node));
        let b = sim
            .prepare("b")
            .dial_only()
            .spawn(move |node| Stack::KadIdentify.swarm(node));
        let refused = sim.connect(&a, &b);
        assert!(matches!(refused, Err(SimError::Host(_))), "{refused:?}");
        Ok(())
    });
}
