//! The harness polls the swarm that the library builds.

use dht_harness::{Node, Sim};
use starter::Peer;
use std::time::Duration;

fn peer(node: &Node) -> Peer {
    starter::peer(node.peer_id(), node.transport(), node.swarm_config())
}

#[test]
fn nothing_is_left_of_a_closed_peer() {
    Sim::builder().seed(7).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.connect(&a, &b)?;
        sim.close(&b)?;
        sim.run_for(Duration::from_secs(3600))
    });
}
