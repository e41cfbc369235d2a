//! Waiting for an event of a host's swarm.

use std::time::Duration;

use dht_harness::{SimError, TransportKind, dht::Query, sim::Restart, trace::Digest};
use libp2p::{
    kad,
    swarm::{SwarmEvent, dial_opts::DialOpts},
};

use super::{acquainted, on, peer};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn an_event_that_meets_the_condition_is_returned_when_it_happens() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
            sim.start_dial(&a, DialOpts::from(b.address()));
            let established = sim.wait_for(&b, |event| match event {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => Some(peer_id),
                _ => None,
            })?;
            assert_eq!(established, a.peer_id());
            assert!(sim.now().since_start() < SECOND);
            Ok(())
        });
    }
}

#[test]
fn consecutive_calls_miss_no_event() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.start_dial(&a, DialOpts::from(b.address()));
        let mut kinds = Vec::new();
        loop {
            match sim.next_swarm_event(&b)? {
                SwarmEvent::NewListenAddr { .. } => kinds.push("listening"),
                SwarmEvent::IncomingConnection { .. } => kinds.push("incoming"),
                SwarmEvent::ConnectionEstablished { .. } => break,
                other => panic!("not expected: {other:?}"),
            }
        }
        assert_eq!(kinds, ["listening", "incoming"]);
        Ok(())
    });
}

#[test]
fn events_of_one_instant_are_returned_one_by_one() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        sim.run_for(SECOND)?;
        for port in ["/tcp/1", "/tcp/2"] {
            let address = format!("/ip4/10.0.0.1{port}").parse().expect("an address");
            let listens = host.with(|swarm| swarm.listen_on(address))?;
            listens.expect("an address of the host");
        }
        for port in ["/tcp/1", "/tcp/2"] {
            let SwarmEvent::NewListenAddr { address, .. } = sim.next_swarm_event(&host)? else {
                panic!("another event");
            };
            assert!(address.to_string().ends_with(port), "{address}");
        }
        Ok(())
    });
}

#[test]
fn events_of_the_behaviour_are_returned_alone() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.add_address(&a, &b)?;
        let kad::Event::RoutingUpdated { peer, .. } = sim.next_behaviour_event(&a)? else {
            panic!("another event");
        };
        assert_eq!(peer, b.peer_id());
        Ok(())
    });
}

#[test]
fn events_before_the_call_are_not_returned() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        // Leave recorded events that were not taken. They are older than the events
        // that are missed afterwards.
        sim.start_dial(&a, DialOpts::from(b.address()));
        sim.next_swarm_event(&b)?;
        sim.run_for(SECOND)?;
        sim.start_close(&a);
        let next = sim.next_swarm_event(&b)?;
        assert!(
            matches!(next, SwarmEvent::ConnectionClosed { .. }),
            "{next:?}"
        );
        Ok(())
    });
}

#[test]
fn a_missing_event_is_an_error_that_lists_the_emitted_events() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.start_dial(&a, DialOpts::from(b.address()));
        let waited = sim.wait_for(&b, |event| match event {
            SwarmEvent::ExternalAddrConfirmed { address } => Some(address),
            _ => None,
        });
        let error = waited.unwrap_err();
        assert_eq!(sim.now().since_start(), 300 * SECOND);
        let text = error.to_string();
        for part in [
            "no event of b met the condition at ",
            "harness/tests/it/sim/events.rs:",
            "within 300s of virtual time; it emitted ",
            "others, the latest:\n  ",
            ": ConnectionEstablished { peer_id: ",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        let Err(SimError::NoEvent { seen: 0, .. }) = sim.next_behaviour_event(&b) else {
            panic!("b does nothing by itself");
        };
        Ok(())
    });
}

#[test]
fn waiting_for_an_event_of_a_closed_host_fails_at_once() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        sim.crash(&host)?;
        let waited = sim.next_swarm_event(&host).map(|_| ());
        assert!(
            matches!(waited, Err(SimError::InvalidState { .. })),
            "{waited:?}"
        );
        assert_eq!(sim.now().since_start(), Duration::ZERO);
        Ok(())
    });
}

#[test]
fn the_first_event_after_a_planned_restart_is_seen() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        let id = host.id();
        sim.crash(&host)?;
        sim.at(5 * SECOND, "restart", move |sim| {
            sim.restart(id, Restart::default())
        });
        let event = sim.next_swarm_event(&host)?;
        assert!(
            matches!(event, SwarmEvent::NewListenAddr { .. }),
            "{event:?}"
        );
        assert_eq!(sim.now().since_start(), 5 * SECOND);
        Ok(())
    });
}

/// The digest of a run in which the test waits for one event, or runs for the same
/// time.
fn digest(transport: TransportKind, waits: bool) -> Digest {
    let run = on(transport).run(move |sim| {
        let (a, b) = acquainted(sim)?;
        let start = sim.now();
        let query = sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        if waits {
            sim.wait_for(&a, |event| match event {
                SwarmEvent::Behaviour(kad::Event::OutboundQueryProgressed { .. }) => Some(()),
                _ => None,
            })?;
            assert_eq!(sim.now().saturating_since(start), SECOND / 25);
        } else {
            sim.run_for(SECOND / 25)?;
        }
        sim.finish_query(query)?;
        sim.connect(&b, &a)?;
        sim.run_for(SECOND)
    });
    run.unwrap_or_else(|failure| panic!("{failure}")).end.digest
}

#[test]
fn waiting_for_an_event_changes_no_event() {
    for transport in TransportKind::ALL {
        assert_eq!(digest(transport, true), digest(transport, false));
    }
}
