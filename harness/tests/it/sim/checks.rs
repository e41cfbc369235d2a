//! Checks must not change a run.

use std::time::Duration;

use dht_harness::{Sim, SimBuilder, SimError, TransportKind, dht::Query, trace::Digest};

use super::{on, peer};

/// Ten hosts that learn about each other, lose one host, and look it up.
fn digest(sim: SimBuilder) -> Digest {
    let network = |sim: &mut Sim| -> Result<(), SimError> {
        let hosts = sim.spawn_n(10, "h", peer);
        for host in &hosts[1..] {
            sim.add_address(host, &hosts[0])?;
        }
        for host in &hosts[1..] {
            let query = sim.start_query(host, Query::Bootstrap)?;
            sim.finish_query(query)?;
        }
        sim.crash(&hosts[3])?;
        sim.get_closest_peers(&hosts[7], hosts[3].peer_id().to_bytes())?;
        sim.run_for(Duration::from_secs(60))
    };
    let run = sim.run(network);
    run.unwrap_or_else(|failure| panic!("{failure}")).end.digest
}

/// Invariants outside the standard set that hold for these hosts.
const FURTHER: [&str; 5] = [
    "one-dial-per-peer",
    "running-queries-end",
    "connections-are-mutual",
    "local-closest-complete",
    "query-stats-add-up",
];

#[test]
fn checks_do_not_change_the_digest_of_a_run() {
    for transport in TransportKind::ALL {
        let standard = digest(on(transport));
        assert_eq!(digest(on(transport).without_standard_checks()), standard);
        assert_eq!(
            digest(on(transport).check_named(FURTHER.iter().copied())),
            standard
        );
    }
}
