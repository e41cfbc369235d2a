//! Adding, crashing, reviving and moving hosts.

use std::net::Ipv4Addr;

use libp2p::Multiaddr;

use super::Network;
use super::listen::Notice;
use crate::net::{
    address::{BRIDGE_IP, Holder, Realm, is_of_network},
    address_kinds::AddressKinds,
    connection::{ConnRef, Socket},
    direction::Frame,
    endpoint::IpVersion,
    error::{ConnError, NetError},
    event::{ConnId, ConnKind, NetEvent},
    host::{Host, HostId, HostResources, TrafficStats},
    interfaces::Interfaces,
    outbox::Token,
    side::Side,
};

/// The state of a connection, for checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct ConnectionInfo {
    /// The number of the connection.
    pub conn: ConnId,
    /// The type of the connection.
    pub kind: ConnKind,
    /// The dialer.
    pub dialer: HostId,
    /// The dialled host.
    pub listener: HostId,
    /// Whether the dialer's end is established and has not failed or closed.
    pub dialer_alive: bool,
    /// Whether the listener's end is established and has not failed or closed.
    pub listener_alive: bool,
}

impl<T: Token> Network<T> {
    /// Adds a host to the internet, or behind a router.
    ///
    /// # Panics
    /// Panics if there is no such router.
    pub(in crate::net) fn add_host(&mut self, behind: Realm, kinds: AddressKinds) -> HostId {
        let id = HostId(self.hosts.len() as u32);
        let ips = self.allot_both(id, behind, &kinds);
        let bandwidth = self.rules.bandwidth(id).unwrap_or(self.config.bandwidth);
        let sharing = self.config.sharing;
        self.hosts
            .push(Host::new(ips, kinds, behind, bandwidth, sharing));
        id
    }

    /// Gives a host more network interfaces.
    ///
    /// # Panics
    /// Panics if there are too many private networks.
    pub(in crate::net) fn add_interfaces(&mut self, host: HostId, interfaces: &Interfaces) {
        let networks = interfaces.networks().iter();
        let in_networks = networks.map(|network| self.addresses.allot_in(network, host));
        let loopback = interfaces.has_loopback().then_some(Ipv4Addr::LOCALHOST);
        let bridge = interfaces.has_bridge().then_some(BRIDGE_IP);
        if let Some(record) = self.hosts.get_mut(host.index()) {
            record
                .interfaces
                .extend(loopback.into_iter().chain(bridge).chain(in_networks));
        }
    }

    /// Places a host in a region. Returns false if there is no such region.
    pub(in crate::net) fn place(&mut self, host: HostId, region: &str) -> bool {
        self.rules.place(host, region)
    }

    pub(in crate::net) fn ip(&self, host: HostId) -> Option<Ipv4Addr> {
        self.hosts.get(host.index()).map(|host| host.ip)
    }

    /// The addresses beside [those](Self::homes) on which the host listens by default.
    pub(in crate::net) fn homes_beside(&self, host: HostId) -> Option<Vec<Multiaddr>> {
        let record = self.hosts.get(host.index())?;
        let interfaces = record.interfaces.iter().flat_map(|ip| {
            let usual = record.kinds.endpoints();
            let over_ip4 = usual.filter(|endpoint| endpoint.version() == IpVersion::V4);
            over_ip4.map(|endpoint| endpoint.with_host_ip(*ip).multiaddr())
        });
        Some(interfaces.collect())
    }

    /// The first address of a host in a private network, on its loopback interface or its
    /// bridge.
    pub(in crate::net) fn home_in(&self, host: HostId, interface: &str) -> Option<Multiaddr> {
        let record = self.hosts.get(host.index())?;
        let mut interfaces = record.interfaces.iter();
        let ip = interfaces.find(|ip| self.addresses.is_in(**ip, interface))?;
        let mut usual = record.kinds.endpoints();
        let first = usual.find(|endpoint| endpoint.version() == IpVersion::V4)?;
        Some(first.with_host_ip(*ip).multiaddr())
    }

    /// The addresses on which the host listens by default, and by which all others reach it.
    pub(in crate::net) fn homes(&self, host: HostId) -> Option<Vec<Multiaddr>> {
        let record = self.hosts.get(host.index())?;
        let homes = record.kinds.endpoints().map(|endpoint| {
            let here = endpoint.with_host_ip(record.ip_of(endpoint.version()));
            here.multiaddr()
        });
        Some(homes.collect())
    }

    pub(in crate::net) fn kinds(&self, host: HostId) -> Option<AddressKinds> {
        self.hosts.get(host.index()).map(|host| host.kinds.clone())
    }

    /// The incarnation of a transport that is created now.
    pub(in crate::net) fn incarnation(&self, host: HostId) -> u32 {
        self.hosts
            .get(host.index())
            .map_or(0, |host| host.incarnation)
    }

    pub(in crate::net) fn resources(&self, host: HostId) -> HostResources {
        self.hosts
            .get(host.index())
            .map(|host| host.resources)
            .unwrap_or_default()
    }

    pub(in crate::net) fn traffic(&self, host: HostId) -> TrafficStats {
        self.hosts
            .get(host.index())
            .map(|host| host.traffic)
            .unwrap_or_default()
    }

    /// Connections with an end on the host, oldest first.
    pub(in crate::net) fn connections_of(&self, host: HostId) -> Vec<ConnectionInfo> {
        let Some(record) = self.hosts.get(host.index()) else {
            return Vec::new();
        };
        let alive = |socket| socket == Socket::Live;
        record
            .connections
            .values()
            .filter_map(|slot| self.conns.at(*slot))
            .map(|conn| ConnectionInfo {
                conn: conn.id,
                kind: conn.kind,
                dialer: conn.host(Side::Dialer),
                listener: conn.host(Side::Listener),
                dialer_alive: alive(conn.ends[0].socket),
                listener_alive: alive(conn.ends[1].socket),
            })
            .filter(|info| info.dialer_alive || info.listener_alive)
            .collect()
    }

    /// Whether the other side has lost every connection that this host counts with it, and could
    /// not tell: its address was gone, or a router had forgotten the connection. That it closed
    /// one whose address was gone is not told either.
    pub(in crate::net) fn is_half_open(&self, host: HostId, remote: HostId) -> bool {
        if host.index() >= self.hosts.len() {
            return false;
        }
        let ends = self.ends_on(host).into_iter();
        let counted = ends.filter_map(|(slot, side)| {
            let conn = self.conns.at(slot)?;
            let is_counted = conn.ends[side.index()].socket == Socket::Live;
            (is_counted && conn.host(side.other()) == remote)
                .then_some((&conn.ends[side.other().index()], conn.wedged))
        });
        let mut counted = counted.peekable();
        counted.peek().is_some()
            && counted.all(|(other, wedged)| match other.socket {
                Socket::Dead => wedged || other.error.is_some(),
                Socket::Orphan => wedged,
                Socket::Absent | Socket::SynSent | Socket::Live => false,
            })
    }

    /// The host stops at once: it sends and answers nothing.
    pub(in crate::net) fn crash(&mut self, host: HostId) {
        let Some(record) = self.hosts.get_mut(host.index()) else {
            return;
        };
        if !record.up {
            return;
        }
        record.up = false;
        record.incarnation += 1;
        record.resources = HostResources::default();
        self.log.push(NetEvent::HostDown { at: self.now, host });
        for (_, listener) in std::mem::take(&mut record.listeners) {
            if let Some(mut listener) = self.listeners[listener as usize].take() {
                self.outbox.discard(&mut listener.task);
                for queued in listener.queue {
                    self.unhold_queued(queued);
                }
            }
        }
        for (slot, side) in self.ends_on(host) {
            self.kill_silently(slot, side);
            self.go_silent(slot);
            self.free_if_over(slot);
        }
    }

    /// The host is up again, with nothing alive on it.
    pub(in crate::net) fn revive(&mut self, host: HostId) {
        let Some(record) = self.hosts.get_mut(host.index()) else {
            return;
        };
        if record.up {
            return;
        }
        record.up = true;
        self.log.push(NetEvent::HostUp { at: self.now, host });
        self.retry_stalled();
    }

    /// Assigns an ip to the host. A host that had it, and on which nothing is
    /// alive, gets a fresh one.
    pub(in crate::net) fn assign_ip(&mut self, host: HostId, ip: Ipv4Addr) -> Result<(), NetError> {
        let Some(record) = self.hosts.get(host.index()) else {
            return Err(NetError::NoSuchHost { host });
        };
        let (old, realm) = (record.ip, record.realm);
        if old == ip {
            return Ok(());
        }
        if is_of_network(ip) {
            return Err(NetError::IpOfNetwork { ip });
        }
        if let Some(Holder::Router(router)) = self.addresses.holder(realm, ip) {
            return Err(NetError::IpOfRouter {
                ip,
                router,
                name: None,
            });
        }
        if let Some(owner) = self.addresses.owner(realm, ip) {
            let previous = &self.hosts[owner.index()];
            if previous.up && !previous.resources.is_zero() {
                return Err(NetError::IpInUse { ip, owner });
            }
            let new = self.allot(realm, Holder::Host(owner));
            self.hosts[owner.index()].renumber(new);
            self.log.push(NetEvent::AddressChanged {
                at: self.now,
                host: owner,
                old: ip,
                new,
            });
        }
        self.addresses.release(realm, old);
        self.addresses.assign(realm, ip, host);
        let former = self.hosts[host.index()].ips();
        self.hosts[host.index()].renumber(ip);
        self.leave_addresses(host, former, self.config.migration);
        Ok(())
    }

    /// Moves a host into the network behind a router, or into the internet, where it gets a
    /// fresh address. Returns false if it is there already.
    ///
    /// # Panics
    /// Panics if there is no such host or router.
    pub(in crate::net) fn relocate(&mut self, host: HostId, behind: Realm) -> bool {
        let record = &self.hosts[host.index()];
        let (old, realm) = (record.ips(), record.realm);
        if realm == behind {
            return false;
        }
        let kinds = record.kinds.clone();
        self.addresses.release(realm, old[0]);
        self.addresses.release(None, old[1]);
        let new = self.allot_both(host, behind, &kinds);
        let record = &mut self.hosts[host.index()];
        [record.ip, record.ip_of_ip6] = new;
        record.realm = behind;
        for (slot, side) in self.ends_on(host) {
            if let Some(conn) = self.conns.at_mut(slot) {
                let local = conn.end(side).local;
                conn.uprooted |= !self.hosts[host.index()].has_beside(&local);
            }
        }
        self.leave_addresses(host, old, false);
        true
    }

    /// A host has others than these addresses, of each version, from now on. `may_migrate` says
    /// whether muxed connections can go on.
    fn leave_addresses(&mut self, host: HostId, former: [Ipv4Addr; 2], may_migrate: bool) {
        let present = self.hosts[host.index()].ips();
        self.log.push(NetEvent::AddressChanged {
            at: self.now,
            host,
            old: former[0],
            new: present[0],
        });
        self.move_listeners(host, former, present);
        for (slot, side) in self.ends_on(host) {
            self.move_end(slot, side, may_migrate);
        }
        self.retry_stalled();
    }

    /// Gives a host an address in a network, and one that its IPv6 address stands for.
    fn allot_both(&mut self, host: HostId, behind: Realm, kinds: &AddressKinds) -> [Ipv4Addr; 2] {
        let ip = self.allot(behind, Holder::Host(host));
        let has_both = behind.is_some() && kinds.has_version(IpVersion::V6);
        match has_both {
            true => [ip, self.addresses.allot_for_ip6(host)],
            false => [ip, ip],
        }
    }

    /// Tells the listeners of a host that it has other addresses: those that its endpoints of
    /// each version had and have.
    fn move_listeners(&mut self, host: HostId, old: [Ipv4Addr; 2], new: [Ipv4Addr; 2]) {
        let is_away = self.rules.is_offline(host);
        for (_, listener) in self.hosts[host.index()].listeners.clone() {
            let Some(listener) = &mut self.listeners[listener as usize] else {
                continue;
            };
            let version = listener.at.version() as usize;
            let [old, new] = [old, new].map(|ips| ips[version]);
            // A listener bound to one ip is not informed, as in a real kernel. Without an
            // interface there is no address to be told of.
            if listener.bind.is_none() && !is_away && old != new {
                listener
                    .notices
                    .push_back(Notice::Expired(listener.at.with_host_ip(old)));
                listener
                    .notices
                    .push_back(Notice::Address(listener.at.with_host_ip(new)));
                self.outbox.wake(&mut listener.task);
            }
        }
    }

    /// An end of a connection whose host has other addresses. `may_migrate` says whether muxed
    /// connections can go on.
    fn move_end(&mut self, slot: u32, side: Side, may_migrate: bool) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let migrates = may_migrate && conn.kind == ConnKind::Mux;
        let is_quic = conn.is_quic();
        let is_away = self.rules.is_offline(conn.host(side));
        let local = conn.end(side).local;
        let ip = self.hosts[conn.host(side).index()].ip_of(local.version());
        let keeps_ip6 = local.version() == IpVersion::V6 && ip == local.host_ip();
        if keeps_ip6 || self.hosts[conn.host(side).index()].has_beside(&local) {
            return;
        }
        match conn.end(side).socket {
            Socket::Live if is_quic => self.go_silent(slot),
            Socket::Live if is_away && !migrates => conn.wedged = true,
            Socket::SynSent => self.fail_dial(slot, ConnError::AddressGone),
            Socket::Live if migrates => {
                let host = conn.host(side);
                let end = conn.end(side);
                let remote = end.remote;
                let old = end.local;
                let new = old.with_host_ip(ip);
                end.local = new;
                self.release_pair((host, old, remote));
                self.claim_pair((host, new, remote));
                self.transmit(slot, side, Frame::Moved(ip), &[]);
            }
            Socket::Live => self.fail_end(slot, side, ConnError::AddressGone),
            _ => {}
        }
    }

    /// Connections of the host and its side in them, oldest first.
    pub(super) fn ends_on(&self, host: HostId) -> Vec<(u32, Side)> {
        let slots = self.hosts[host.index()].connections.values();
        slots
            .filter_map(|slot| Some((*slot, self.conns.at(*slot)?)))
            .flat_map(|(slot, conn)| {
                Side::BOTH
                    .into_iter()
                    .filter(move |side| {
                        conn.host(*side) == host && conn.ends[side.index()].socket != Socket::Absent
                    })
                    .map(move |side| (slot, side))
            })
            .collect()
    }

    /// The end dies with its host; neither side is informed.
    fn kill_silently(&mut self, slot: u32, side: Side) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let id = conn.id;
        conn.direction(side).drop_held();
        let end = conn.end(side);
        end.socket = Socket::Dead;
        end.error = Some(ConnError::HostDown);
        end.forgotten = true;
        end.counted = false;
        self.outbox.discard(&mut end.task);
        self.outbox.discard(&mut end.acceptor);
        for stream in conn.streams.values_mut() {
            let half = stream.half(side);
            self.outbox.discard(&mut half.reader);
            self.outbox.discard(&mut half.writer);
        }
        self.stalled.remove(&(id, slot, side));
        self.leave_routers(slot);
    }

    fn unhold_queued(&mut self, queued: ConnRef) {
        if let Some(conn) = self.conns.get_mut(queued) {
            let end = conn.end(Side::Listener);
            end.held = false;
            end.backlog = None;
        }
    }
}
