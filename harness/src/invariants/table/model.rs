//! A small model of a routing table, with which the real one is compared.
//!
//! Responsible for one bucket as libp2p-kad documents it: a list of disconnected
//! entries and a list of connected ones, each with the least recently connected
//! first, and one pending peer, which may replace the first disconnected entry. It
//! must not know how libp2p-kad implements the bucket.

use std::io;

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, Endpoint, transport::PortUse, transport::TransportError},
    kad::{self, PROTOCOL_NAME, store::MemoryStore},
    swarm::{
        ConnectionId, DialError, FromSwarm, NetworkBehaviour, THandlerOutEvent,
        behaviour::{ConnectionClosed, ConnectionEstablished, DialFailure},
    },
};
use proptest::prelude::*;

use crate::{
    dht::{EntryStatus, TableSnapshot},
    identity,
    invariants::oracle,
};

type Kad = kad::Behaviour<MemoryStore>;
type FromHandler = THandlerOutEvent<Kad>;

/// The size of the bucket.
const SIZE: usize = 3;
/// The number of peers that compete for the bucket.
const PEERS: usize = 6;

/// The inputs of a table. Peers and addresses are numbers.
#[derive(Clone, Copy, Debug)]
enum Input {
    AddAddress(usize, usize),
    RemoveAddress(usize, usize),
    RemovePeer(usize),
    Connect(usize),
    Confirm(usize, usize),
    Refuse(usize, usize),
    Disconnect(usize),
    DialFails(usize, usize),
}

fn inputs() -> impl Strategy<Value = Vec<Input>> {
    let one = (0..8_u8, 0..PEERS, 0..3_usize).prop_map(|(kind, peer, address)| match kind {
        0 => Input::AddAddress(peer, address),
        1 => Input::RemoveAddress(peer, address),
        2 => Input::RemovePeer(peer),
        3 => Input::Connect(peer),
        4 => Input::Confirm(peer, address),
        5 => Input::Refuse(peer, address),
        6 => Input::Disconnect(peer),
        _ => Input::DialFails(peer, address),
    });
    proptest::collection::vec(one, 0..80)
}

#[derive(Clone, Debug, PartialEq)]
struct Node {
    peer: usize,
    addresses: Vec<usize>,
}

/// One bucket.
#[derive(Default)]
struct Model {
    disconnected: Vec<Node>,
    connected: Vec<Node>,
    /// The pending peer, and whether it is connected.
    pending: Option<(Node, bool)>,
    /// Whether the pending peer is inserted at the next read, or never.
    ripe: bool,
    /// Peers with a connection.
    links: [bool; PEERS],
}

impl Model {
    fn len(&self) -> usize {
        self.disconnected.len() + self.connected.len()
    }

    /// Each read inserts the pending peer if its time has come.
    fn look(&mut self) {
        if !self.ripe {
            return;
        }
        let Some((node, connected)) = self.pending.take() else {
            return;
        };
        if self.len() >= SIZE {
            if self.disconnected.is_empty() {
                return;
            }
            self.disconnected.remove(0);
        }
        self.append(node, connected);
    }

    fn append(&mut self, node: Node, connected: bool) {
        match connected {
            true => self.connected.push(node),
            false => self.disconnected.push(node),
        }
    }

    /// Adds a new peer: as an entry, as the pending peer if it is connected and there
    /// is no other, or not at all.
    fn insert(&mut self, node: Node, connected: bool) {
        if self.len() < SIZE {
            self.append(node, connected);
        } else if connected && self.pending.is_none() && !self.disconnected.is_empty() {
            self.pending = Some((node, true));
        }
    }

    /// Removes an entry. Also returns whether it was the least recent of all.
    fn take(&mut self, peer: usize) -> Option<(Node, bool)> {
        let position = |list: &[Node]| list.iter().position(|node| node.peer == peer);
        if let Some(index) = position(&self.disconnected) {
            return Some((self.disconnected.remove(index), index == 0));
        }
        let index = position(&self.connected)?;
        let first = index == 0 && self.disconnected.is_empty();
        Some((self.connected.remove(index), first))
    }

    fn addresses(&mut self, peer: usize) -> Option<&mut Vec<usize>> {
        let pending = self.pending.iter_mut().map(|(node, _)| node);
        self.disconnected
            .iter_mut()
            .chain(&mut self.connected)
            .chain(pending)
            .find(|node| node.peer == peer)
            .map(|node| &mut node.addresses)
    }

    fn remove(&mut self, peer: usize) {
        if self.take(peer).is_none() {
            self.pending.take_if(|(node, _)| node.peer == peer);
        }
    }

    fn connection_updated(&mut self, peer: usize, address: Option<usize>, connected: bool) {
        if let Some(addresses) = self.addresses(peer) {
            if let Some(address) = address.filter(|address| !addresses.contains(address)) {
                addresses.push(address);
            }
            if let Some((node, waits_connected)) = &mut self.pending
                && node.peer == peer
            {
                *waits_connected = connected;
                return;
            }
            // A peer whose status does not change keeps its position.
            let same_status = match connected {
                true => &self.connected,
                false => &self.disconnected,
            };
            if same_status.iter().any(|node| node.peer == peer) {
                return;
            }
            if let Some((node, first)) = self.take(peer) {
                if first && connected {
                    self.pending = None;
                }
                self.append(node, connected);
            }
        } else if let Some(address) = address.filter(|_| connected) {
            let addresses = vec![address];
            self.insert(Node { peer, addresses }, true);
        }
    }

    fn take_in(&mut self, input: Input) {
        self.look();
        match input {
            Input::AddAddress(peer, address) => match self.addresses(peer) {
                Some(addresses) if addresses.contains(&address) => {}
                Some(addresses) => addresses.push(address),
                None => {
                    let addresses = vec![address];
                    self.insert(Node { peer, addresses }, self.links[peer]);
                }
            },
            Input::RemoveAddress(peer, address) => match self.addresses(peer) {
                Some(addresses) if *addresses == [address] => self.remove(peer),
                Some(addresses) => addresses.retain(|other| *other != address),
                None => {}
            },
            Input::RemovePeer(peer) => self.remove(peer),
            Input::Connect(peer) => self.links[peer] = true,
            Input::Confirm(peer, address) if self.links[peer] => {
                self.connection_updated(peer, Some(address), true);
            }
            Input::Refuse(peer, address) if self.links[peer] => {
                self.connection_updated(peer, Some(address), false);
            }
            Input::Disconnect(peer) if self.links[peer] => {
                self.connection_updated(peer, None, false);
                self.links[peer] = false;
            }
            Input::DialFails(peer, address) => {
                if let Some(addresses) = self.addresses(peer)
                    && addresses.len() > 1
                {
                    addresses.retain(|other| *other != address);
                }
            }
            Input::Confirm(..) | Input::Refuse(..) | Input::Disconnect(_) => {}
        }
        self.look();
    }

    /// The table, least recent first, and whether a peer is pending.
    fn table(&self) -> (Vec<(Node, bool)>, bool) {
        let list = |list: &[Node], connected: bool| -> Vec<_> {
            list.iter().map(|node| (node.clone(), connected)).collect()
        };
        let mut table = list(&self.disconnected, false);
        table.extend(list(&self.connected, true));
        (table, self.pending.is_some() && self.len() > 0)
    }
}

/// The real table, which receives the same inputs.
struct Real {
    local: PeerId,
    peers: Vec<PeerId>,
    links: [bool; PEERS],
    kad: Kad,
}

impl Real {
    fn new(ripe: bool) -> Self {
        let local = identity(0).public().to_peer_id();
        let ids = (1..).map(|number| identity(number).public().to_peer_id());
        let far = ids.filter(|peer| oracle::distance(&local.to_bytes(), peer).ilog2() == Some(255));
        let mut config = kad::Config::new(PROTOCOL_NAME);
        config
            .set_kbucket_size(SIZE.try_into().expect("it is not 0"))
            .set_periodic_bootstrap_interval(None)
            .set_kbucket_pending_timeout(match ripe {
                true => std::time::Duration::ZERO,
                false => std::time::Duration::from_secs(3_600),
            });
        Real {
            local,
            peers: far.take(PEERS).collect(),
            links: [false; PEERS],
            kad: Kad::with_config(local, MemoryStore::new(local), config),
        }
    }

    fn address(&self, peer: usize, address: usize) -> Multiaddr {
        let peer = self.peers[peer];
        format!("/ip4/10.0.0.{}/tcp/1/p2p/{peer}", address + 1)
            .parse()
            .expect("an address")
    }

    fn endpoint(&self, peer: usize, address: usize) -> ConnectedPoint {
        ConnectedPoint::Dialer {
            address: self.address(peer, address),
            role_override: Endpoint::Dialer,
            port_use: PortUse::Reuse,
        }
    }

    fn take_in(&mut self, input: Input) {
        let connection = |peer: usize| ConnectionId::new_unchecked(peer);
        match input {
            Input::AddAddress(peer, address) => {
                let address = self.address(peer, address);
                self.kad.add_address(&self.peers[peer], address);
            }
            Input::RemoveAddress(peer, address) => {
                let address = self.address(peer, address);
                self.kad.remove_address(&self.peers[peer], &address);
            }
            Input::RemovePeer(peer) => {
                self.kad.remove_peer(&self.peers[peer]);
            }
            Input::Connect(peer) if !self.links[peer] => {
                self.links[peer] = true;
                self.kad
                    .on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
                        peer_id: self.peers[peer],
                        connection_id: connection(peer),
                        endpoint: &self.endpoint(peer, 0),
                        failed_addresses: &[],
                        other_established: 0,
                    }));
            }
            Input::Confirm(peer, address) if self.links[peer] => {
                let endpoint = self.endpoint(peer, address);
                self.kad.on_connection_handler_event(
                    self.peers[peer],
                    connection(peer),
                    FromHandler::ProtocolConfirmed { endpoint },
                );
            }
            Input::Refuse(peer, address) if self.links[peer] => {
                let endpoint = self.endpoint(peer, address);
                self.kad.on_connection_handler_event(
                    self.peers[peer],
                    connection(peer),
                    FromHandler::ProtocolNotSupported { endpoint },
                );
            }
            Input::Disconnect(peer) if self.links[peer] => {
                self.links[peer] = false;
                self.kad
                    .on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
                        peer_id: self.peers[peer],
                        connection_id: connection(peer),
                        endpoint: &self.endpoint(peer, 0),
                        cause: None,
                        remaining_established: 0,
                    }));
            }
            Input::DialFails(peer, address) => {
                let refused = TransportError::Other(io::ErrorKind::ConnectionRefused.into());
                let error = DialError::Transport(vec![(self.address(peer, address), refused)]);
                self.kad.on_swarm_event(FromSwarm::DialFailure(DialFailure {
                    peer_id: Some(self.peers[peer]),
                    error: &error,
                    connection_id: connection(peer),
                }));
            }
            Input::Connect(_) | Input::Confirm(..) | Input::Refuse(..) | Input::Disconnect(_) => {}
        }
    }

    fn table(&mut self) -> (Vec<(Node, bool)>, bool) {
        let table = TableSnapshot::read(self.local, &mut self.kad);
        let pending = table.buckets.iter().any(|bucket| bucket.has_pending);
        let number = |peer: &PeerId| self.peers.iter().position(|other| other == peer);
        let entries = table.entries().map(|entry| {
            let peer = number(&entry.peer).expect("one of the peers");
            let address = |known: &Multiaddr| (0..3).find(|a| self.address(peer, *a) == *known);
            let node = Node {
                peer,
                addresses: entry.addresses.iter().filter_map(address).collect(),
            };
            (node, entry.status == EntryStatus::Connected)
        });
        (entries.collect(), pending)
    }
}

fn compare(inputs: &[Input], ripe: bool) -> Result<(), TestCaseError> {
    let mut real = Real::new(ripe);
    let mut model = Model {
        ripe,
        ..Model::default()
    };
    for (index, input) in inputs.iter().enumerate() {
        real.take_in(*input);
        model.take_in(*input);
        prop_assert_eq!(real.table(), model.table(), "after {:?}", &inputs[..=index]);
    }
    Ok(())
}

proptest! {
    #[test]
    fn the_real_table_matches_the_model_while_peers_are_pending(inputs in inputs()) {
        compare(&inputs, false)?;
    }

    #[test]
    fn the_real_table_matches_the_model_when_pending_peers_are_inserted(inputs in inputs()) {
        compare(&inputs, true)?;
    }
}

/// The comparison detects differences: a table with different inputs does not match.
#[test]
fn a_table_with_different_inputs_does_not_match() {
    let mut real = Real::new(false);
    let mut model = Model::default();
    real.take_in(Input::AddAddress(0, 0));
    model.take_in(Input::AddAddress(1, 0));
    assert_ne!(real.table(), model.table());
}
