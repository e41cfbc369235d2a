//! What the swarm of an application holds, as a behaviour inside it learns it.

use std::collections::{BTreeMap, BTreeSet};

use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    swarm::{ConnectionId, FromSwarm},
};

use super::hub::Sighting;

/// What the swarm of an application holds, as a behaviour inside it learns it.
#[derive(Default)]
pub(crate) struct SwarmFacts {
    /// The connections to each peer.
    connections: BTreeMap<PeerId, u32>,
    established: u32,
    /// Dials and inbound handshakes under way.
    pending: BTreeSet<ConnectionId>,
    /// The addresses of each listener; libp2p counts listeners across the process.
    listeners: Vec<(ListenerId, Multiaddr)>,
    external: Vec<Multiaddr>,
}

impl SwarmFacts {
    pub(super) fn note(&mut self, sighting: &Sighting<'_>) {
        let event = match sighting {
            Sighting::Incoming(connection) | Sighting::Dialling(connection, _) => {
                self.pending.insert(*connection);
                return;
            }
            Sighting::Swarm(event) => event,
            Sighting::Kad(_) | Sighting::Dropped => return,
        };
        match event {
            FromSwarm::ConnectionEstablished(established) => {
                self.pending.remove(&established.connection_id);
                *self.connections.entry(established.peer_id).or_default() += 1;
                self.established += 1;
            }
            FromSwarm::ConnectionClosed(closed) => {
                self.established = self.established.saturating_sub(1);
                let count = self.connections.entry(closed.peer_id).or_default();
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.connections.remove(&closed.peer_id);
                }
            }
            FromSwarm::DialFailure(failure) => {
                self.pending.remove(&failure.connection_id);
            }
            FromSwarm::ListenFailure(failure) => {
                self.pending.remove(&failure.connection_id);
            }
            FromSwarm::NewListenAddr(new) => {
                self.listeners.push((new.listener_id, new.addr.clone()));
            }
            FromSwarm::ExpiredListenAddr(expired) => {
                let gone = (expired.listener_id, expired.addr);
                self.listeners
                    .retain(|(id, address)| (*id, address) != gone);
            }
            FromSwarm::ListenerClosed(closed) => {
                self.listeners.retain(|(id, _)| *id != closed.listener_id);
            }
            FromSwarm::ExternalAddrConfirmed(confirmed)
                if !self.external.contains(confirmed.addr) =>
            {
                self.external.push(confirmed.addr.clone());
            }
            FromSwarm::ExternalAddrExpired(expired) => {
                self.external.retain(|address| address != expired.addr);
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
        self.established
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
