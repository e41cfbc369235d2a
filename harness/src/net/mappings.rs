//! What a router remembers of one protocol: its mappings and their filters.
//!
//! Responsible for the behaviour of RFC 4787 and RFC 5382. It must not know the way of a packet
//! beyond the router, nor what a packet carries.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use super::address::FIRST_EPHEMERAL_PORT;
use super::hash::IdHash;
use super::nat::{Nat, NatDependence};

/// How often a connection of QUIC sends a keep-alive packet (libp2p-quic 0.14,
/// `Config::keep_alive_interval`). A mapping of a router that lives for longer is kept by it.
pub const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The mappings of a router for TCP or for UDP, of one version of IP.
#[derive(Debug)]
pub(super) struct Mappings {
    /// The router's address outside; `None` if it leaves addresses and ports as they are.
    outer: Option<Ipv4Addr>,
    mapping: NatDependence,
    filtering: NatDependence,
    /// How long a session may be idle.
    lifetime: Duration,
    /// How long one may be idle that is not established.
    handshake_lifetime: Duration,
    /// By the address outside.
    entries: IndexMap<SocketAddrV4, Mapping, IdHash>,
    /// The address outside of each address inside and the destinations that share a mapping.
    by_inner: IndexMap<(SocketAddrV4, Destinations), SocketAddrV4, IdHash>,
    next_port: u16,
}

/// The destinations that share a mapping.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Destinations {
    All,
    Address(Ipv4Addr),
    Endpoint(SocketAddrV4),
}

/// An address outside that leads to one inside.
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
    /// How many connections send keep-alive packets.
    kept: u32,
}

impl Mappings {
    /// Those of TCP over IPv4.
    pub(super) fn of_tcp(nat: &Nat, outer: Ipv4Addr) -> Self {
        Mappings {
            outer: Some(outer),
            mapping: nat.mapping,
            filtering: nat.filtering,
            lifetime: nat.lifetime,
            handshake_lifetime: nat.handshake_lifetime.min(nat.lifetime),
            entries: IndexMap::default(),
            by_inner: IndexMap::default(),
            next_port: FIRST_EPHEMERAL_PORT,
        }
    }

    /// Those of UDP over IPv4.
    pub(super) fn of_udp(nat: &Nat, outer: Ipv4Addr) -> Self {
        Mappings {
            lifetime: nat.udp_lifetime,
            handshake_lifetime: nat.udp_lifetime,
            ..Mappings::of_tcp(nat, outer)
        }
    }

    /// The same for IPv6: the addresses of hosts stay as they are, and the filter remains (RFC
    /// 6092, section 3).
    pub(super) fn without_translation(self) -> Self {
        Mappings {
            outer: None,
            mapping: NatDependence::EndpointIndependent,
            ..self
        }
    }

    /// The same, with the ports that follow those of other mappings.
    pub(super) fn going_on_from(self, former: &Mappings) -> Self {
        Mappings {
            next_port: former.next_port,
            ..self
        }
    }

    /// A packet from inside passes: the address that it has outside.
    pub(super) fn send(
        &mut self,
        inner: SocketAddrV4,
        target: SocketAddrV4,
        now: VirtualInstant,
    ) -> SocketAddrV4 {
        let outer = self.outside_of(inner, target, now);
        if let Some(mapping) = self.entries.get_mut(&outer) {
            mapping.use_with(target, now);
        }
        outer
    }

    /// The address inside to which one outside leads now, whoever may use it.
    pub(super) fn leads_to(
        &self,
        outer: SocketAddrV4,
        now: VirtualInstant,
    ) -> Option<SocketAddrV4> {
        let mapping = self.entries.get(&outer)?;
        self.is_alive(mapping, now).then_some(mapping.inner)
    }

    /// Whether a packet to an address outside may pass if it comes from this IP address, from
    /// one port of it at least.
    pub(super) fn may_admit(
        &self,
        outer: SocketAddrV4,
        source: Ipv4Addr,
        now: VirtualInstant,
    ) -> bool {
        let Some(mapping) = self.entries.get(&outer) else {
            return false;
        };
        let mut remotes = mapping.sessions.keys().copied();
        self.admits(mapping, SocketAddrV4::new(source, 0), now)
            || remotes.any(|remote| *remote.ip() == source && self.admits(mapping, remote, now))
    }

    /// A packet from outside arrives at an address. Returns whether it passes.
    pub(super) fn receive(
        &mut self,
        outer: SocketAddrV4,
        source: SocketAddrV4,
        now: VirtualInstant,
    ) -> bool {
        let admitted = self
            .entries
            .get(&outer)
            .is_some_and(|mapping| self.admits(mapping, source, now));
        if admitted && let Some(mapping) = self.entries.get_mut(&outer) {
            mapping.use_with(source, now);
        }
        admitted
    }

    /// A packet of a connection passes, in either direction. Returns false if the router
    /// has forgotten the connection.
    pub(super) fn carry(
        &mut self,
        outer: SocketAddrV4,
        remote: SocketAddrV4,
        now: VirtualInstant,
    ) -> bool {
        let is_alive = self
            .session(outer, remote)
            .is_some_and(|session| self.lives(session, now));
        if is_alive {
            self.change(outer, remote, |session| session.used = now);
        }
        is_alive
    }

    /// The router has seen the handshake of a connection.
    pub(super) fn establish(&mut self, outer: SocketAddrV4, remote: SocketAddrV4) {
        self.change(outer, remote, |session| session.established = true);
    }

    /// A side has closed or reset a connection.
    pub(super) fn begin_to_close(&mut self, outer: SocketAddrV4, remote: SocketAddrV4) {
        self.change(outer, remote, |session| session.established = false);
    }

    /// A connection sends keep-alive packets from now on.
    pub(super) fn keep(&mut self, outer: SocketAddrV4, remote: SocketAddrV4) {
        self.change(outer, remote, |session| session.kept += 1);
    }

    /// A connection sends no more keep-alive packets.
    pub(super) fn release(
        &mut self,
        outer: SocketAddrV4,
        remote: SocketAddrV4,
        now: VirtualInstant,
    ) {
        self.change(outer, remote, |session| {
            session.kept = session.kept.saturating_sub(1);
            session.used = now;
        });
    }

    /// Maps the port with the number of the host's own port on request. Returns the address
    /// outside, or `None` if that port is mapped for another host on request. A mapping that
    /// another host has made by what it sent gives way; the connections over it remain.
    pub(super) fn grant(
        &mut self,
        inner: SocketAddrV4,
        now: VirtualInstant,
    ) -> Option<SocketAddrV4> {
        let outer = SocketAddrV4::new(self.outer.unwrap_or(*inner.ip()), inner.port());
        let held_by = self.leads_to(outer, now);
        match self.entries.get_mut(&outer).filter(|_| held_by.is_some()) {
            Some(mapping) if mapping.inner == inner => mapping.granted = true,
            Some(mapping) if mapping.granted => return None,
            Some(mapping) => {
                let sessions = std::mem::take(&mut mapping.sessions);
                self.insert(outer, inner, Destinations::All, true);
                self.entries[&outer].sessions.extend(sessions);
            }
            None => self.insert(outer, inner, Destinations::All, true),
        }
        Some(outer)
    }

    /// The address outside for packets from inside to a destination, which is mapped if it is
    /// not yet.
    fn outside_of(
        &mut self,
        inner: SocketAddrV4,
        target: SocketAddrV4,
        now: VirtualInstant,
    ) -> SocketAddrV4 {
        let destinations = match self.mapping {
            NatDependence::EndpointIndependent => Destinations::All,
            NatDependence::AddressDependent => Destinations::Address(*target.ip()),
            NatDependence::AddressAndPortDependent => Destinations::Endpoint(target),
        };
        if let Some(outer) = self.by_inner.get(&(inner, destinations)).copied()
            && self.leads_to(outer, now) == Some(inner)
        {
            return outer;
        }
        let outer = match (self.outer, destinations) {
            (None, _) => inner,
            // RFC 4787, section 4.2.1: many routers preserve the port. Those whose mappings
            // depend on the destination take another one for each.
            (Some(ip), Destinations::All) => self.free(ip, inner.port(), now),
            (Some(ip), _) => self.free(ip, self.next_port, now),
        };
        self.insert(outer, inner, destinations, false);
        outer
    }

    fn insert(
        &mut self,
        outer: SocketAddrV4,
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
        if let Some(old) = self.entries.insert(outer, mapping) {
            self.by_inner.swap_remove(&(old.inner, old.destinations));
        }
        self.by_inner.insert((inner, destinations), outer);
    }

    /// This port, or the next one that leads nowhere.
    fn free(&mut self, ip: Ipv4Addr, wanted: u16, now: VirtualInstant) -> SocketAddrV4 {
        let mut port = wanted;
        while self.leads_to(SocketAddrV4::new(ip, port), now).is_some() {
            port = self.next_port;
            self.next_port = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
            if port == wanted {
                // Every port is taken: the oldest use of this one ends.
                return SocketAddrV4::new(ip, port);
            }
        }
        if port == self.next_port {
            self.next_port = port.checked_add(1).unwrap_or(FIRST_EPHEMERAL_PORT);
        }
        SocketAddrV4::new(ip, port)
    }

    fn session(&self, outer: SocketAddrV4, remote: SocketAddrV4) -> Option<Session> {
        self.entries.get(&outer)?.sessions.get(&remote).copied()
    }

    fn change(
        &mut self,
        outer: SocketAddrV4,
        remote: SocketAddrV4,
        change: impl FnOnce(&mut Session),
    ) {
        let mapping = self.entries.get_mut(&outer);
        if let Some(session) = mapping.and_then(|mapping| mapping.sessions.get_mut(&remote)) {
            change(session);
        }
    }

    fn lives(&self, session: Session, now: VirtualInstant) -> bool {
        let lifetime = match session.established {
            true => self.lifetime,
            false => self.handshake_lifetime,
        };
        let is_kept = session.kept > 0 && lifetime >= QUIC_KEEP_ALIVE;
        is_kept || now.saturating_since(session.used) <= lifetime
    }

    fn is_alive(&self, mapping: &Mapping, now: VirtualInstant) -> bool {
        let mut sessions = mapping.sessions.values();
        mapping.granted || sessions.any(|session| self.lives(*session, now))
    }

    fn admits(&self, mapping: &Mapping, source: SocketAddrV4, now: VirtualInstant) -> bool {
        let session = |remote: SocketAddrV4| {
            let session = mapping.sessions.get(&remote);
            session.is_some_and(|session| self.lives(*session, now))
        };
        mapping.granted
            || match self.filtering {
                NatDependence::EndpointIndependent => self.is_alive(mapping, now),
                NatDependence::AddressDependent => {
                    let mut remotes = mapping.sessions.keys();
                    remotes.any(|remote| remote.ip() == source.ip() && session(*remote))
                }
                NatDependence::AddressAndPortDependent => session(source),
            }
    }
}

impl Mapping {
    /// A packet from or to another side passes.
    fn use_with(&mut self, remote: SocketAddrV4, now: VirtualInstant) {
        let session = self.sessions.entry(remote).or_insert(Session {
            used: now,
            established: false,
            kept: 0,
        });
        session.used = now;
    }
}
