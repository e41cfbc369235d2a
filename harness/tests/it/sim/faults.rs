//! Effects of faults on real swarms, and their records.

use std::time::Duration;

use dht_harness::{
    Sim, SimError, TransportKind,
    dht::Query,
    net::{DialFault, FaultRecord, LinkScope, LossEffect, NetError, Probability, ResetScope},
};
use libp2p::swarm::dial_opts::DialOpts;

use super::{acquainted, on, peer};

const SECOND: Duration = Duration::from_secs(1);

/// The only fault of the run so far.
fn only_fault(sim: &Sim) -> FaultRecord {
    let [record] = <[_; 1]>::try_from(sim.world().fault_report()).expect("one fault");
    record
}

/// The number of trace events of this kind.
fn traced(events: &str, name: &str) -> usize {
    events.lines().filter(|line| line.contains(name)).count()
}

#[test]
fn a_fault_is_recorded_from_installation_to_heal() {
    let path = std::env::temp_dir().join(format!("faults-{}.jsonl", std::process::id()));
    let trace = path.clone();
    on(TransportKind::Mux).trace(trace).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.connect(&a, &b)?;
        sim.run_for(SECOND)?;
        let planned_at = sim.now();
        let fault = sim.blackhole(&a, &b);
        let record = only_fault(sim);
        assert_eq!((record.id, record.planned_at), (fault.id(), planned_at));
        assert_eq!((record.first_hit, record.hits), (None, 0));
        sim.run_for(SECOND)?;
        let bitten_at = sim.now();
        sim.start_dial(&a, DialOpts::from(b.address()));
        sim.run_for(SECOND)?;
        sim.start_dial(&b, DialOpts::from(a.address()));
        sim.run_for(SECOND)?;
        let healed_at = sim.now();
        fault.heal();
        let record = only_fault(sim);
        assert_eq!(record.first_hit, Some(bitten_at));
        assert_eq!(record.healed_at, Some(healed_at));
        assert!(record.hits >= 2);
        Ok(())
    });
    let events = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for name in ["FaultPlanned", "FaultTriggered", "FaultHealed"] {
        assert_eq!(traced(&events, name), 1, "{name}");
    }
}

#[test]
fn a_host_behind_a_firewall_dials_but_cannot_be_dialled() {
    for (outcome, takes) in [
        (DialFault::Hang, 10 * SECOND),
        (DialFault::Refuse, SECOND / 50),
    ] {
        for transport in TransportKind::ALL {
            on(transport).test(move |sim| {
                let (inside, outside) = (sim.spawn("inside", peer), sim.spawn("outside", peer));
                let fault = sim.firewall(&inside, outcome);
                let start = sim.now();
                assert!(matches!(
                    sim.connect(&outside, &inside),
                    Err(SimError::Host(_))
                ));
                assert_eq!(sim.now().saturating_since(start), takes);
                sim.connect(&inside, &outside)?;
                sim.run_for(SECOND)?;
                let connected = sim.world().swarm(outside.id()).unwrap().connected;
                assert_eq!(connected, [inside.peer_id()]);
                assert_eq!(sim.world().fault_report()[0].hits, 1);
                fault.heal();
                sim.disconnect(&inside, &outside)?;
                sim.run_for(SECOND)?;
                sim.connect(&outside, &inside)
            });
        }
    }
}

#[test]
fn a_reset_of_substreams_fails_the_request_and_not_the_connection() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = acquainted(sim)?;
        let query = sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(SECOND / 200)?;
        sim.reset(ResetScope::Substreams(a.id(), b.id()))?;
        let record = sim.finish_query(query)?;
        assert_eq!((record.successes, record.failures), (0, 1));
        assert_eq!(sim.world().established(a.id()), Some(1));
        assert_eq!(only_fault(sim).hits, 1);
        let again = sim.query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        assert_eq!(again.successes, 1);
        Ok(())
    });
}

#[test]
fn encrypted_substreams_cannot_be_reset() {
    on(TransportKind::Stream).test(|sim| {
        let (a, b) = acquainted(sim)?;
        let refused = sim.reset(ResetScope::Substreams(a.id(), b.id()));
        let (a, b) = (a.id(), b.id());
        assert_eq!(
            refused,
            Err(SimError::Net(NetError::SubstreamsInvisible { a, b }))
        );
        assert!(sim.world().fault_report().is_empty());
        Ok(())
    });
}

#[test]
fn a_stalled_request_is_answered_after_the_heal() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = acquainted(sim)?;
            let stall = sim.stall(&a, &b);
            let query = sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
            sim.run_for(5 * SECOND)?;
            let record = sim.world().query(query).expect("it was started");
            assert!(!record.is_finished());
            stall.heal();
            assert_eq!(sim.finish_query(query)?.successes, 1);
            assert_eq!(sim.now().since_start().as_secs(), 6);
            Ok(())
        });
    }
}

#[test]
fn a_lossy_network_is_slower_and_a_resetting_one_fails() {
    for transport in TransportKind::ALL {
        let took = move |effect: Option<LossEffect>| {
            let run = on(transport).run(move |sim| {
                let (a, _) = acquainted(sim)?;
                if let Some(effect) = effect {
                    let always = Probability::try_from(1.0).expect("one is a probability");
                    sim.lose(LinkScope::All, always, effect).forever();
                }
                let start = sim.now();
                let record = sim.query(&a, Query::ClosestPeers(b"key".to_vec()))?;
                Ok((record.successes, sim.now().saturating_since(start)))
            });
            run.unwrap().value
        };
        let (answered, plain) = took(None);
        assert_eq!(answered, 1);
        let (answered, slow) = took(Some(LossEffect::Delay(SECOND)));
        assert_eq!(answered, 1);
        assert!(slow >= plain + 2 * SECOND, "{slow:?}");
        assert_eq!(took(Some(LossEffect::Reset)).0, 0);
    }
}
