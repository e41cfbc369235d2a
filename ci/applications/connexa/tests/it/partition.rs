//! A network that is split, and one again.

use dht_harness::{Sim, SimError, TransportKind};

use crate::members::{MINUTE, find, get, network, provide, providers, put};

/// Both halves go on, and after the split each finds what the other has registered.
fn split_and_heal(sim: &mut Sim) -> Result<(), SimError> {
    let members = network(sim, 20)?;
    put(sim, &members[2], "before", "the split")?;

    let (left, right) = members.split_at(10);
    let split = sim.partition(&[left, right]);
    sim.run_for(5 * MINUTE)?;
    for (half, name) in [(left, "left"), (right, "right")] {
        put(sim, &half[1], name, "during the split")?;
        provide(sim, &half[2], &format!("a film on the {name}"))?;
        assert_eq!(get(sim, &half[7], name)?, ["during the split"]);
        assert_eq!(get(sim, &half[7], "before")?, ["the split"]);
    }
    assert!(get(sim, &left[7], "right")?.is_empty());
    assert!(get(sim, &right[7], "left")?.is_empty());

    split.heal();
    sim.run_for(10 * MINUTE)?;
    assert_eq!(get(sim, &left[7], "right")?, ["during the split"]);
    assert_eq!(get(sim, &right[7], "left")?, ["during the split"]);
    assert_eq!(
        providers(sim, &left[4], "a film on the right")?,
        [right[2].peer_id()]
    );
    assert_eq!(
        providers(sim, &right[4], "a film on the left")?,
        [left[2].peer_id()]
    );
    for (here, there) in left.iter().zip(right) {
        assert_eq!(find(sim, here, there)?[0].peer_id, there.peer_id());
        assert_eq!(find(sim, there, here)?[0].peer_id, here.peer_id());
    }
    sim.close_all(&members)?;
    sim.run_for(MINUTE)
}

#[test]
fn a_split_network_heals_over_mux() {
    Sim::builder().seed(6).test(split_and_heal);
}

#[test]
fn a_split_network_heals_over_noise_and_yamux() {
    Sim::builder()
        .seed(6)
        .transport(TransportKind::Stream)
        .test(split_and_heal);
}
