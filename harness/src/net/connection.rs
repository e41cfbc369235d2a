//! Connections: two ends and two directions.
//!
//! Responsible for the state of a connection and for its slot in the table. It
//! must not know the rules by which the state changes.

use std::collections::VecDeque;
use std::net::SocketAddrV4;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use super::config::NetworkConfig;
use super::direction::{Direction, Frame};
use super::endpoint::{Carrier, Endpoint};
use super::error::ConnError;
use super::event::{ConnId, ConnKind};
use super::hash::IdHash;
use super::host::HostId;
use super::router::RouterId;
use super::rules::Packet;
use super::side::Side;
use super::substream::Substream;

/// A connection's slot in the table, and its id to detect that the slot was
/// reused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ConnRef {
    pub(super) slot: u32,
    pub(super) id: ConnId,
}

/// The state of one end in its host's kernel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Socket {
    /// None yet: the SYN has not arrived.
    Absent,
    /// Waiting for the answer to its SYN.
    SynSent,
    /// Established.
    Live,
    /// Closed by the program; data already sent is still retransmitted.
    Orphan,
    /// Gone: whatever arrives is answered with a reset.
    Dead,
}

/// One end.
#[derive(Debug)]
pub(super) struct End<T> {
    pub(super) host: HostId,
    pub(super) local: Endpoint,
    /// The address of the other side, as this side sees it.
    pub(super) remote: Endpoint,
    pub(super) identity: Option<PeerId>,
    pub(super) socket: Socket,
    /// Whether a dial, a backlog, a pipe or a muxer holds this end.
    pub(super) held: bool,
    /// The listener whose backlog holds this end.
    pub(super) backlog: Option<u32>,
    /// How many substreams programs hold on this side.
    pub(super) streams: u32,
    /// Whether `HostResources` counts it among the connections.
    pub(super) counted: bool,
    /// The host has crashed since, so `HostResources` no longer counts this
    /// end.
    pub(super) forgotten: bool,
    pub(super) error: Option<ConnError>,
    pub(super) arrived_streams: VecDeque<u32>,
    pub(super) next_stream: u32,
    /// New addresses of the remote that have not been reported yet.
    pub(super) moves: VecDeque<Endpoint>,
    /// The task that waits for the dial's outcome, or for a muxer's events.
    pub(super) task: Option<T>,
    /// The task that waits for inbound substreams.
    pub(super) acceptor: Option<T>,
}

/// The routers that translate the addresses of a connection.
#[derive(Debug)]
pub(super) struct Path {
    /// The routers through which packets go, from the dialer on.
    pub(super) hops: Vec<Hop>,
    /// How often the SYN was sent again.
    pub(super) resent: u32,
    /// Whether keep-alive packets of QUIC keep the mappings of the routers.
    pub(super) is_kept: bool,
    /// Whether it has been told that a router has forgotten the connection.
    pub(super) is_forgotten: bool,
}

/// A router on the way of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hop {
    pub(super) router: RouterId,
    /// The side that is behind it.
    pub(super) inside: Side,
    /// The endpoint of the side inside, in front of the router.
    pub(super) inner: SocketAddrV4,
    /// The endpoint outside that stands for it.
    pub(super) outer: Endpoint,
    /// The other side, as the router sees it.
    pub(super) remote: SocketAddrV4,
}

/// Whether the dialler takes a muxed connection rather than another one of the same dial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// Not yet: the dialled host has several addresses.
    Open,
    /// The dialler has said so.
    Said,
    /// The other side knows, or there is no other address.
    Known,
}

/// A connection, or an attempt at one.
#[derive(Debug)]
pub(super) struct Conn<T> {
    pub(super) id: ConnId,
    pub(super) kind: ConnKind,
    pub(super) dialled_at: VirtualInstant,
    /// The dialled address.
    pub(super) target: Endpoint,
    /// No host had the address when it was dialled.
    pub(super) unrouted: bool,
    /// The dialer has learnt that it is connected.
    pub(super) established: bool,
    /// Whether the dialer expects the other side to begin the handshake.
    pub(super) waits_for_handshake: bool,
    /// Whether the dialler has taken it, and the other side knows.
    pub(super) taken: Taken,
    /// Whether a side has moved while its network interface was away, and does not know that
    /// its address is gone.
    pub(super) wedged: bool,
    /// Whether a side is in another network, so that its address leads elsewhere, also if it has
    /// the same number there.
    pub(super) uprooted: bool,
    /// The routers between the sides, if there are any.
    pub(super) path: Option<Box<Path>>,
    /// The connection of the other side's dial, with which this dial has become one.
    pub(super) merged: Option<ConnRef>,
    pub(super) ends: [End<T>; 2],
    pub(super) directions: [Direction; 2],
    pub(super) streams: IndexMap<u32, Substream<T>, IdHash>,
}

/// How long libp2p-quic waits for a handshake (libp2p-quic 0.14, `Config::handshake_timeout`).
const QUIC_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long libp2p-quic keeps a connection of which it hears nothing (libp2p-quic 0.14,
/// `Config::max_idle_timeout`). Keep-alive packets, one in 5 s, go unless there is other
/// traffic.
const QUIC_IDLE_TIMEOUT: Duration = Duration::from_secs(10);

impl<T> Conn<T> {
    /// Whether it is a connection of QUIC: its substreams do not wait for each other, it
    /// notices that it hears nothing though it sends nothing, and it is told of no address
    /// that is gone.
    pub(super) fn is_quic(&self) -> bool {
        self.target.carrier() == Carrier::Quic
    }

    /// A packet from this side, other than a SYN.
    pub(super) fn packet(&self, from: Side) -> Packet {
        Packet {
            from: self.host(from),
            to: self.host(from.other()),
            conn: self.id,
            is_syn: false,
            is_udp: self.target.carrier().is_udp(),
        }
    }

    /// Whether it is a dial from an address and port to the same. One of QUIC reaches the
    /// listener there, since both share a socket.
    pub(super) fn meets_itself(&self) -> bool {
        self.ends[0].local == self.target && !self.is_quic()
    }

    /// When the dialer gives the dial up.
    pub(super) fn dial_deadline(&self, config: &NetworkConfig) -> VirtualInstant {
        let timeout = match self.is_quic() {
            true => config.connect_timeout.min(QUIC_HANDSHAKE_TIMEOUT),
            false => config.connect_timeout,
        };
        self.dialled_at.saturating_add(timeout)
    }

    /// When a side that has heard no acknowledgement since then gives the connection up.
    pub(super) fn ack_deadline(
        &self,
        since: VirtualInstant,
        config: &NetworkConfig,
    ) -> VirtualInstant {
        let timeout = match self.is_quic() {
            true => config.retransmission_timeout.min(QUIC_IDLE_TIMEOUT),
            false => config.retransmission_timeout,
        };
        since.saturating_add(timeout)
    }

    pub(super) fn end(&mut self, side: Side) -> &mut End<T> {
        &mut self.ends[side.index()]
    }

    pub(super) fn direction(&mut self, from: Side) -> &mut Direction {
        &mut self.directions[from.index()]
    }

    pub(super) fn host(&self, side: Side) -> HostId {
        self.ends[side.index()].host
    }

    /// The substreams of which data from this side can still arrive, once for each piece.
    pub(super) fn under_way(&self, from: Side) -> impl Iterator<Item = u32> {
        let receiver = self.ends[from.other().index()].socket;
        let is_heard = matches!(receiver, Socket::SynSent | Socket::Live);
        let direction = &self.directions[from.index()];
        // A segment that is lost resets the connection, so that nothing after it arrives.
        let segments = direction
            .segments
            .iter()
            .take_while(|segment| !segment.resets);
        let sent: usize = segments
            .clone()
            .map(|segment| segment.frames as usize)
            .sum();
        let is_reset = segments.count() < direction.segments.len();
        let count = match (is_heard, is_reset) {
            (false, _) => 0,
            (true, true) => sent,
            (true, false) => direction.frames.len(),
        };
        let frames = direction.frames.iter().take(count);
        frames.filter_map(|frame| match frame {
            Frame::Data(stream, _) => Some(*stream),
            _ => None,
        })
    }

    /// Whether no program holds any part of it.
    pub(super) fn is_over(&self) -> bool {
        self.ends.iter().all(|end| !end.held && end.streams == 0)
    }
}

impl<T> End<T> {
    pub(super) fn new(
        host: HostId,
        [local, remote]: [Endpoint; 2],
        socket: Socket,
        first_stream: u32,
    ) -> Self {
        End {
            host,
            local,
            remote,
            identity: None,
            socket,
            held: false,
            backlog: None,
            streams: 0,
            counted: false,
            forgotten: false,
            error: None,
            arrived_streams: VecDeque::new(),
            next_stream: first_stream,
            moves: VecDeque::new(),
            task: None,
            acceptor: None,
        }
    }
}

/// Connections by slot. Slots are reused, ids are not.
#[derive(Debug)]
pub(super) struct ConnTable<T> {
    slots: Vec<Option<Conn<T>>>,
    free: Vec<u32>,
    last: u32,
}

impl<T> Default for ConnTable<T> {
    fn default() -> Self {
        ConnTable {
            slots: Vec::new(),
            free: Vec::new(),
            last: 0,
        }
    }
}

impl<T> ConnTable<T> {
    /// The id of the next connection.
    pub(super) fn next_id(&mut self) -> ConnId {
        self.last += 1;
        ConnId(self.last)
    }

    pub(super) fn insert(&mut self, conn: Conn<T>) -> ConnRef {
        let id = conn.id;
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(conn);
                slot
            }
            None => {
                self.slots.push(Some(conn));
                self.slots.len() as u32 - 1
            }
        };
        ConnRef { slot, id }
    }

    pub(super) fn remove(&mut self, slot: u32) -> Option<Conn<T>> {
        let conn = self.slots.get_mut(slot as usize)?.take()?;
        self.free.push(slot);
        Some(conn)
    }

    pub(super) fn at(&self, slot: u32) -> Option<&Conn<T>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> Option<&mut Conn<T>> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Conn<T>> {
        self.slots.iter().flatten()
    }

    /// The connections and their slots.
    pub(super) fn slots(&self) -> impl Iterator<Item = (u32, &Conn<T>)> {
        let slots = (0..).zip(&self.slots);
        slots.filter_map(|(slot, conn)| Some((slot, conn.as_ref()?)))
    }

    pub(super) fn get(&self, conn: ConnRef) -> Option<&Conn<T>> {
        self.at(conn.slot).filter(|found| found.id == conn.id)
    }

    pub(super) fn get_mut(&mut self, conn: ConnRef) -> Option<&mut Conn<T>> {
        self.at_mut(conn.slot).filter(|found| found.id == conn.id)
    }
}
