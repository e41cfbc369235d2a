//! Property: any subset of hosts may close at any time, while queries are running.

use std::time::Duration;

use dht_fixtures::{Dht, Stack, networks};
use dht_harness::{Sim, SimError, SimHost, TransportKind, dht::Query};
use libp2p::kad::{Quorum, Record, RecordKey};
use proptest::prelude::*;

const HOSTS: usize = 8;

/// One host and the virtual time, in milliseconds, at which it closes.
type Closing = (usize, u64);

fn closings() -> impl Strategy<Value = Vec<Closing>> {
    // Connections are established within 100 ms, lookups end within a second,
    // and idle connections close after ten: each of these phases is covered.
    let time = prop_oneof![0..100_u64, 0..1_000_u64, 0..15_000_u64];
    proptest::collection::vec((0..HOSTS, time), 0..=HOSTS)
}

fn stack() -> impl Strategy<Value = Stack> {
    proptest::sample::select(Stack::ALL.to_vec())
}

fn transport() -> impl Strategy<Value = TransportKind> {
    proptest::sample::select(TransportKind::ALL.to_vec())
}

/// Every host that is alive starts a query.
fn traffic(sim: &mut Sim, hosts: &[SimHost<Dht>], round: u64) -> Result<(), SimError> {
    for (number, host) in hosts.iter().enumerate() {
        let key = RecordKey::new(&[number as u8, round as u8]);
        let query = match (number as u64 + round) % 5 {
            0 => Query::ClosestPeers(key.to_vec()),
            1 => Query::Get(key),
            2 => Query::Put(Record::new(key, vec![0; 100]), Quorum::Majority),
            3 => Query::Provide(key),
            _ => Query::GetProviders(key),
        };
        match sim.start_query(host, query) {
            Ok(_) | Err(SimError::Host(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

proptest! {
    // Each case takes about 100 ms of real time; set PROPTEST_CASES to run
    // more.
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES")
            .ok()
            .and_then(|cases| cases.parse().ok())
            .unwrap_or(24),
        ..ProptestConfig::default()
    })]

    /// The standard invariants are checked throughout the run.
    #[test]
    fn hosts_that_close_at_random_times_release_all_resources(
        mut closings in closings(),
        stack in stack(),
        transport in transport(),
        seed in 0..1_000_u64,
    ) {
        closings.sort_by_key(|(_, time)| *time);
        let outcome = Sim::builder().seed(seed).transport(transport).run(move |sim| {
            let hosts = networks::ring(sim, HOSTS, stack)?;
            traffic(sim, &hosts, 0)?;
            let start = sim.now();
            for (round, (host, time)) in closings.iter().enumerate() {
                let due = start + Duration::from_millis(*time);
                sim.run_for(due.saturating_since(sim.now()))?;
                sim.close(&hosts[*host])?;
                traffic(sim, &hosts, round as u64 + 1)?;
            }
            sim.run_for(Duration::from_secs(120))
        });
        prop_assert!(outcome.is_ok(), "{}", outcome.unwrap_err());
    }
}
