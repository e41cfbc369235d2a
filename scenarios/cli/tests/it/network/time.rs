//! Clocks with different rates.

use std::time::{Duration, Instant};

use dht_fixtures::{KadSettings, Stack};
use dht_harness::{
    Node, Sim, Skew,
    dht::{Answer, DhtBehaviour, Query},
};
use libp2p::kad::{Quorum, Record, RecordKey, store::RecordStore};

/// A host whose clock runs twice as fast expires a record after half the time.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "virtual: read inside the simulation"
)]
fn a_fast_clock_expires_records_early() {
    Sim::builder().test(|sim| {
        let settings = KadSettings {
            record_ttl: Some(Duration::from_secs(600)),
            replication_interval: None,
            publication_interval: None,
            ..KadSettings::default()
        };
        let swarm = move |node: &Node| Stack::KadIdentify.swarm_with(node, &settings);
        let exact = sim.spawn("exact", swarm.clone());
        let fast = sim.spawn("fast", swarm);
        sim.connect(&exact, &fast)?;
        sim.run_for(Duration::from_secs(5))?;
        sim.skew(
            &fast,
            Skew {
                wall_offset_nanos: 0,
                rate_ppb: 1_000_000_000,
            },
        );
        let key = RecordKey::new(b"key");
        let record = Record::new(key.clone(), b"value".to_vec());
        let put = sim.query(&exact, Query::Put(record, Quorum::One))?;
        assert_eq!(put.answer(), Some(&Answer::Stored));
        sim.run_for(Duration::from_secs(400))?;
        for (host, early) in [(&exact, false), (&fast, true)] {
            let expired = host.with(|swarm| {
                let store = swarm.behaviour_mut().kad().store_mut();
                store
                    .get(&key)
                    .is_none_or(|record| record.is_expired(Instant::now()))
            })?;
            assert_eq!(expired, early, "{}", host.name());
        }
        Ok(())
    });
}
