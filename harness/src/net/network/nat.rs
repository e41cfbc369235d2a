//! Routers: the way of a dial through them, and what becomes of a connection that they
//! forget.
//!
//! Whatever a router drops is as if the network had lost it. Nothing here is reached as long
//! as there is no router.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use dht_harness_clock::VirtualInstant;

use super::Network;
use super::send::append;
use crate::net::{
    address::{Holder, Realm},
    connection::{Hop, Path, Socket},
    direction::{Frame, Segment},
    endpoint::Endpoint,
    error::NetError,
    heap::EventKind,
    host::HostId,
    nat::Nat,
    outbox::Token,
    router::{Router, RouterId},
    side::Side,
};

/// How long TCP waits for the answer to its first SYN (RFC 6298, section 2.1). The time
/// doubles with each SYN that is sent again.
const FIRST_SYN_TIMEOUT: Duration = Duration::from_secs(1);

/// Where a dial leads.
pub(super) struct Route {
    /// The host, if there is one.
    pub(super) to: Option<HostId>,
    /// The dialer, as that host sees it.
    pub(super) source: Endpoint,
    /// That host's own address.
    pub(super) target: Endpoint,
    /// The routers on the way, if there are any.
    pub(super) path: Option<Box<Path>>,
}

/// What becomes of a packet at the routers on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Transit {
    /// Each knows the connection.
    Known,
    /// One in front of the sender has forgotten it: the packet leaves from another port.
    Stray,
    /// One in front of the receiver has forgotten it, and drops the packet.
    Lost,
}

impl Path {
    /// The SYN of a dial reaches the routers in front of its target. Returns whether all let
    /// it pass.
    pub(super) fn admits_syn(&self, routers: &mut [Router], now: VirtualInstant) -> bool {
        let mut entered = self.hops.iter().filter(|hop| hop.inside == Side::Listener);
        entered.all(|hop| {
            let gate = &mut routers[hop.router.0 as usize];
            gate.receive(hop.port, hop.remote, now).is_some()
        })
    }

    /// The connection is established: the routers keep it for longer.
    pub(super) fn establish(&self, routers: &mut [Router]) {
        for hop in &self.hops {
            routers[hop.router.0 as usize].establish(hop.port, hop.remote);
        }
    }

    /// A packet passes the routers. Those in front of the target see a SYN when it arrives.
    pub(super) fn pass(
        &self,
        routers: &mut [Router],
        from: Side,
        is_syn: bool,
        now: VirtualInstant,
    ) -> Transit {
        let mut seen = self.hops.iter().filter(|hop| !is_syn || hop.inside == from);
        let forgotten =
            seen.find(|hop| !routers[hop.router.0 as usize].carry(hop.port, hop.remote, now));
        match forgotten {
            None => Transit::Known,
            Some(hop) if hop.inside == from => Transit::Stray,
            Some(_) => Transit::Lost,
        }
    }
}

impl<T: Token> Network<T> {
    /// Adds a router to the internet, or behind another one.
    ///
    /// # Panics
    /// Panics if there is no such other router.
    pub(in crate::net) fn add_router(&mut self, nat: Nat, behind: Realm) -> RouterId {
        let id = RouterId(self.routers.len() as u32);
        let outer = self.allot(behind, Holder::Router(id));
        self.routers.push(Router::new(nat, outer, behind));
        id
    }

    pub(in crate::net) fn router_ip(&self, router: RouterId) -> Option<Ipv4Addr> {
        let router = self.routers.get(router.0 as usize)?;
        Some(router.outer)
    }

    pub(super) fn allot(&mut self, realm: Realm, holder: Holder) -> Ipv4Addr {
        match realm {
            None => self.addresses.allot(holder),
            Some(router) => {
                let nat = self.routers[router.0 as usize].nat;
                self.addresses.allot_behind(router, &nat, holder)
            }
        }
    }

    /// Asks the router in front of a host to map one of its ports. Returns the address that
    /// leads to the port, which is no public one if there is another router in front.
    pub(in crate::net) fn map_port(
        &mut self,
        host: HostId,
        port: u16,
    ) -> Result<Endpoint, NetError> {
        let record = self.hosts.get(host.index());
        let record = record.ok_or(NetError::NoSuchHost { host })?;
        let router = record.realm.ok_or(NetError::NotBehindRouter { host })?;
        let inner = SocketAddrV4::new(record.ip, port);
        self.routers[router.0 as usize]
            .grant(inner, self.now)
            .map(Endpoint::from)
            .ok_or(NetError::PortMappingRefused { router, name: None })
    }

    /// Finds the way of a dial, and makes the mappings of the routers in front of the dialer.
    pub(super) fn route(&mut self, host: HostId, local: Endpoint, target: Endpoint) -> Route {
        let mut realm = self.hosts[host.index()].realm;
        let mut route = Route {
            to: None,
            source: local,
            target,
            path: None,
        };
        let mut hops = Vec::new();
        while !target.ip().is_loopback() {
            let holder = self.addresses.holder(realm, target.host_ip());
            match (holder, realm) {
                (Some(Holder::Host(to)), _) => {
                    let has_address = self.hosts[to.index()].kinds.has_version(target.version());
                    route.to = has_address.then_some(to);
                    break;
                }
                (None, None) => break,
                _ if !target.passes_routers() => break,
                (Some(Holder::Router(router)), _) => {
                    self.enter(router, &mut route, &mut hops);
                    break;
                }
                (None, Some(router)) => {
                    let gate = &mut self.routers[router.0 as usize];
                    let is_own = gate.outer == target.host_ip();
                    if is_own && !gate.nat.hairpin {
                        break;
                    }
                    let source = gate.send(route.source.place(), target.place(), self.now);
                    route.source = target.at(source);
                    hops.push(Hop {
                        router,
                        inside: Side::Dialer,
                        port: route.source.port(),
                        remote: target.place(),
                    });
                    if is_own {
                        self.enter(router, &mut route, &mut hops);
                        break;
                    }
                    realm = gate.upstream;
                }
            }
        }
        if !hops.is_empty() {
            route.path = Some(Box::new(Path { hops, resent: 0 }));
        }
        route
    }

    /// Follows a dial through the routers in front of its target, whatever they filter.
    fn enter(&self, router: RouterId, route: &mut Route, hops: &mut Vec<Hop>) {
        let mut router = router;
        loop {
            let port = route.target.port();
            hops.push(Hop {
                router,
                inside: Side::Listener,
                port,
                remote: route.source.place(),
            });
            let Some(inner) = self.routers[router.0 as usize].leads_to(port, self.now) else {
                return;
            };
            route.target = route.target.at(inner);
            match self.addresses.holder(Some(router), *inner.ip()) {
                Some(Holder::Host(to)) => {
                    route.to = Some(to);
                    return;
                }
                Some(Holder::Router(next)) => router = next,
                None => return,
            }
        }
    }

    /// A router has dropped the SYN: the dialer sends it again after a while.
    pub(super) fn leave_unanswered_by_router(&mut self, slot: u32) {
        self.leave_unanswered(slot);
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let dialled_at = conn.dialled_at;
        let Some(path) = &mut conn.path else {
            return;
        };
        // 1 s, 3 s, 7 s and so on after the first one.
        let waited = FIRST_SYN_TIMEOUT.saturating_mul((2 << path.resent.min(16)) - 1);
        path.resent += 1;
        let at = dialled_at.saturating_add(waited);
        self.set_timer(slot, Side::Dialer, at, EventKind::SynAgain);
    }

    pub(super) fn send_syn_again(&mut self, slot: u32) {
        if self.transmit(slot, Side::Dialer, Frame::Syn, &[]) {
            self.time_out_if_late(slot, Side::Dialer);
        }
    }

    /// A router drops what is sent. Returns false if it is lost for good, as
    /// [`transmit`](Self::transmit) does.
    pub(super) fn lose(&mut self, slot: u32, from: Side, frame: Frame) -> bool {
        if matches!(frame, Frame::Syn | Frame::SynAck | Frame::Reset) {
            return false;
        }
        if let Some(conn) = self.conns.at_mut(slot) {
            conn.direction(from).lost = true;
        }
        self.stall(slot, from, self.now);
        true
    }

    /// A segment arrives from a port that the receiver does not know: it is answered with a
    /// reset, which finds its way back.
    pub(super) fn answer_stray(&mut self, slot: u32, from: Side, segment: Segment) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        conn.direction(from).frames.drain(..segment.frames as usize);
        if conn.end(from).socket == Socket::Dead {
            return;
        }
        let (source, target, id) = (conn.host(from.other()), conn.host(from), conn.id);
        if let Some(fault) = self.rules.cut(source, target, id, false) {
            self.rules.record_hit(fault, self.now, &mut self.log);
            return;
        }
        if let Some(conn) = self.conns.at_mut(slot) {
            let mut reset = Segment::at(self.now);
            append(conn.direction(from.other()), &mut reset, Frame::Reset, &[]);
            self.launch(slot, from.other(), reset);
        }
    }
}
