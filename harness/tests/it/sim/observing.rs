//! Observers that a test adds to those of the simulation.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dht_harness::{
    TransportKind,
    sim::{Keep, Restart},
};
use libp2p::{
    kad::{Record, RecordKey, store::RecordStore},
    swarm::SwarmEvent,
};

use super::{on, peer};

#[test]
fn an_observer_of_the_test_does_not_replace_that_of_the_simulation() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        let seen = [Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0))];
        for seen in &seen {
            let seen = Arc::clone(seen);
            a.host().observe(move |_, event| {
                if matches!(event, SwarmEvent::ConnectionEstablished { .. }) {
                    seen.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        sim.connect(&a, &b)?;
        sim.run_for(Duration::from_secs(1))?;
        let logged = sim
            .world()
            .swarm_log(a.id(), |log| log.open_connections().count());
        assert_eq!(logged, 1, "the simulation has seen the connection");
        for seen in &seen {
            assert_eq!(seen.load(Ordering::Relaxed), 1);
        }
        Ok(())
    });
}

#[test]
fn a_before_drop_hook_of_the_test_does_not_prevent_keeping_the_store() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        let key = RecordKey::new(b"key");
        let record = Record::new(key.clone(), b"value".to_vec());
        host.with(|swarm| swarm.behaviour_mut().store_mut().put(record))?
            .map_err(|error| error.to_string())?;
        let found = Arc::new(AtomicU32::new(0));
        let (seen, wanted) = (Arc::clone(&found), key.clone());
        host.host().before_drop(move |swarm| {
            let held = swarm.behaviour_mut().store_mut().get(&wanted).is_some();
            seen.fetch_add(u32::from(held), Ordering::Relaxed);
        });
        sim.crash(&host)?;
        assert_eq!(found.load(Ordering::Relaxed), 1, "the store was still full");
        let kept = Restart {
            store: Keep::Kept,
            ..Restart::default()
        };
        sim.restart(&host, kept)?;
        assert!(sim.world().record_at(host.id(), &key).is_some());
        Ok(())
    });
}
