//! What the harness checks of kameo, and what not.

use dht_harness::Sim;

use crate::nodes::{MINUTE, lookup, mesh, register, star};

/// kameo constructs its DHT itself, so tables, queries, modes and stores are not seen.
#[test]
fn a_failure_names_what_is_not_checked() {
    let failure = Sim::builder()
        .run(|sim| {
            star(sim, 2)?;
            sim.block_on(std::future::pending::<()>())
        })
        .expect_err("the body waits for nothing");
    let text = failure.to_string();
    assert!(
        text.contains(
            "tables, queries, modes, stores and connection counts of n0, n1 are not checked"
        ),
        "{text}"
    );
}

/// The messages of the registry are read off the network.
#[test]
fn the_messages_of_the_registry_are_well_formed_and_answered() {
    Sim::builder()
        .tap_protocol("/kameo/registry/1.0.0")
        .check_named(["messages-well-formed", "requests-answered"])
        .test(|sim| {
            let nodes = mesh(sim, 10)?;
            let printer = register(sim, &nodes[3], "printer", 1)?;
            for node in &nodes {
                assert_eq!(lookup(sim, node, "printer")?.actors, [printer]);
            }
            let read = sim.world().messages().expect("there is a tap").len();
            assert!(read > 100, "{read}");
            sim.close_all(&nodes)?;
            sim.run_for(MINUTE)
        });
}
