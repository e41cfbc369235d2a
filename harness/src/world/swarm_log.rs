//! What a host's swarm has said so far.

use std::collections::{BTreeMap, BTreeSet};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId, kad,
    swarm::{ConnectionId, DialError},
};

use super::announced::Announced;
use crate::{dht::QueryLog, net::IdHash};

/// A connection as the swarm reported it.
#[derive(Clone, Debug)]
pub struct ConnectionRecord {
    /// The remote.
    pub peer: PeerId,
    /// Whether the local side dialled.
    pub dialer: bool,
    /// How often the swarm said that it came up: once, if all is well.
    pub opened: u32,
    /// How often the swarm said that it went down.
    pub closed: u32,
    /// When it came up.
    pub opened_at: VirtualInstant,
    /// When it went down.
    pub closed_at: Option<VirtualInstant>,
}

/// How a dial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DialEnd {
    /// A connection came up.
    Connected,
    /// It failed.
    Failed,
}

/// A dial as the swarm reported it.
#[derive(Clone, Debug)]
pub struct DialRecord {
    /// Whom it was for, if it named a peer.
    pub peer: Option<PeerId>,
    /// When it started.
    pub at: VirtualInstant,
    /// How it ended, in order; one end, if all is well.
    pub ends: Vec<DialEnd>,
}

/// What a swarm has said so far: connections, dials and queries.
///
/// libp2p counts connections process-wide; here they are renumbered from 1 per
/// host, in order of their first mention.
#[derive(Clone, Debug, Default)]
pub struct SwarmLog {
    numbers: IndexMap<ConnectionId, (), IdHash>,
    open: usize,
    /// By connection number.
    pub connections: IndexMap<u32, ConnectionRecord>,
    /// By connection number.
    pub dials: IndexMap<u32, DialRecord>,
    /// The addresses of failed dials, by the peer that they were for, if they
    /// named one.
    pub(crate) failed_dials: BTreeMap<Option<PeerId>, BTreeSet<Multiaddr>>,
    /// The dials that have not ended, by connection number.
    pub under_way: BTreeSet<u32>,
    /// How many connections there are to each peer, as the events add up.
    pub connected: BTreeMap<PeerId, u32>,
    /// How often the host dialled itself, at an address of its own or at one
    /// that has become its own.
    pub self_dials: u32,
    /// The queries of the DHT.
    pub queries: QueryLog,
    /// What the DHT has said of its table.
    pub announced: Announced,
    /// When the behaviour first sent several connections the same in an order that
    /// depends on the process.
    pub(crate) told_all_at: Option<VirtualInstant>,
    /// The modes that the DHT has announced, oldest first.
    pub modes: Vec<(VirtualInstant, kad::Mode)>,
    /// What the swarm said that cannot be, in words.
    pub contradictions: Vec<String>,
    /// How many connections were being negotiated inbound, ever.
    pub incoming: u32,
    /// How often the swarm has offered an address as an external one.
    pub candidates: u32,
    /// The addresses of other peers that one behaviour has told the others.
    pub told: BTreeMap<PeerId, BTreeSet<Multiaddr>>,
    /// The inbound connections that failed before they came up, oldest first:
    /// the remotes, as far as the swarm has said.
    pub inbound_failures: Vec<Option<PeerId>>,
}

impl SwarmLog {
    /// The number of a connection in this host's traces.
    pub fn number(&mut self, id: ConnectionId) -> u32 {
        let (index, _) = self.numbers.insert_full(id, ());
        index as u32 + 1
    }

    /// The connections that are up, as far as the swarm has said.
    pub fn open_connections(&self) -> impl Iterator<Item = (&u32, &ConnectionRecord)> {
        self.connections
            .iter()
            .filter(|(_, record)| record.closed < record.opened)
    }

    /// How many connections are up, as far as the swarm has said.
    pub fn open_count(&self) -> usize {
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
                .push(format!("connection {number} came up twice"));
        }
        if dialer {
            self.dial_ended(number, DialEnd::Connected);
        }
    }

    pub(crate) fn closed(&mut self, number: u32, at: VirtualInstant) {
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
                    self.contradictions
                        .push(format!("connection {number} went down more often than up"));
                }
            }
            None => self
                .contradictions
                .push(format!("connection {number} went down but never came up")),
        }
    }

    /// Holds the swarm's own count of connections to a peer against ours.
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

    /// Notes the addresses that a failed dial has tried.
    pub(crate) fn dial_failed(&mut self, peer: Option<PeerId>, error: &DialError) {
        let tried: Vec<&Multiaddr> = match error {
            DialError::Transport(tried) => tried.iter().map(|(address, _)| address).collect(),
            DialError::WrongPeerId { address, .. } => vec![address],
            DialError::NoAddresses => Vec::new(),
            _ => return,
        };
        let known = self.failed_dials.entry(peer).or_default();
        known.extend(tried.into_iter().cloned());
    }

    pub(crate) fn dial_ended(&mut self, number: u32, end: DialEnd) {
        // A dial that a test started by address is not announced by the swarm.
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
