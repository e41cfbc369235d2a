//! The log of what a host's swarm has reported.

use std::collections::{BTreeMap, BTreeSet};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    core::transport::TransportError,
    kad,
    swarm::{ConnectionId, DialError},
};

use super::announced::Announced;
use crate::{
    dht::{BehaviourEvent, QueryLog},
    net::{Dialability, IdHash, RELAY, transport_of},
};

/// The name under which the owner of a behaviour tells the events of identify.
const IDENTIFY: &str = "identify";

/// A connection as the swarm reported it.
#[derive(Clone, Debug)]
pub struct ConnectionRecord {
    /// The remote.
    pub peer: PeerId,
    /// Whether the local side dialled.
    pub dialer: bool,
    /// How often the swarm reported that it was established; normally once.
    pub opened: u32,
    /// How often the swarm reported that it was closed.
    pub closed: u32,
    /// When it was established.
    pub opened_at: VirtualInstant,
    /// When it was closed.
    pub closed_at: Option<VirtualInstant>,
}

/// The outcome of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DialEnd {
    /// A connection was established.
    Connected,
    /// It failed.
    Failed,
}

/// A dial as the swarm reported it.
#[derive(Clone, Debug)]
pub struct DialRecord {
    /// The peer, if the dial named one.
    pub peer: Option<PeerId>,
    /// When it started.
    pub at: VirtualInstant,
    /// The reported outcomes, in order; normally one.
    pub(crate) ends: Vec<DialEnd>,
}

/// What a swarm has reported so far: connections, dials and queries.
///
/// libp2p numbers connections process-wide. Here they are renumbered from 1 per host,
/// in the order of their first occurrence.
#[derive(Clone, Debug, Default)]
pub struct SwarmLog {
    numbers: IndexMap<ConnectionId, (), IdHash>,
    open: usize,
    /// The connections, by number.
    pub connections: IndexMap<u32, ConnectionRecord>,
    /// The dials, by connection number.
    pub dials: IndexMap<u32, DialRecord>,
    /// The open connections that lead through a relay, by number.
    pub(crate) relayed: BTreeSet<u32>,
    /// The transports other than that of the network over which the host had a
    /// connection, or tried to get one.
    other_transports: BTreeSet<Vec<&'static str>>,
    /// The addresses of failed dials, by the peer that they named, if any.
    pub(crate) failed_dials: BTreeMap<Option<PeerId>, BTreeSet<Multiaddr>>,
    /// The dials in progress, by connection number.
    pub under_way: BTreeSet<u32>,
    /// The number of connections to each peer, according to the events.
    pub connected: BTreeMap<PeerId, u32>,
    /// How often the host has dialled itself, at its own address or at one that has
    /// become its own.
    pub self_dials: u32,
    /// The queries of the DHT.
    pub queries: QueryLog,
    /// The queries of the second DHT, once there is one. Each std map that a thread makes
    /// changes the order of the next, so that a log which no host needs is not made.
    pub(crate) lan_queries: Option<QueryLog>,
    /// The table entries that the DHT has announced.
    pub(crate) announced: Announced,
    /// When the behaviour first sent a message to several connections in an order
    /// that depends on the process.
    pub(crate) told_all_at: Option<VirtualInstant>,
    /// The modes that the DHT has announced, oldest first.
    pub modes: Vec<(VirtualInstant, kad::Mode)>,
    /// Contradictions between the events of the swarm, as texts.
    pub contradictions: Vec<String>,
    /// The total number of inbound connection attempts.
    pub incoming: u32,
    /// How often the swarm reported an external address candidate.
    pub candidates: u32,
    /// The peers with which identify has run, as far as its owner tells its events: whether an
    /// exchange has succeeded.
    pub(crate) identified: BTreeMap<PeerId, bool>,
    /// The addresses of other peers that a behaviour has reported to the others.
    pub told: BTreeMap<PeerId, BTreeSet<Multiaddr>>,
    /// The inbound connections that failed before they were established, oldest
    /// first: the remote peers, if they are known.
    pub inbound_failures: Vec<Option<PeerId>>,
}

impl SwarmLog {
    /// The number of a connection in the traces of this host.
    pub(crate) fn number(&mut self, id: ConnectionId) -> u32 {
        let (index, _) = self.numbers.insert_full(id, ());
        index as u32 + 1
    }

    /// The open connections, according to the events.
    pub fn open_connections(&self) -> impl Iterator<Item = (&u32, &ConnectionRecord)> {
        self.connections
            .iter()
            .filter(|(_, record)| record.closed < record.opened)
    }

    /// The number of open connections, according to the events.
    pub(crate) fn open_count(&self) -> usize {
        self.open
    }

    pub(crate) fn opened(&mut self, number: u32, peer: PeerId, dialer: bool, at: VirtualInstant) {
        let record = self
            .connections
            .entry(number)
            .or_insert_with(|| ConnectionRecord {
                peer,
                dialer,
                opened: 0,
                closed: 0,
                opened_at: at,
                closed_at: None,
            });
        record.opened += 1;
        self.open += 1;
        *self.connected.entry(peer).or_default() += 1;
        if record.opened > 1 {
            self.contradictions
                .push(format!("connection {number} of the swarm came up twice"));
        }
        if dialer {
            self.dial_ended(number, DialEnd::Connected);
        }
    }

    /// Notes over which transport a connection has come up.
    pub(crate) fn reached(&mut self, number: u32, remote: &Multiaddr, relayed: bool) {
        if relayed {
            self.relayed.insert(number);
            self.other_transports.insert(vec![RELAY]);
        }
        if Dialability::of(remote) == Dialability::OtherTransport {
            self.other_transports.insert(transport_of(remote));
        }
    }

    /// Whether the host had, or tried to get, a connection over the transport of this address,
    /// which is not that of the network.
    pub(crate) fn has_transport_of(&self, address: &Multiaddr) -> bool {
        self.other_transports.contains(&transport_of(address))
    }

    pub(crate) fn closed(&mut self, number: u32, at: VirtualInstant) {
        self.relayed.remove(&number);
        match self.connections.get_mut(&number) {
            Some(record) => {
                record.closed += 1;
                record.closed_at = Some(at);
                self.open = self.open.saturating_sub(1);
                if let Some(count) = self.connected.get_mut(&record.peer) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        self.connected.remove(&record.peer);
                    }
                }
                if record.closed > record.opened {
                    self.contradictions.push(format!(
                        "connection {number} of the swarm went down more often than up"
                    ));
                }
            }
            None => self.contradictions.push(format!(
                "connection {number} of the swarm went down but never came up"
            )),
        }
    }

    /// Compares the swarm's own count of connections to a peer with the count of the
    /// events.
    pub(crate) fn counted(&mut self, peer: &PeerId, theirs: u32) {
        let ours = self.connected.get(peer).copied().unwrap_or(0);
        if ours != theirs {
            self.contradictions.push(format!(
                "the swarm counts {theirs} connections to {peer}, its events {ours}"
            ));
        }
    }

    pub(crate) fn dialing(&mut self, number: u32, peer: Option<PeerId>, at: VirtualInstant) {
        let record = DialRecord {
            peer,
            at,
            ends: Vec::new(),
        };
        self.under_way.insert(number);
        if self.dials.insert(number, record).is_some() {
            self.contradictions
                .push(format!("dial {number} was announced twice"));
        }
    }

    /// Notes what identify tells of its exchanges. A failure after a success changes nothing.
    pub(crate) fn identify_told(&mut self, event: &BehaviourEvent) {
        let received = match (event.protocol, event.what) {
            (IDENTIFY, "received") => true,
            (IDENTIFY, "failed") => false,
            _ => return,
        };
        for peer in &event.peers {
            *self.identified.entry(*peer).or_default() |= received;
        }
    }

    /// Records the addresses that a failed dial has tried. If its transport has tried one by a
    /// relay, the host has the transport of a relay's client.
    pub(crate) fn dial_failed(&mut self, peer: Option<PeerId>, error: &DialError) {
        let tried: Vec<&Multiaddr> = match error {
            DialError::Transport(tried) => tried.iter().map(|(address, _)| address).collect(),
            #[cfg(not(any(feature = "libp2p-0-54", feature = "libp2p-0-55")))]
            DialError::WrongPeerId { address, .. } => vec![address],
            #[cfg(any(feature = "libp2p-0-54", feature = "libp2p-0-55"))]
            DialError::WrongPeerId { endpoint, .. } => vec![endpoint.get_remote_address()],
            DialError::NoAddresses => Vec::new(),
            _ => return,
        };
        if let DialError::Transport(tried) = error {
            let mut tried = tried.iter();
            let is_by_relay = tried.any(|(address, error)| {
                matches!(error, TransportError::Other(_)) && transport_of(address) == [RELAY]
            });
            if is_by_relay {
                self.other_transports.insert(vec![RELAY]);
            }
        }
        let known = self.failed_dials.entry(peer).or_default();
        known.extend(tried.into_iter().cloned());
    }

    pub(crate) fn dial_ended(&mut self, number: u32, end: DialEnd) {
        // The swarm does not announce a dial that a test started by address.
        self.under_way.remove(&number);
        if let Some(record) = self.dials.get_mut(&number) {
            record.ends.push(end);
            if record.ends.len() > 1 {
                self.contradictions
                    .push(format!("dial {number} ended twice: {:?}", record.ends));
            }
        }
    }
}
