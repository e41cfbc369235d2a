//! A record that is stored on one side of a partition is not found on the other side.
//! It is found once the partition has healed.

use dht_harness::{Sim, SimError};
use dht_harness_examples::app;
use libp2p::kad::{Quorum, Record, RecordKey};

fn main() {
    Sim::builder().seed(3).test(|sim| {
        let hosts = sim.spawn_n(4, "peer", app);
        for a in &hosts {
            for b in hosts.iter().filter(|b| b.id() != a.id()) {
                sim.add_address(a, b)?;
            }
        }

        let split = sim.partition(&[&hosts[..2], &hosts[2..]]);
        let record = Record::new(b"song".to_vec(), b"la".to_vec());
        sim.put_record(&hosts[0], record, Quorum::One)?;
        let key = RecordKey::new(b"song");
        match sim.get_record(&hosts[3], key.clone()) {
            Err(SimError::QueryFailed { .. }) => println!("not found across the partition"),
            other => panic!("the partition does not hold: {other:?}"),
        }

        split.heal();
        let found = sim.get_record(&hosts[3], key)?;
        println!(
            "found after the heal: {:?}",
            String::from_utf8_lossy(&found.value)
        );
        Ok(())
    });
}
