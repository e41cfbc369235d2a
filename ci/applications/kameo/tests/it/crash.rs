//! Nodes that crash and come back.

use dht_harness::{
    Sim, SimError,
    sim::{Keep, Restart},
};

use crate::nodes::{MINUTE, SECOND, dial, dial_all, lookup, mesh, register};

/// What other nodes have registered is found while a node is down, and a node that has come
/// back registers anew.
fn crash_and_return(sim: &mut Sim, restart: Restart) -> Result<(), SimError> {
    let nodes = mesh(sim, 15)?;
    let (crashed, witness) = (&nodes[4], &nodes[11]);
    let stays = register(sim, &nodes[7], "scanner", 1)?;
    sim.crash(crashed)?;
    sim.run_for(MINUTE)?;
    assert_eq!(lookup(sim, witness, "scanner")?.actors, [stays]);
    dial(sim, witness, crashed)?.expect_err("the crashed node does not answer");

    sim.restart(crashed, restart)?;
    sim.run_for(SECOND)?;
    dial_all(sim, crashed, &nodes[..4])?;
    sim.run_for(SECOND)?;
    assert_eq!(lookup(sim, crashed, "scanner")?.actors, [stays]);
    let returned = register(sim, crashed, "printer", 2)?;
    assert_eq!(lookup(sim, witness, "printer")?.actors, [returned]);
    sim.close_all(&nodes)?;
    sim.run_for(MINUTE)
}

#[test]
fn a_crashed_node_comes_back() {
    Sim::builder()
        .seed(3)
        .test(|sim| crash_and_return(sim, Restart::default()));
}

#[test]
fn a_crashed_node_comes_back_as_another_peer() {
    let restart = Restart {
        identity: Keep::Lost,
        ..Restart::default()
    };
    Sim::builder()
        .seed(4)
        .test(move |sim| crash_and_return(sim, restart));
}

/// What a crashed node has registered is found until it expires, and then no more.
#[test]
fn the_registration_of_a_crashed_node_expires() {
    Sim::builder().seed(5).test(|sim| {
        let nodes = mesh(sim, 10)?;
        let printer = register(sim, &nodes[4], "printer", 1)?;
        sim.run_for(SECOND)?;
        sim.crash(&nodes[4])?;
        sim.run_for(MINUTE)?;
        assert_eq!(lookup(sim, &nodes[8], "printer")?.actors, [printer]);
        // An hour, the time to live of a registration.
        sim.run_for(60 * MINUTE)?;
        assert!(lookup(sim, &nodes[8], "printer")?.actors.is_empty());
        Ok(())
    });
}
