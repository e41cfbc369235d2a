//! Control of a simulation by a test, and its effects.

use std::time::Duration;

use dht_harness::{Node, Sim, SimBuilder, SimError, SimHost, TransportKind};
use libp2p::{Swarm, kad, swarm::dummy};

mod addresses;
mod applications;
mod assertions;
mod checks;
mod determinism;
mod events;
mod faults;
mod guards;
mod lost_queries;
mod observing;
mod plans;
mod queries;
mod reading;
mod reports;
mod restart;
mod schedule;
mod tap;
mod timing;
mod view;
mod violations;

type Kad = kad::Behaviour<kad::store::MemoryStore>;

/// A DHT server without automatic bootstraps.
fn peer(node: &Node) -> Swarm<Kad> {
    let mut config = kad::Config::new(kad::PROTOCOL_NAME);
    config.set_periodic_bootstrap_interval(None);
    let store = kad::store::MemoryStore::new(node.peer_id());
    let mut kad = kad::Behaviour::with_config(node.peer_id(), store, config);
    kad.set_mode(Some(kad::Mode::Server));
    Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
}

/// A peer without a DHT.
fn silent(node: &Node) -> Swarm<dummy::Behaviour> {
    Swarm::new(
        node.transport(),
        dummy::Behaviour,
        node.peer_id(),
        node.swarm_config(),
    )
}

fn on(transport: TransportKind) -> SimBuilder {
    Sim::builder().transport(transport)
}

/// Two connected hosts, of which the first has the second in its table.
fn acquainted(sim: &mut Sim) -> Result<(SimHost<Kad>, SimHost<Kad>), SimError> {
    let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
    sim.add_address(&a, &b)?;
    sim.connect(&a, &b)?;
    sim.run_for(Duration::from_secs(1))?;
    Ok((a, b))
}
