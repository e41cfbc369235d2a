//! The routing table as the DHT's events tell it.

use std::collections::BTreeMap;

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

/// Why the DHT has not inserted a peer that speaks its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotInserted {
    /// It knows no address of the peer: `UnroutablePeer`.
    NoAddress,
    /// Its bucket is full, or the application inserts: `RoutablePeer` and
    /// `PendingRoutablePeer`.
    Routable,
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
    /// Who was not inserted at the latest occasion, when and why.
    not_inserted: BTreeMap<PeerId, (VirtualInstant, NotInserted)>,
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

    /// The peers that were not inserted at the latest occasion, when and why.
    pub(crate) fn not_inserted(
        &self,
    ) -> impl Iterator<Item = (&PeerId, &(VirtualInstant, NotInserted))> {
        self.not_inserted.iter()
    }

    /// When and why a peer was not inserted at the latest occasion.
    pub(crate) fn not_inserted_at(&self, peer: &PeerId) -> Option<(VirtualInstant, NotInserted)> {
        self.not_inserted.get(peer).copied()
    }

    pub(crate) fn on_event(&mut self, event: &kad::Event, at: VirtualInstant) {
        let (peer, addresses, old_peer) = match event {
            kad::Event::RoutingUpdated {
                peer,
                addresses,
                old_peer,
                ..
            } => (peer, addresses, old_peer),
            kad::Event::UnroutablePeer { peer } => {
                self.not_inserted
                    .insert(*peer, (at, NotInserted::NoAddress));
                return;
            }
            kad::Event::RoutablePeer { peer, .. }
            | kad::Event::PendingRoutablePeer { peer, .. } => {
                self.not_inserted.insert(*peer, (at, NotInserted::Routable));
                return;
            }
            _ => return,
        };
        self.not_inserted.remove(peer);
        if let Some(old) = old_peer {
            self.entries.swap_remove(old);
            self.replaced.insert(*old, at);
        }
        self.replaced.swap_remove(peer);
        let addresses = addresses.iter().cloned().collect();
        self.entries.insert(*peer, Announcement { at, addresses });
    }
}
