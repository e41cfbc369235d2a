//! Nodes that shut down with requests in flight.

use dht_harness::{Sim, SimError, TransportKind};

use crate::nodes::{MINUTE, SECOND, actor, mesh, target};

/// Each request ends when its node does, and nothing of the node is left.
fn requests_in_flight_end(sim: &mut Sim) -> Result<(), SimError> {
    let nodes = mesh(sim, 12)?;
    // The connections close, so that each request has to dial.
    sim.run_for(2 * MINUTE)?;
    let (closed, other) = (&nodes[6], &nodes[9]);
    let client = closed.handle();
    let mut registered = client.register("printer", 1);
    let mut found = client.lookup("scanner");
    let mut asked = client.ask(actor(other, 1));
    let mut dialled = client.dial(target(&nodes[10]));
    // They have reached the network, and none has an answer.
    sim.run_for(SECOND / 100)?;
    registered.try_recv().expect_err("a registration in flight");
    found.try_recv().expect_err("a lookup in flight");
    asked.try_recv().expect_err("a message in flight");
    dialled.try_recv().expect_err("a dial in flight");

    sim.close(closed)?;
    sim.block_on(registered)?.expect_err("the node has ended");
    sim.block_on(found)?.expect_err("the node has ended");
    sim.block_on(asked)?.expect_err("the node has ended");
    sim.block_on(dialled)?.expect_err("the node has ended");
    sim.run_for(MINUTE)?;
    sim.close_all(nodes.iter().filter(|node| node.id() != closed.id()))?;
    sim.run_for(MINUTE)
}

#[test]
fn requests_in_flight_end_over_mux() {
    Sim::builder().seed(7).test(requests_in_flight_end);
}

#[test]
fn requests_in_flight_end_over_noise_and_yamux() {
    Sim::builder()
        .seed(7)
        .transport(TransportKind::Stream)
        .test(requests_in_flight_end);
}

/// A message to a node that crashes meanwhile fails.
#[test]
fn a_message_to_a_node_that_crashes_fails() {
    Sim::builder().seed(8).test(|sim| {
        let nodes = mesh(sim, 3)?;
        let asked = nodes[1].handle().ask(actor(&nodes[2], 1));
        sim.crash(&nodes[2])?;
        sim.block_on(asked)?
            .expect("an answer")
            .expect_err("no peer replies");
        Ok(())
    });
}
