//! Routers between a private network and the network outside.
//!
//! Responsible for the mappings and filters of one router. It must not know the way of a
//! packet beyond it, nor what a packet carries.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::address::FIRST_EPHEMERAL_PORT;
use super::hash::IdHash;
use super::nat::{Nat, NatDependence};

/// A router. Numbered from 0 per simulation.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct RouterId(pub u32);

impl fmt::Display for RouterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "router {}", self.0)
    }
}

/// A router: its address outside, and the ports that it has mapped.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) nat: Nat,
    /// Its address in the network outside.
    pub(super) outer: Ipv4Addr,
    /// The router in front of it, if it is not connected to the internet itself.
    pub(super) upstream: Option<RouterId>,
    /// By port of the router.
    mappings: IndexMap<u16, Mapping, IdHash>,
    /// The port of each address inside and the destinations that share a mapping.
    ports: IndexMap<(SocketAddrV4, Destinations), u16, IdHash>,
    next_port: u16,
}

/// The destinations that share a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Destinations {
    All,
    Address(Ipv4Addr),
    Endpoint(SocketAddrV4),
}

/// A port of the router that leads to an address inside.
#[derive(Debug)]
struct Mapping {
    inner: SocketAddrV4,
    destinations: Destinations,
    /// Whether a host has asked for it: it does not expire, and filters nothing.
    granted: bool,
    /// Other sides with which there was traffic.
    sessions: IndexMap<SocketAddrV4, Session, IdHash>,
}

#[derive(Clone, Copy, Debug)]
struct Session {
    used: VirtualInstant,
    established: bool,
}

impl Session {
    fn is_alive(self, nat: &Nat, now: VirtualInstant) -> bool {
        let lifetime = match self.established {
            true => nat.lifetime,
            false => nat.handshake_lifetime.min(nat.lifetime),
        };
        now.saturating_since(self.used) <= lifetime
    }
}

impl Mapping {
    fn is_alive(&self, nat: &Nat, now: VirtualInstant) -> bool {
        let mut sessions = self.sessions.values();
        self.granted || sessions.any(|session| session.is_alive(nat, now))
    }

    /// A packet from or to another side passes.
    fn use_with(&mut self, remote: SocketAddrV4, now: VirtualInstant) {
        let session = self.sessions.entry(remote).or_insert(Session {
            used: now,
            established: false,
        });
        session.used = now;
    }

    fn admits(&self, source: SocketAddrV4, nat: &Nat, now: VirtualInstant) -> bool {
        let session = |remote: SocketAddrV4| {
            let session = self.sessions.get(&remote);
            session.is_some_and(|session| session.is_alive(nat, now))
        };
        self.granted
            || match nat.filtering {
                NatDependence::EndpointIndependent => self.is_alive(nat, now),
                NatDependence::AddressDependent => {
                    let mut remotes = self.sessions.keys();
                    remotes.any(|remote| remote.ip() == source.ip() && session(*remote))
                }
                NatDependence::AddressAndPortDependent => session(source),
            }
    }
}

impl Router {
    pub(super) fn new(nat: Nat, outer: Ipv4Addr, upstream: Option<RouterId>) -> Self {
        Router {
            nat,
            outer,
            upstream,
            mappings: IndexMap::default(),
            ports: IndexMap::default(),
            next_port: FIRST_EPHEMERAL_PORT,
        }
    }

    /// A packet from inside passes: the address that it has outside.
    pub(super) fn send(
        &mut self,
        inner: SocketAddrV4,
        target: SocketAddrV4,
        now: VirtualInstant,
    ) -> SocketAddrV4 {
        let port = self.port_for(inner, target, now);
        if let Some(mapping) = self.mappings.get_mut(&port) {
            mapping.use_with(target, now);
        }
        SocketAddrV4::new(self.outer, port)
    }

    /// The address inside to which a port leads now, whoever may use it.
    pub(super) fn leads_to(&self, port: u16, now: VirtualInstant) -> Option<SocketAddrV4> {
        let mapping = self.mappings.get(&port)?;
        mapping.is_alive(&self.nat, now).then_some(mapping.inner)
    }

    /// Whether a packet to a port may pass if it comes from this IP address, from one port of
    /// it at least.
    pub(super) fn may_admit(&self, port: u16, source: Ipv4Addr, now: VirtualInstant) -> bool {
        let Some(mapping) = self.mappings.get(&port) else {
            return false;
        };
        let mut remotes = mapping.sessions.keys().copied();
        let is_open = || mapping.admits(SocketAddrV4::new(source, 0), &self.nat, now);
        is_open()
            || remotes
                .any(|remote| *remote.ip() == source && mapping.admits(remote, &self.nat, now))
    }

    /// A packet from outside arrives at a port: the address inside to which it passes.
    pub(super) fn receive(
        &mut self,
        port: u16,
        source: SocketAddrV4,
        now: VirtualInstant,
    ) -> Option<SocketAddrV4> {
        let mapping = self.mappings.get_mut(&port)?;
        if !mapping.admits(source, &self.nat, now) {
            return None;
        }
        mapping.use_with(source, now);
        Some(mapping.inner)
    }

    /// A packet of a connection passes, in either direction. Returns false if the router
    /// has forgotten the connection.
    pub(super) fn carry(&mut self, port: u16, remote: SocketAddrV4, now: VirtualInstant) -> bool {
        let nat = self.nat;
        let session = self
            .mappings
            .get_mut(&port)
            .and_then(|mapping| mapping.sessions.get_mut(&remote));
        let Some(session) = session.filter(|session| session.is_alive(&nat, now)) else {
            return false;
        };
        session.used = now;
        true
    }

    /// The router has seen the handshake of a connection.
    pub(super) fn establish(&mut self, port: u16, remote: SocketAddrV4) {
        if let Some(mapping) = self.mappings.get_mut(&port)
            && let Some(session) = mapping.sessions.get_mut(&remote)
        {
            session.established = true;
        }
    }

    /// Maps the port with the number of the host's own port on request. Returns the address
    /// outside, or `None` if the router maps none, or if that port leads to another host.
    pub(super) fn grant(
        &mut self,
        inner: SocketAddrV4,
        now: VirtualInstant,
    ) -> Option<SocketAddrV4> {
        let port = inner.port();
        let held_by = self.leads_to(port, now);
        if !self.nat.port_mapping || held_by.is_some_and(|other| other != inner) {
            return None;
        }
        match self.mappings.get_mut(&port).filter(|_| held_by.is_some()) {
            Some(mapping) => mapping.granted = true,
            None => self.insert(port, inner, Destinations::All, true),
        }
        Some(SocketAddrV4::new(self.outer, port))
    }

    /// The port for packets from inside to a destination, which is mapped if it is not yet.
    fn port_for(&mut self, inner: SocketAddrV4, target: SocketAddrV4, now: VirtualInstant) -> u16 {
        let destinations = match self.nat.mapping {
            NatDependence::EndpointIndependent => Destinations::All,
            NatDependence::AddressDependent => Destinations::Address(*target.ip()),
            NatDependence::AddressAndPortDependent => Destinations::Endpoint(target),
        };
        if let Some(port) = self.ports.get(&(inner, destinations)).copied()
            && self.leads_to(port, now) == Some(inner)
        {
            return port;
        }
        // RFC 4787, section 4.2.1: many routers preserve the port. Those whose mappings depend
        // on the destination take another one for each.
        let wanted = match destinations {
            Destinations::All => inner.port(),
            Destinations::Address(_) | Destinations::Endpoint(_) => self.next_port,
        };
        let port = self.free_port(wanted, now);
        self.insert(port, inner, destinations, false);
        port
    }

    fn insert(
        &mut self,
        port: u16,
        inner: SocketAddrV4,
        destinations: Destinations,
        granted: bool,
    ) {
        let mapping = Mapping {
            inner,
            destinations,
            granted,
            sessions: IndexMap::default(),
        };
        if let Some(old) = self.mappings.insert(port, mapping) {
            self.ports.swap_remove(&(old.inner, old.destinations));
        }
        self.ports.insert((inner, destinations), port);
    }

    /// This port, or the next one that leads nowhere.
    fn free_port(&mut self, wanted: u16, now: VirtualInstant) -> u16 {
        let mut port = wanted;
        while self.leads_to(port, now).is_some() {
            port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
            if port == wanted {
                // Every port is taken: the oldest use of this one ends.
                return port;
            }
        }
        if port == self.next_port {
            self.next_port = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
        }
        port
    }
}

/// The address of the host or router with this number in the network behind a router.
pub(super) fn private_ip(nat: &Nat, number: u32) -> Ipv4Addr {
    // .0 is the network, .1 is the router.
    let last = number % 253 + 2;
    let rest = number / 253;
    match nat.carrier_grade {
        true => Ipv4Addr::new(100, 64 + (rest >> 8) as u8, rest as u8, last as u8),
        false => Ipv4Addr::new(192, 168, 1 + rest as u8, last as u8),
    }
}
