//! Paused and slow hosts.

use std::time::Duration;

use dht_harness::{Sim, SimError, TransportKind, dht::Query, world::HostStatus};
use libp2p::{Swarm, kad, swarm::dial_opts::DialOpts};

use super::{Kad, acquainted, on, peer};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_paused_host_answers_when_it_is_resumed() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = acquainted(sim)?;
            let paused_at = sim.now();
            sim.pause(&b);
            assert_eq!(sim.world().paused_since(b.id()), Some(paused_at));
            let sent = sim.world().traffic(b.id()).sent.count;
            let query = sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
            sim.run_for(5 * SECOND)?;
            assert_eq!(sim.world().traffic(b.id()).sent.count, sent);
            assert_eq!(sim.world().running_queries(a.id()).len(), 1);
            sim.resume(&b);
            assert!(sim.world().paused_since(b.id()).is_none());
            let resumed_at = sim.now();
            let record = sim.finish_query(query)?;
            assert_eq!((record.successes, record.failures), (1, 0));
            // The request had arrived already: only the answer had to travel.
            assert!(sim.now().saturating_since(resumed_at) < SECOND / 10);
            Ok(())
        });
    }
}

#[test]
fn a_paused_host_starts_nothing() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.run_for(SECOND)?;
        sim.pause(&a);
        sim.start_dial(&a, DialOpts::from(b.address()));
        sim.run_for(5 * SECOND)?;
        assert_eq!(sim.world().traffic(a.id()).dialled.count, 0);
        sim.resume(&a);
        sim.run_for(SECOND)?;
        assert_eq!(sim.world().traffic(a.id()).dialled.count, 1);
        assert_eq!(sim.world().established(b.id()), Some(1));
        Ok(())
    });
}

#[test]
fn timers_of_a_paused_host_take_effect_at_the_resume() {
    on(TransportKind::Mux).test(|sim| {
        let (at, heard) = std::sync::mpsc::channel();
        let host = sim.spawn("a", move |node| {
            let at = at.clone();
            node.spawn(async move {
                for _ in 0..3 {
                    futures_timer::Delay::new(SECOND).await;
                    // The receiver lives as long as the test.
                    let _ = at.send(dht_harness_clock::now().unwrap_or_default());
                }
            });
            peer(node)
        });
        sim.run_for(SECOND / 2)?;
        sim.pause(&host);
        sim.run_for(10 * SECOND)?;
        assert!(heard.try_recv().is_err());
        sim.resume(&host);
        sim.run_for(10 * SECOND)?;
        let times: Vec<_> = heard.try_iter().map(|at| at.since_start()).collect();
        let resumed = 10 * SECOND + SECOND / 2;
        assert_eq!(times, [resumed, resumed + SECOND, resumed + 2 * SECOND]);
        Ok(())
    });
}

#[test]
fn a_close_of_a_paused_host_waits_for_the_resume() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = acquainted(sim)?;
        sim.pause(&a);
        sim.start_close(&a);
        sim.run_for(5 * SECOND)?;
        assert_eq!(sim.world().status(a.id()), HostStatus::Closing);
        assert_eq!(sim.world().established(b.id()), Some(1));
        sim.resume(&a);
        sim.run_for(2 * SECOND)?;
        assert_eq!(sim.world().status(a.id()), HostStatus::Closed);
        assert_eq!(sim.world().established(b.id()), Some(0));
        Ok(())
    });
}

#[test]
fn a_crash_ends_a_pause() {
    on(TransportKind::Mux).test(|sim| {
        let (a, _) = acquainted(sim)?;
        sim.pause(&a);
        sim.slow(&a, SECOND);
        sim.crash(&a)?;
        assert!(sim.world().paused_since(a.id()).is_none());
        assert_eq!(sim.world().slowness(a.id()), None);
        sim.run_for(SECOND)?;
        assert_eq!(sim.world().tasks(&a), 0);
        Ok(())
    });
}

#[test]
fn a_slow_host_answers_late_and_causes_no_extra_events() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = acquainted(sim)?;
            let ask = |sim: &mut Sim| {
                let start = sim.now();
                let record = sim.query(&a, Query::ClosestPeers(b"key".to_vec()))?;
                assert_eq!(record.successes, 1);
                Ok::<_, SimError>(sim.now().saturating_since(start))
            };
            let plain = ask(sim)?;
            sim.slow(&b, 2 * SECOND);
            assert_eq!(sim.world().slowness(b.id()), Some(2 * SECOND));
            let slow = ask(sim)?;
            assert!(slow > plain + SECOND, "{slow:?} against {plain:?}");
            sim.run_for(30 * SECOND)?;
            let events = sim.world().events();
            sim.run_for(60 * SECOND)?;
            assert!(sim.world().events() - events < 20);
            sim.slow(&b, None);
            sim.run_for(SECOND)?;
            // It may have to connect again.
            assert!(ask(sim)? < SECOND / 2);
            Ok(())
        });
    }
}

/// Both tasks run at one instant, and then not until the interval has passed.
#[test]
fn polls_of_a_slow_host_are_its_interval_apart() {
    on(TransportKind::Mux).test(|sim| {
        let (at, heard) = std::sync::mpsc::channel();
        let host = sim.spawn("a", move |node| {
            for _ in 0..2 {
                let at = at.clone();
                node.spawn(async move {
                    for _ in 0..30 {
                        futures_timer::Delay::new(SECOND / 10).await;
                        let _ = at.send(dht_harness_clock::now().unwrap_or_default());
                    }
                });
            }
            peer(node)
        });
        sim.slow(&host, SECOND);
        sim.run_for(60 * SECOND)?;
        let mut times: Vec<_> = heard.try_iter().map(|at| at.since_start()).collect();
        assert_eq!(times.len(), 60);
        assert!(times.is_sorted());
        times.dedup();
        assert_eq!(times.len(), 30, "both tasks run at one instant");
        let apart = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(apart.into_iter().all(|apart| apart >= SECOND));
        Ok(())
    });
}

/// The start of a query of the behaviour itself is unknown. It must not be
/// taken for the time at which the host was resumed.
#[test]
fn a_query_of_the_behaviour_long_after_a_pause_is_not_late() {
    on(TransportKind::Mux).test(|sim| {
        let a = sim.spawn("a", peer);
        let b = sim.spawn("b", |node| {
            let mut config = kad::Config::new(kad::PROTOCOL_NAME);
            config.set_periodic_bootstrap_interval(Some(100 * SECOND));
            let store = kad::store::MemoryStore::new(node.peer_id());
            let kad = Kad::with_config(node.peer_id(), store, config);
            Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
        });
        sim.pause(&b);
        sim.run_for(SECOND)?;
        sim.resume(&b);
        sim.add_address(&b, &a)?;
        sim.run_for(300 * SECOND)?;
        let bootstraps = sim.world().swarm_log(b.id(), |swarm_log| {
            let queries = swarm_log.queries.iter();
            queries.filter(|(_, query)| query.is_finished()).count()
        });
        assert!(bootstraps >= 3, "{bootstraps}");
        Ok(())
    });
}

#[test]
fn a_query_gets_its_full_time_after_a_pause() {
    on(TransportKind::Mux).test(|sim| {
        let (a, _) = acquainted(sim)?;
        let query = sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.pause(&a);
        sim.run_for(300 * SECOND)?;
        sim.resume(&a);
        let record = sim.finish_query(query)?;
        assert_eq!(record.latency(), Some(300 * SECOND));
        Ok(())
    });
}
