//! The state that a host keeps across a restart.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use dht_harness::{
    Node, SimError, TransportKind,
    host::HostState,
    sim::{Keep, Restart},
    world::HostStatus,
};
use futures::FutureExt;
use libp2p::kad::{Record, RecordKey};

use super::{on, peer, silent};

#[test]
fn a_dial_only_host_does_not_listen_after_a_restart() {
    on(TransportKind::Mux).test(|sim| {
        let dialer = sim.prepare("dialer").dial_only().spawn(peer);
        sim.run_for(Duration::from_secs(1))?;
        assert_eq!(sim.world().swarm(dialer.id()).unwrap().listeners, []);
        sim.crash(&dialer)?;
        sim.restart(&dialer, Restart::default())?;
        sim.run_for(Duration::from_secs(1))?;
        assert_eq!(sim.world().swarm(dialer.id()).unwrap().listeners, []);
        Ok(())
    });
}

#[test]
fn a_host_keeps_its_close_procedure_over_a_restart() {
    on(TransportKind::Mux).test(|sim| {
        let closed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&closed);
        let host = sim
            .prepare("h")
            .close_with(move |host| {
                count.fetch_add(1, Ordering::Relaxed);
                host.close().boxed()
            })
            .spawn(peer);
        sim.close(&host)?;
        sim.restart(&host, Restart::default())?;
        sim.close(&host)?;
        assert_eq!(closed.load(Ordering::Relaxed), 2);
        Ok(())
    });
}

#[test]
fn old_handles_refer_to_the_current_swarm() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        let clone = b.clone();
        sim.crash(&b)?;
        assert_eq!(b.host().state(), HostState::Closed);
        assert!(b.with(|_| ()).is_err());
        sim.restart(&b, Restart::default())?;
        for handle in [&b, &clone] {
            assert_eq!(handle.host().state(), HostState::Open);
            handle.with(|_| ())?;
        }
        sim.connect(&a, &b)?;
        let former = b.peer_id();
        sim.close(&b)?;
        let anew = Restart {
            identity: Keep::Lost,
            ..Restart::default()
        };
        sim.restart(&b, anew)?;
        assert_ne!(b.peer_id(), former);
        assert_eq!(clone.peer_id(), sim.world().peer(b.id()));
        sim.connect(&a, &b)
    });
}

#[test]
fn a_host_keeps_a_key_pair_of_its_own() {
    on(TransportKind::Mux).test(|sim| {
        let keypair = dht_harness::identity(4711);
        let host = sim.prepare("h").keypair(keypair.clone()).spawn(peer);
        sim.crash(&host)?;
        sim.restart(&host, Restart::default())?;
        assert_eq!(host.peer_id(), keypair.public().to_peer_id());
        Ok(())
    });
}

#[test]
fn a_host_without_a_dht_can_restart() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn_without_dht("b", silent));
        sim.connect(&a, &b)?;
        sim.crash(&b)?;
        for (kept, what) in [
            (
                Restart {
                    store: Keep::Kept,
                    ..Restart::default()
                },
                "the record store cannot be kept",
            ),
            (
                Restart {
                    table: Keep::Kept,
                    ..Restart::default()
                },
                "the routing table cannot be kept",
            ),
        ] {
            let refused = sim.restart(&b, kept).unwrap_err().to_string();
            assert!(refused.contains(what), "{refused}");
            assert_eq!(sim.world().status(b.id()), HostStatus::Crashed);
        }
        sim.restart(&b, Restart::default())?;
        sim.connect(&b, &a)
    });
}

#[test]
fn a_refused_restart_leaves_the_store_for_the_next_one() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        let running = sim.restart(&host, Restart::default());
        assert!(matches!(running, Err(SimError::InvalidState { .. })));
        let key = RecordKey::new(b"key");
        let record = Record::new(key.clone(), b"value".to_vec());
        sim.with_dht(&host, |dht| dht.store_local(record))?
            .map_err(|error| error.to_string())?;
        sim.crash(&host)?;
        let kept = Restart {
            store: Keep::Kept,
            table: Keep::Kept,
            ..Restart::default()
        };
        sim.restart(&host, kept)?;
        assert!(sim.world().record_at(host.id(), &key).is_some());
        Ok(())
    });
}

#[test]
fn a_replaced_build_function_is_kept() {
    on(TransportKind::Mux).test(|sim| {
        let host = sim.spawn("h", peer);
        let built = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&built);
        let counted = move |node: &Node| {
            count.fetch_add(1, Ordering::Relaxed);
            peer(node)
        };
        let running = sim.restart_with(&host, Restart::default(), counted.clone());
        assert!(matches!(running, Err(SimError::InvalidState { .. })));
        sim.crash(&host)?;
        sim.restart(&host, Restart::default())?;
        assert_eq!(built.load(Ordering::Relaxed), 0);
        sim.crash(&host)?;
        sim.restart_with(&host, Restart::default(), counted)?;
        sim.crash(&host)?;
        sim.restart(&host, Restart::default())?;
        assert_eq!(built.load(Ordering::Relaxed), 2);
        Ok(())
    });
}
