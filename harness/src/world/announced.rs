//! The routing table according to the events of the DHT.

use std::collections::BTreeMap;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{Multiaddr, PeerId, kad};

/// The latest announcement of an entry.
#[derive(Clone, Debug)]
pub(crate) struct Announcement {
    /// The time of the announcement.
    pub(crate) at: VirtualInstant,
    /// The addresses of the entry.
    pub(crate) addresses: Vec<Multiaddr>,
}

/// The reason why the DHT has not inserted a peer that supports its protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotInserted {
    /// No address of the peer is known: `UnroutablePeer`.
    NoAddress,
    /// The bucket is full, or the application does the insertions: `RoutablePeer` and
    /// `PendingRoutablePeer`.
    Routable,
}

/// The entries announced by `RoutingUpdated`.
///
/// The DHT does not report that the application removes a peer or an address, so such
/// an entry is kept here.
#[derive(Clone, Debug, Default)]
pub(crate) struct Announced {
    entries: IndexMap<PeerId, Announcement>,
    /// The peers that were replaced by others, and when.
    replaced: IndexMap<PeerId, VirtualInstant>,
    /// The peers that were not inserted at the latest attempt, when and why.
    not_inserted: BTreeMap<PeerId, (VirtualInstant, NotInserted)>,
}

impl Announced {
    /// The latest announcement of the peer, if there is one.
    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Announcement> {
        self.entries.get(peer)
    }

    /// All entries, in no particular order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&PeerId, &Announcement)> {
        self.entries.iter()
    }

    /// The time at which the peer was announced as replaced, unless it was inserted
    /// again since.
    pub(crate) fn replaced_at(&self, peer: &PeerId) -> Option<VirtualInstant> {
        self.replaced.get(peer).copied()
    }

    /// The peers that were not inserted at the latest attempt, when and why.
    pub(crate) fn not_inserted(
        &self,
    ) -> impl Iterator<Item = (&PeerId, &(VirtualInstant, NotInserted))> {
        self.not_inserted.iter()
    }

    /// When and why a peer was not inserted at the latest attempt.
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
