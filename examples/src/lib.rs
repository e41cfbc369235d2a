//! The examples are the programs in the parent folder. Run one of them, for example
//! `cargo run -p dht-harness-examples --example ownership`. The others are
//! `bootstrap`, `partition`, `own_invariant` and `scenario_file`.
#![allow(
    missing_docs,
    reason = "the derive makes an enum of events without any"
)]

use dht_harness::{Node, dht::DhtBehaviour};
use libp2p::{
    Swarm, identify,
    kad::{self, store::MemoryStore},
    swarm::NetworkBehaviour,
};

/// An application: a DHT with identify.
#[derive(NetworkBehaviour)]
pub struct App {
    kad: kad::Behaviour<MemoryStore>,
    identify: identify::Behaviour,
}

impl DhtBehaviour for App {
    type Store = MemoryStore;

    fn kad(&mut self) -> &mut kad::Behaviour<MemoryStore> {
        &mut self.kad
    }

    fn kad_event(event: &AppEvent) -> Option<&kad::Event> {
        match event {
            AppEvent::Kad(event) => Some(event),
            AppEvent::Identify(_) => None,
        }
    }
}

/// Builds the swarm of a host. All peers are DHT servers from the start.
pub fn app(node: &Node) -> Swarm<App> {
    let peer = node.peer_id();
    let mut kad = kad::Behaviour::new(peer, MemoryStore::new(peer));
    kad.set_mode(Some(kad::Mode::Server));
    let config = identify::Config::new("/app/1".to_owned(), node.keypair().public());
    let app = App {
        kad,
        identify: identify::Behaviour::new(config),
    };
    Swarm::new(node.transport(), app, peer, node.swarm_config())
}
