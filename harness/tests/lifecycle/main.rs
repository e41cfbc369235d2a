//! Hosts come and go.
use dht_harness::Sim;
use libp2p::{Swarm, kad};
use std::time::Duration;

#[test]
fn first() {
    Sim::builder().seed(7).test(|sim| {
        let peer = |node: &dht_harness::Node| {
            let kad =
                kad::Behaviour::new(node.peer_id(), kad::store::MemoryStore::new(node.peer_id()));
            Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
        };
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.connect(&a, &b)?;
        assert_eq!(sim.world().swarm(b.id()).unwrap().connected, [a.peer_id()]);
        sim.close(&a)?;
        sim.run_for(Duration::from_secs(1))
    });
}
