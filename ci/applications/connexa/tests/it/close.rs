//! Members that shut down with requests in flight.

use connexa::error::Error;
use dht_harness::{Sim, SimError, TransportKind};
use libp2p::kad::Quorum;

use crate::members::{MINUTE, SECOND, network, target};

/// Each request that is in flight when its member shuts down gets an answer.
fn requests_in_flight_are_answered(sim: &mut Sim) -> Result<(), SimError> {
    let members = network(sim, 12)?;
    // The connections of the start close, so that each request has to dial.
    sim.run_for(2 * MINUTE)?;
    let (closed, other) = (&members[6], &members[9]);
    let client = closed.handle();
    let (peer, address) = (other.peer_id(), target(other));
    let found =
        client.call(move |connexa| async move { connexa.dht().find_peer(peer).await.map(drop) });
    let put = client
        .call(|connexa| async move { connexa.dht().put("a page", "text", Quorum::All).await });
    let provided = client.call(|connexa| async move { connexa.dht().provide("a film").await });
    let joined = client.call(|connexa| async move { connexa.dht().bootstrap().await });
    let dialled =
        client.call(move |connexa| async move { connexa.swarm().dial(address).await.map(drop) });
    // They have reached the network, and none has an answer.
    sim.run_for(SECOND / 100)?;
    let mut answers = [found, put, provided, joined, dialled];
    for answer in &mut answers {
        answer.try_recv().expect_err("a request in flight");
    }

    sim.close(closed)?;
    for answer in answers {
        let answer = sim.block_on(answer)?.expect("an answer");
        assert!(matches!(answer, Err(Error::ChannelClosed)), "{answer:?}");
    }
    sim.run_for(MINUTE)?;
    sim.close_all(members.iter().filter(|member| member.id() != closed.id()))?;
    sim.run_for(MINUTE)
}

#[test]
fn requests_in_flight_are_answered_over_mux() {
    Sim::builder().seed(7).test(requests_in_flight_are_answered);
}

#[test]
fn requests_in_flight_are_answered_over_noise_and_yamux() {
    Sim::builder()
        .seed(7)
        .transport(TransportKind::Stream)
        .test(requests_in_flight_are_answered);
}
