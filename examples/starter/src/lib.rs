//! A peer of a DHT.

// `tests/` sees the library as it is; unit tests see it with an observed DHT, so that
// the harness sees the DHT of a swarm in an event loop as well.
#[cfg(test)]
use dht_harness::kad;
#[cfg(not(test))]
use libp2p::kad;
use libp2p::{PeerId, Swarm, core, swarm};

pub mod records;

/// A swarm with a DHT and nothing else.
pub type Peer = Swarm<kad::Behaviour<kad::store::MemoryStore>>;
/// What connects it to others.
pub type Transport = core::transport::Boxed<(PeerId, core::muxing::StreamMuxerBox)>;

/// A peer that stores records and answers queries.
pub fn peer(id: PeerId, transport: Transport, config: swarm::Config) -> Peer {
    let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
    // Without this line kad is a client until an external address is confirmed.
    kad.set_mode(Some(kad::Mode::Server));
    Swarm::new(transport, kad, id, config)
}
