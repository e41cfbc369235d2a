//! The routing table as the DHT's events tell it.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{Multiaddr, PeerId, kad};

/// The latest that the DHT has said of a peer.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// When.
    pub at: VirtualInstant,
    /// The addresses of the entry.
    pub addresses: Vec<Multiaddr>,
}

/// The entries that `RoutingUpdated` has told of.
///
/// The DHT does not tell when the application removes a peer or an address:
/// such an entry stays here.
#[derive(Clone, Debug, Default)]
pub struct Announced {
    entries: IndexMap<PeerId, Announcement>,
    /// Who gave his place to another, and when.
    replaced: IndexMap<PeerId, VirtualInstant>,
}

impl Announced {
    /// Whether the peer was announced, and what was said last.
    pub fn get(&self, peer: &PeerId) -> Option<&Announcement> {
        self.entries.get(peer)
    }

    /// All entries, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&PeerId, &Announcement)> {
        self.entries.iter()
    }

    /// When the peer was announced to have given its place to another, unless
    /// it came back since.
    pub fn replaced_at(&self, peer: &PeerId) -> Option<VirtualInstant> {
        self.replaced.get(peer).copied()
    }

    pub(crate) fn on_event(&mut self, event: &kad::Event, at: VirtualInstant) {
        let kad::Event::RoutingUpdated {
            peer,
            addresses,
            old_peer,
            ..
        } = event
        else {
            return;
        };
        if let Some(old) = old_peer {
            self.entries.swap_remove(old);
            self.replaced.insert(*old, at);
        }
        self.replaced.swap_remove(peer);
        let addresses = addresses.iter().cloned().collect();
        self.entries.insert(*peer, Announcement { at, addresses });
    }
}
