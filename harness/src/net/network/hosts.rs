//! Adding, crashing, reviving and moving hosts.

use std::net::Ipv4Addr;

use super::Network;
use super::listen::Notice;
use crate::net::{
    address::{Holder, Realm},
    address_kinds::AddressKinds,
    connection::{ConnRef, Socket},
    direction::Frame,
    error::{ConnError, NetError},
    event::{ConnId, ConnKind, NetEvent},
    host::{Host, HostId, HostResources, TrafficStats},
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
        let ip = self.allot(behind, Holder::Host(id));
        let bandwidth = self.rules.bandwidth(id).unwrap_or(self.config.bandwidth);
        let sharing = self.config.sharing;
        self.hosts
            .push(Host::new(ip, kinds, behind, bandwidth, sharing));
        id
    }

    /// Places a host in a region. Returns false if there is no such region.
    pub(in crate::net) fn place(&mut self, host: HostId, region: &str) -> bool {
        self.rules.place(host, region)
    }

    pub(in crate::net) fn ip(&self, host: HostId) -> Option<Ipv4Addr> {
        self.hosts.get(host.index()).map(|host| host.ip)
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
            self.hosts[owner.index()].ip = new;
            self.log.push(NetEvent::AddressChanged {
                at: self.now,
                host: owner,
                old: ip,
                new,
            });
        }
        self.addresses.release(realm, old);
        self.addresses.assign(realm, ip, host);
        self.hosts[host.index()].ip = ip;
        self.log.push(NetEvent::AddressChanged {
            at: self.now,
            host,
            old,
            new: ip,
        });
        self.move_listeners(host, old, ip);
        for (slot, side) in self.ends_on(host) {
            self.move_end(slot, side, ip);
        }
        self.retry_stalled();
        Ok(())
    }

    fn move_listeners(&mut self, host: HostId, old: Ipv4Addr, new: Ipv4Addr) {
        let is_away = self.rules.is_offline(host);
        for (_, listener) in self.hosts[host.index()].listeners.clone() {
            let Some(listener) = &mut self.listeners[listener as usize] else {
                continue;
            };
            // A listener bound to one ip is not informed, as in a real kernel. Without an
            // interface there is no address to be told of.
            if listener.bind.is_none() && !is_away {
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

    fn move_end(&mut self, slot: u32, side: Side, ip: Ipv4Addr) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let migrates = self.config.migration && conn.kind == ConnKind::Mux;
        let is_quic = conn.is_quic();
        let is_away = self.rules.is_offline(conn.host(side));
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
    }

    fn unhold_queued(&mut self, queued: ConnRef) {
        if let Some(conn) = self.conns.get_mut(queued) {
            let end = conn.end(Side::Listener);
            end.held = false;
            end.backlog = None;
        }
    }
}
