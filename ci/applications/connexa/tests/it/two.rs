//! Two members: connexa in a simulation at all.

use dht_harness::{Sim, SimError, TransportKind, assert_deterministic};

use crate::members::{MINUTE, SECOND, connected_peers, dial, find, member};

fn two_connect(sim: &mut Sim) -> Result<(), SimError> {
    let (a, b) = (sim.spawn_app("a", member), sim.spawn_app("b", member));
    sim.run_for(SECOND)?;
    dial(sim, &a, &b)?.expect("a connection");
    sim.run_for(SECOND)?;
    assert_eq!(connected_peers(sim, &a)?, [b.peer_id()]);
    assert_eq!(connected_peers(sim, &b)?, [a.peer_id()]);

    // identify has told each the address of the other.
    for (from, to) in [(&a, &b), (&b, &a)] {
        let found = find(sim, from, to)?;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].peer_id, to.peer_id());
    }
    sim.close_all([&a, &b])?;
    sim.run_for(MINUTE)
}

#[test]
fn two_connect_over_mux() {
    assert_deterministic(|| Sim::builder().seed(1), two_connect);
}

#[test]
fn two_connect_over_noise_and_yamux() {
    assert_deterministic(
        || Sim::builder().seed(1).transport(TransportKind::Stream),
        two_connect,
    );
}
