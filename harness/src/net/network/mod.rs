//! The core of the network, without input or output: a call gets the current time,
//! and returns its result and the tokens of the tasks to wake.
//!
//! Responsible for the tables and for the order of events; the rules are in the
//! submodules. It must not know about wakers, locks or the clock.

mod arrival;
mod bytes;
mod close;
mod dial;
mod faults;
mod hosts;
mod listen;
mod mux;
mod nat;
mod quic;
mod reach;
mod send;
mod sharing;
mod simultaneous;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use super::address::AddressBook;
use super::config::NetworkConfig;
use super::connection::{Conn, ConnRef, ConnTable, Socket};
use super::endpoint::Endpoint;
use super::event::{ConnId, EventLog};
use super::hash::IdHash;
use super::heap::{Event, EventHeap, EventKey, EventKind};
use super::host::{Host, HostId, Way};
use super::link::Links;
use super::names::Names;
use super::outbox::{Outbox, Token};
use super::release::Release;
use super::router::Router;
use super::rules::Rules;
use super::side::Side;
use super::wire::WireLog;

pub(super) use dial::DialRequest;
pub(super) use hosts::ConnectionInfo;
pub(super) use listen::{Listener, ListenerEvent};
pub(crate) use reach::{Reach, RouterDrop};

/// An event that has been delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Delivered {
    /// The virtual time of the event.
    pub at: VirtualInstant,
    /// The host that it reached.
    pub target: HostId,
    /// The host that caused it.
    pub source: HostId,
    /// Whether it woke a task.
    pub woke: bool,
}

/// Every host, link, listener and connection, and the scheduled events.
#[derive(Debug)]
pub(super) struct Network<T> {
    config: NetworkConfig,
    now: VirtualInstant,
    hosts: Vec<Host>,
    addresses: AddressBook,
    routers: Vec<Router>,
    pub(super) names: Names,
    links: Links,
    rules: Rules,
    /// By number; numbers are not reused.
    listeners: Vec<Option<Listener<T>>>,
    conns: ConnTable<T>,
    /// Address pairs in use: (host, local, remote).
    pairs: IndexMap<(HostId, Endpoint, Endpoint), u32, IdHash>,
    /// Directions that wait for a heal, a restart of the host or an acknowledgement.
    stalled: BTreeSet<(ConnId, u32, Side)>,
    heap: EventHeap,
    in_flight: usize,
    /// Whether there was a connection of QUIC.
    carries_quic: bool,
    /// Buffers of finished substreams, to be reused.
    spare: Vec<VecDeque<u8>>,
    /// Handles that programs have dropped at this instant.
    pub(super) released: Vec<Release>,
    pub(super) log: EventLog,
    pub(super) wire: WireLog,
    pub(super) outbox: Outbox<T>,
}

impl<T: Token> Network<T> {
    pub(super) fn new(seed: u64, config: NetworkConfig) -> Self {
        Network {
            now: VirtualInstant::default(),
            hosts: Vec::new(),
            addresses: AddressBook::new(config.public_addresses),
            routers: Vec::new(),
            names: Names::default(),
            links: Links::new(seed),
            rules: Rules::new(&config),
            listeners: Vec::new(),
            conns: ConnTable::default(),
            pairs: IndexMap::default(),
            stalled: BTreeSet::new(),
            heap: EventHeap::default(),
            in_flight: 0,
            carries_quic: false,
            spare: Vec::new(),
            released: Vec::new(),
            log: EventLog {
                events: Vec::new(),
                enabled: config.record_events,
            },
            wire: WireLog::default(),
            outbox: Outbox::default(),
            config,
        }
    }

    /// Sets the time; it never goes backwards.
    pub(super) fn at(&mut self, now: VirtualInstant) -> &mut Self {
        self.now = self.now.max(now);
        self
    }

    /// When the next event takes place.
    pub(super) fn next_event(&mut self) -> Option<VirtualInstant> {
        self.prune();
        self.heap.peek().map(|event| event.key.at)
    }

    /// Delivers the next event, if it is due.
    pub(super) fn deliver_next(&mut self, now: VirtualInstant) -> Option<Delivered> {
        self.prune();
        if self.heap.peek()?.key.at > now {
            return None;
        }
        let event = self.heap.pop()?;
        self.at(now);
        match event.kind {
            EventKind::Arrive(from) => self.arrive(&event, from, false),
            EventKind::Received(_) if self.is_shared() => self.pass_down(&event),
            EventKind::Received(from) => self.arrive(&event, from, true),
            EventKind::Depart(_) => self.pass_up(&event),
            EventKind::DialTimeout => self.dial_timed_out(event.slot),
            EventKind::SynAgain => self.send_syn_again(event.slot),
            EventKind::AckTimeout(from) => self.ack_timed_out(event.slot, from),
        }
        Some(Delivered {
            at: event.key.at,
            target: event.key.target,
            source: event.key.source,
            woke: self.outbox.wakes(),
        })
    }

    /// Segments on their way.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The substreams on which data is on its way, or waits for a fault to heal: the
    /// connection, the sender, and the number of the substream.
    pub(super) fn under_way(&self) -> Vec<(ConnId, HostId, u32)> {
        let mut found = Vec::new();
        for conn in self.conns.iter() {
            for side in Side::BOTH {
                let streams = conn.under_way(side);
                found.extend(streams.map(|stream| (conn.id, conn.host(side), stream)));
            }
        }
        found
    }

    /// Links in use so far.
    #[cfg(test)]
    pub(super) fn links(&self) -> usize {
        self.links.len()
    }

    /// Removes events from the top of the heap that have become obsolete, so
    /// that time is not advanced to them.
    fn prune(&mut self) {
        while let Some(event) = self.heap.peek() {
            if self.is_meant(event) {
                return;
            }
            self.heap.pop();
        }
    }

    fn is_meant(&self, event: &Event) -> bool {
        let conn = ConnRef {
            slot: event.slot,
            id: event.conn,
        };
        let Some(conn) = self.conns.get(conn) else {
            return false;
        };
        match event.kind {
            EventKind::Depart(_) => self.is_next(event, Way::Up),
            EventKind::Received(_) if self.is_shared() => self.is_next(event, Way::Down),
            EventKind::Arrive(from) | EventKind::Received(from) => {
                let position = conn.directions[from.index()].position(event.key.sequence);
                position.is_some_and(|position| position == 0 || conn.is_quic())
            }
            EventKind::DialTimeout | EventKind::SynAgain => conn.ends[0].socket == Socket::SynSent,
            EventKind::AckTimeout(from) => conn.directions[from.index()]
                .unacked_since
                .is_some_and(|since| conn.ack_deadline(since, &self.config) == event.key.at),
        }
    }

    /// Schedules a timeout for one end of a connection.
    fn set_timer(&mut self, slot: u32, side: Side, at: VirtualInstant, kind: EventKind) {
        let Some(conn) = self.conns.at(slot) else {
            return;
        };
        let host = conn.host(side);
        self.heap.push(Event {
            key: EventKey {
                at,
                target: host,
                source: host,
                sequence: self.hosts[host.index()].next_sequence(),
            },
            slot,
            conn: conn.id,
            kind,
        });
    }

    /// Removes the connection if no program holds any part of it.
    fn free_if_over(&mut self, slot: u32) {
        if !self.conns.at(slot).is_some_and(Conn::is_over) {
            return;
        }
        self.leave_links(slot);
        let Some(mut conn) = self.conns.remove(slot) else {
            return;
        };
        for side in Side::BOTH {
            self.in_flight -= conn.direction(side).segments.len();
            self.stalled.remove(&(conn.id, slot, side));
            let (host, socket) = (conn.host(side), conn.end(side).socket);
            if socket != Socket::Absent {
                self.hosts[host.index()].connections.remove(&conn.id);
                let end = conn.end(side);
                let pair = (host, end.local, end.remote);
                self.release_pair(pair);
            }
            let end = conn.end(side);
            self.outbox.discard(&mut end.task);
            self.outbox.discard(&mut end.acceptor);
        }
        for (number, stream) in conn.streams.drain(..) {
            self.wire.ended(self.now, conn.id, number);
            self.recycle(stream);
        }
    }

    /// Marks a pair of addresses as used by one more connection of the host.
    fn claim_pair(&mut self, pair: (HostId, Endpoint, Endpoint)) {
        *self.pairs.entry(pair).or_insert(0) += 1;
    }

    fn release_pair(&mut self, pair: (HostId, Endpoint, Endpoint)) {
        if let Some(count) = self.pairs.get_mut(&pair) {
            *count -= 1;
            if *count == 0 {
                self.pairs.swap_remove(&pair);
            }
        }
    }
}
