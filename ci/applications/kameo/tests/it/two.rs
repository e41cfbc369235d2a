//! Two nodes: kameo in a simulation at all.

use dht_harness::{Sim, SimError, TransportKind, assert_deterministic};

use crate::nodes::{MINUTE, SECOND, actor, answer, dial, lookup, node, register};

fn two_find_each_other(sim: &mut Sim) -> Result<(), SimError> {
    let (a, b) = (sim.spawn_app("a", node), sim.spawn_app("b", node));
    sim.run_for(SECOND)?;
    dial(sim, &a, &b)?.expect("a connection");
    sim.run_for(SECOND)?;
    for (from, to) in [(&a, &b), (&b, &a)] {
        let name = format!("printer of {}", to.name());
        let registered = register(sim, to, &name, 7)?;
        assert_eq!(lookup(sim, from, &name)?.actors, [registered]);
        assert!(lookup(sim, from, "no printer")?.actors.is_empty());
    }
    // A message to an actor that does not run is answered.
    let asked = answer(sim, a.handle().ask(actor(&b, 8)))?;
    asked.expect_err("no actor runs on b");
    sim.close_all([&a, &b])?;
    sim.run_for(MINUTE)
}

#[test]
fn two_find_each_other_over_mux() {
    assert_deterministic(|| Sim::builder().seed(1), two_find_each_other);
}

#[test]
fn two_find_each_other_over_noise_and_yamux() {
    assert_deterministic(
        || Sim::builder().seed(1).transport(TransportKind::Stream),
        two_find_each_other,
    );
}
