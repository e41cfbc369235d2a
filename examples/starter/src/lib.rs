//! A peer of a DHT.

pub mod records;

use libp2p::core::{muxing::StreamMuxerBox, transport::Boxed};
use libp2p::{PeerId, Swarm, kad, swarm};

/// What connects a peer to others: TCP, or the network of a simulation.
pub type Transport = Boxed<(PeerId, StreamMuxerBox)>;

/// A swarm whose behaviour is a DHT.
pub type Peer = Swarm<kad::Behaviour<kad::store::MemoryStore>>;

/// A peer that stores records and answers queries.
pub fn peer(id: PeerId, transport: Transport, config: swarm::Config) -> Peer {
    let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
    // Without this line kad is a client until an external address is confirmed.
    kad.set_mode(Some(kad::Mode::Server));
    Swarm::new(transport, kad, id, config)
}
