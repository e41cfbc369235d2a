//! What the swarm of an application holds, as a behaviour inside it learns it.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::{Multiaddr, PeerId, core::transport::ListenerId, swarm::ConnectionId};

use crate::host::Notice;

/// What the swarm of an application holds, as a behaviour inside it learns it.
#[derive(Default)]
pub(crate) struct SwarmFacts {
    /// The connections to each peer.
    connections: BTreeMap<PeerId, u32>,
    /// Dials and inbound handshakes under way.
    pending: BTreeSet<ConnectionId>,
    /// The addresses of each listener; libp2p counts listeners across the process.
    listeners: Vec<(ListenerId, Multiaddr)>,
    external: Vec<Multiaddr>,
}

impl SwarmFacts {
    pub(super) fn note(&mut self, notice: &Notice<'_>) {
        match *notice {
            Notice::Incoming { connection } | Notice::Dialing { connection, .. } => {
                self.pending.insert(connection);
            }
            Notice::DialFailed { connection, .. } | Notice::IncomingFailed { connection, .. } => {
                self.pending.remove(&connection);
            }
            Notice::Established {
                connection, peer, ..
            } => {
                self.pending.remove(&connection);
                *self.connections.entry(peer).or_default() += 1;
            }
            Notice::Closed { peer, .. } => {
                let count = self.connections.entry(peer).or_default();
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.connections.remove(&peer);
                }
            }
            Notice::Listening { listener, address } => {
                self.listeners.push((listener, address.clone()));
            }
            Notice::NotListening { listener, address } => {
                let gone = (listener, address);
                self.listeners
                    .retain(|(id, address)| (*id, address) != gone);
            }
            Notice::ListenerClosed { listener, .. } => {
                self.listeners.retain(|(id, _)| *id != listener);
            }
            Notice::ExternalConfirmed { address } if !self.external.contains(address) => {
                self.external.push(address.clone());
            }
            Notice::ExternalExpired { address } => {
                self.external.retain(|known| known != address);
            }
            _ => {}
        }
    }

    /// The connected peers, in the order of their ids.
    pub(crate) fn connected(&self) -> impl Iterator<Item = PeerId> {
        self.connections.keys().copied()
    }

    /// How many connections there are to a peer.
    pub(crate) fn connections_to(&self, peer: &PeerId) -> u32 {
        self.connections.get(peer).copied().unwrap_or(0)
    }

    /// How many connections there are.
    pub(crate) fn established(&self) -> u32 {
        self.connections.values().sum()
    }

    /// How many dials and inbound handshakes are under way.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// The addresses that the swarm listens on, each with its listener.
    pub(crate) fn listeners(&self) -> &[(ListenerId, Multiaddr)] {
        &self.listeners
    }

    /// The confirmed external addresses.
    pub(crate) fn external(&self) -> &[Multiaddr] {
        &self.external
    }
}
