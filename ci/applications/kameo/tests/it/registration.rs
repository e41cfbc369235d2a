//! Registration and lookup among twenty nodes.

use dht_harness::{Sim, SimError, TransportKind, assert_deterministic};

use crate::nodes::{MINUTE, lookup, mesh, register};

fn what_one_registers_all_find(sim: &mut Sim) -> Result<(), SimError> {
    let nodes = mesh(sim, 20)?;
    let printers = [
        register(sim, &nodes[3], "printer", 1)?,
        register(sim, &nodes[9], "printer", 2)?,
    ];
    let scanner = register(sim, &nodes[5], "scanner", 3)?;
    // The connections close, so that each lookup has to dial.
    sim.run_for(2 * MINUTE)?;
    for node in &nodes {
        let mut found = lookup(sim, node, "printer")?;
        found.actors.sort_by_key(|actor| actor.number);
        assert_eq!(found.actors, printers, "{node:?}");
        assert_eq!(lookup(sim, node, "scanner")?.actors, [scanner], "{node:?}");
        assert!(lookup(sim, node, "camera")?.actors.is_empty(), "{node:?}");
    }
    sim.close_all(&nodes)?;
    sim.run_for(MINUTE)
}

#[test]
fn what_one_registers_all_find_over_mux() {
    assert_deterministic(|| Sim::builder().seed(2), what_one_registers_all_find);
}

#[test]
fn what_one_registers_all_find_over_noise_and_yamux() {
    let sim = Sim::builder().seed(2).transport(TransportKind::Stream);
    sim.test(what_one_registers_all_find);
}
