//! What a test can do to a simulation and see of it.

use dht_harness::{Node, Sim, SimBuilder, TransportKind};
use libp2p::{Swarm, kad};

mod faults;
mod pace;
mod plans;
mod schedule;
mod tap;
mod violations;

type Kad = kad::Behaviour<kad::store::MemoryStore>;

/// A server without automatic bootstraps.
fn peer(node: &Node) -> Swarm<Kad> {
    let mut config = kad::Config::default();
    config.set_periodic_bootstrap_interval(None);
    let store = kad::store::MemoryStore::new(node.peer_id());
    let mut kad = kad::Behaviour::with_config(node.peer_id(), store, config);
    kad.set_mode(Some(kad::Mode::Server));
    Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
}

fn on(transport: TransportKind) -> SimBuilder {
    Sim::builder().transport(transport)
}
