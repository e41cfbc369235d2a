//! Passing a swarm to a host transfers ownership: closing the host closes everything,
//! and a closed host accepts no connection (go-libp2p issue 2911).

use std::time::Duration;

use dht_harness::{Sim, host::HostError};
use dht_harness_examples::app;

fn main() {
    Sim::builder().seed(1).test(|sim| {
        let (a, b) = (sim.spawn("a", app), sim.spawn("b", app));
        sim.connect(&a, &b)?;
        println!("a is connected to b at {}", sim.now());

        sim.close(&a)?;
        let refused = a.with(|swarm| swarm.listeners().count());
        assert!(matches!(refused, Err(HostError::HostClosed { .. })));

        // During this hour the standard invariants check that `a` stays closed: it
        // has no listener, connection, task or timer, and sends nothing.
        sim.run_for(Duration::from_secs(3600))?;
        println!("no resource of a is left an hour after its close");
        Ok(())
    });
}
