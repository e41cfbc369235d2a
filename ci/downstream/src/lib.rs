//! An application: a DHT with identify and ping, and a custom protocol.

use libp2p::{
    identify,
    identity::Keypair,
    kad::{self, store::MemoryStore},
    ping,
    swarm::NetworkBehaviour,
};

mod codec;
mod length;

pub use length::{Length, LengthEvent};

/// A member of the DHT that returns the lengths of texts to its peers.
#[derive(NetworkBehaviour)]
pub struct App {
    pub kad: kad::Behaviour<MemoryStore>,
    pub identify: identify::Behaviour,
    pub ping: ping::Behaviour,
    pub length: Length,
}

impl App {
    pub fn new(keypair: &Keypair) -> Self {
        let peer = keypair.public().to_peer_id();
        let mut kad = kad::Behaviour::new(peer, MemoryStore::new(peer));
        kad.set_mode(Some(kad::Mode::Server));
        App {
            kad,
            identify: identify::Behaviour::new(identify::Config::new(
                "/app/1".to_owned(),
                keypair.public(),
            )),
            ping: ping::Behaviour::default(),
            length: Length::default(),
        }
    }
}

#[cfg(test)]
mod tests;
