//! The harness polls the swarm that the library builds.

use dht_harness::{Node, Sim};

#[test]
fn nothing_is_left_of_a_closed_peer() {
    Sim::builder().seed(7).test(|sim| {
        let peer = |n: &Node| starter::peer(n.peer_id(), n.transport(), n.swarm_config());
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.connect(&a, &b)?;
        sim.close(&b)?;
        sim.run_for(std::time::Duration::from_secs(3600))
    });
}
