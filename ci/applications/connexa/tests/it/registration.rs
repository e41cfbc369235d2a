//! Registration and lookup among twenty members.

use dht_harness::{Sim, SimError, TransportKind, assert_deterministic};

use crate::members::{MINUTE, find, get, network, provide, providers, put};

fn what_one_registers_all_find(sim: &mut Sim) -> Result<(), SimError> {
    let members = network(sim, 20)?;
    provide(sim, &members[3], "a film")?;
    put(sim, &members[5], "a page", "its text")?;
    // The connections close, so that each lookup has to dial.
    sim.run_for(2 * MINUTE)?;
    for (number, member) in members.iter().enumerate() {
        let other = &members[(number + 7) % members.len()];
        let found = find(sim, member, other)?;
        assert_eq!(
            found[0].peer_id,
            other.peer_id(),
            "{member:?} looks for {other:?}"
        );
        assert_eq!(
            providers(sim, member, "a film")?,
            [members[3].peer_id()],
            "{member:?}"
        );
        assert_eq!(get(sim, member, "a page")?, ["its text"], "{member:?}");
        assert!(get(sim, member, "no page")?.is_empty(), "{member:?}");
    }
    sim.close_all(&members)?;
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
