//! Pending requests, and the contents of messages.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use crate::{
    dht::{wire::Message, wire::MessageType},
    net::{ConnId, HostId, IdHash},
    tap::{MessageRole, TappedMessage},
    world::World,
};

/// Whether the sender has a DHT, as opposed to a scripted peer, which may send
/// anything.
pub(super) fn is_dht(world: &World, host: HostId) -> bool {
    world.mode(host).is_some()
}

/// The peers that an answer names as closer.
pub(super) fn named(message: &Message) -> Vec<PeerId> {
    let peers = message.closer_peers.iter();
    peers.filter_map(|peer| peer.peer_id()).collect()
}

/// A request and its answer, identified by connection and substream.
pub(super) type Exchange = (ConnId, u32);

/// The requests that have no answer yet.
#[derive(Default)]
pub(super) struct Requests(
    pub(super) IndexMap<Exchange, (VirtualInstant, HostId, HostId, Vec<u8>), IdHash>,
);

impl Requests {
    /// Records a message. If it is the answer to a request of a host that has not
    /// restarted since, returns the key of the request.
    pub(super) fn hear(&mut self, world: &World, tapped: &TappedMessage) -> Option<Vec<u8>> {
        let exchange = (tapped.conn, tapped.substream);
        match (tapped.part, &tapped.message) {
            (MessageRole::Request, Some(message)) => {
                // These requests are not answered.
                if message.r#type() != MessageType::AddProvider {
                    let request = (tapped.at, tapped.from, tapped.to, message.key.clone());
                    self.0.insert(exchange, request);
                }
                None
            }
            (MessageRole::Request, None) => None,
            (MessageRole::Answer, _) => {
                let (at, asker, _, key) = self.0.shift_remove(&exchange)?;
                (world.started_at(asker) <= at).then_some(key)
            }
        }
    }
}
