//! Twenty hosts find each other through one bootstrap node. A lookup then returns the
//! peers that are actually closest to the key.

use std::time::Duration;

use dht_harness::{Sim, TransportKind};
use dht_harness_examples::app;

fn main() {
    for transport in TransportKind::ALL {
        Sim::builder().seed(7).transport(transport).test(|sim| {
            let hosts = sim.spawn_n(20, "peer", app);
            for host in &hosts[1..] {
                sim.add_address(host, &hosts[0])?;
                sim.add_address(&hosts[0], host)?;
                sim.bootstrap(host)?;
            }
            sim.run_for(Duration::from_secs(60))?;

            let target = hosts[13].peer_id();
            let found = sim.get_closest_peers(&hosts[7], target.to_bytes())?;
            assert_eq!(found.first(), Some(&target));
            println!(
                "{} peers found, closest first, at {}",
                found.len(),
                sim.now()
            );
            Ok(())
        });
    }
}
