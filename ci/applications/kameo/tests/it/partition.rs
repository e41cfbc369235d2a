//! A network that is split for a short time, and one again.

use dht_harness::{Sim, SimError, TransportKind};

use crate::nodes::{MINUTE, lookup, mesh, register};

/// Each half finds what was registered before, and after the split what the other half
/// has registered since. While peers are silent most registrations fail (finding 7), and
/// a longer split does not heal (finding 5).
fn split_and_heal(sim: &mut Sim) -> Result<(), SimError> {
    let nodes = mesh(sim, 20)?;
    let before = register(sim, &nodes[2], "before", 1)?;
    let (left, right) = nodes.split_at(10);
    let split = sim.partition(&[left, right]);
    sim.run_for(MINUTE)?;
    for half in [left, right] {
        assert_eq!(lookup(sim, &half[7], "before")?.actors, [before]);
    }
    split.heal();
    sim.run_for(MINUTE)?;
    let on_the_left = register(sim, &left[4], "left", 2)?;
    let on_the_right = register(sim, &right[4], "right", 3)?;
    for node in &nodes {
        assert_eq!(lookup(sim, node, "before")?.actors, [before], "{node:?}");
        assert_eq!(lookup(sim, node, "left")?.actors, [on_the_left], "{node:?}");
        assert_eq!(
            lookup(sim, node, "right")?.actors,
            [on_the_right],
            "{node:?}"
        );
    }
    sim.close_all(&nodes)?;
    sim.run_for(MINUTE)
}

#[test]
fn a_short_split_heals_over_mux() {
    Sim::builder().seed(6).test(split_and_heal);
}

#[test]
fn a_short_split_heals_over_noise_and_yamux() {
    Sim::builder()
        .seed(6)
        .transport(TransportKind::Stream)
        .test(split_and_heal);
}
