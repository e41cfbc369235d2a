//! Routers: the way of a dial through them, and what becomes of a connection that they
//! forget.
//!
//! Whatever a router drops is as if the network had lost it. Nothing here is reached as long
//! as there is no router.

use std::net::Ipv4Addr;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;

use super::Network;
use super::send::append;
use crate::net::{
    address::{BRIDGE_IP, Holder, Realm, is_of_network},
    connection::{Hop, Path, Socket},
    direction::{Frame, Segment},
    endpoint::{Carrier, Endpoint, IpVersion},
    error::NetError,
    event::NetEvent,
    heap::EventKind,
    host::HostId,
    mappings::Mappings,
    nat::Nat,
    outbox::Token,
    router::{Router, RouterId},
    side::Side,
};

/// How long TCP waits for the answer to its first SYN (RFC 6298, section 2.1), and QUIC for that
/// to its first packet (RFC 9002, section 6.2.2: three times 333 ms). The time doubles with each
/// that is sent again.
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
    /// This one in front of the sender has forgotten it: the packet leaves from another port.
    Stray(RouterId),
    /// This one in front of the receiver has forgotten it, and drops the packet.
    Lost(RouterId),
}

impl Path {
    /// The SYN of a dial reaches the routers in front of its target. Returns the one that does
    /// not let it pass, if there is one.
    pub(super) fn stops_syn(
        &self,
        routers: &mut [Router],
        now: VirtualInstant,
    ) -> Option<RouterId> {
        let mut entered = self.hops.iter().filter(|hop| hop.inside == Side::Listener);
        let stops = |hop: &&Hop| {
            let mappings = hop.mappings(routers);
            !mappings.receive(hop.outer.place(), hop.remote, now)
        };
        entered.find(stops).map(|hop| hop.router)
    }

    /// The connection is established: the routers keep it for longer, and over QUIC as long as
    /// both sides are there.
    pub(super) fn establish(&mut self, routers: &mut [Router], is_quic: bool) {
        self.is_kept = is_quic;
        for hop in &self.hops {
            let (outer, mappings) = (hop.outer.place(), hop.mappings(routers));
            mappings.establish(outer, hop.remote);
            if is_quic {
                mappings.keep(outer, hop.remote);
            }
        }
    }

    /// Whether a router that has forgotten the connection lets it pass again after something has
    /// come from inside: over IPv6, where no port changes.
    pub(super) fn may_reopen(&self) -> bool {
        let mut hops = self.hops.iter();
        hops.any(|hop| hop.outer.version() == IpVersion::V6)
    }

    /// A side closes or resets the connection: a router of TCP keeps it as long as one that is not
    /// established (RFC 5382, REQ-5: a transitory connection).
    pub(super) fn begin_to_close(&self, routers: &mut [Router]) {
        let tcp = self.hops.iter().filter(|hop| !hop.outer.carrier().is_udp());
        for hop in tcp {
            hop.mappings(routers)
                .begin_to_close(hop.outer.place(), hop.remote);
        }
    }

    /// A side sends no more keep-alive packets.
    fn release(&mut self, routers: &mut [Router], now: VirtualInstant) {
        if std::mem::take(&mut self.is_kept) {
            for hop in &self.hops {
                let mappings = hop.mappings(routers);
                mappings.release(hop.outer.place(), hop.remote, now);
            }
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
        let forgotten = seen.find(|hop| {
            let mappings = hop.mappings(routers);
            let is_known = mappings.carry(hop.outer.place(), hop.remote, now);
            // What comes from inside passes a filter, and is known again.
            let is_from_inside = hop.outer.version() == IpVersion::V6 && hop.inside == from;
            !is_known && (!is_from_inside || !hop.take_up(mappings, now))
        });
        match forgotten {
            None => Transit::Known,
            Some(hop) if hop.inside == from && !hop.outer.carrier().is_udp() => {
                Transit::Stray(hop.router)
            }
            Some(hop) => Transit::Lost(hop.router),
        }
    }
}

impl Hop {
    /// What the router remembers of the protocol of the connection.
    fn mappings<'r>(&self, routers: &'r mut [Router]) -> &'r mut Mappings {
        routers[self.router.0 as usize].at_mut(&self.outer)
    }

    /// A packet of an established connection from inside passes a router that has forgotten the
    /// connection. Returns whether it leaves from the same endpoint as before.
    fn take_up(&self, mappings: &mut Mappings, now: VirtualInstant) -> bool {
        let outer = self.outer.place();
        let is_same = mappings.send(self.inner, self.remote, now) == outer;
        if is_same {
            mappings.establish(outer, self.remote);
        }
        is_same
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

    /// Asks the router in front of a host to map the port on which the host listens by default,
    /// over IPv4. Returns the address that leads to the port, which is no public one if there is
    /// another router in front.
    pub(in crate::net) fn map_port(
        &mut self,
        host: HostId,
        carrier: Carrier,
    ) -> Result<Endpoint, NetError> {
        let record = self.hosts.get(host.index());
        let record = record.ok_or(NetError::NoSuchHost { host })?;
        let router = record.realm.ok_or(NetError::NotBehindRouter { host })?;
        let port = carrier.listen_port();
        let inner = Endpoint::new(record.ip, port, IpVersion::V4, carrier);
        let found = &mut self.routers[router.0 as usize];
        if !found.nat.port_mapping {
            return Err(NetError::PortMappingRefused { router, name: None });
        }
        found
            .grant(inner, self.now)
            .ok_or(NetError::PortMapped { router, name: None })
    }

    /// Finds the way of a dial, and makes the mappings of the routers in front of the dialer.
    pub(super) fn route(&mut self, host: HostId, local: Endpoint, target: Endpoint) -> Route {
        let mut route = Route {
            to: None,
            source: local,
            target,
            path: None,
        };
        let mut hops = Vec::new();
        match target.version() {
            _ if target.ip().is_loopback() => route.to = Some(host),
            IpVersion::V4 => self.translate(host, &mut route, &mut hops),
            IpVersion::V6 => self.pass_filters(host, &mut route, &mut hops),
        }
        if !hops.is_empty() {
            route.path = Some(Box::new(Path {
                hops,
                resent: 0,
                is_kept: false,
                is_forgotten: false,
            }));
        }
        route
    }

    /// The way over IPv4, on which each router translates addresses.
    fn translate(&mut self, host: HostId, route: &mut Route, hops: &mut Vec<Hop>) {
        let mut realm = self.hosts[host.index()].realm;
        let target = route.target;
        if is_of_network(target.host_ip()) {
            route.to = self.in_own_network(host, &target);
            return;
        }
        loop {
            let holder = self.addresses.holder(realm, target.host_ip());
            match (holder, realm) {
                (Some(Holder::Host(to)), _) => {
                    let has_address = self.hosts[to.index()].kinds.has_version(target.version());
                    route.to = has_address.then_some(to);
                    return;
                }
                (None, None) => return,
                (Some(Holder::Router(router)), _) => return self.enter(router, route, hops),
                (None, Some(router)) => {
                    let gate = &mut self.routers[router.0 as usize];
                    let is_own = gate.outer == target.host_ip();
                    if is_own && !gate.nat.hairpin {
                        return;
                    }
                    let inner = route.source.place();
                    route.source = gate.send(route.source, &target, self.now);
                    hops.push(Hop {
                        router,
                        inside: Side::Dialer,
                        inner,
                        outer: route.source,
                        remote: target.place(),
                    });
                    if is_own {
                        return self.enter(router, route, hops);
                    }
                    realm = gate.upstream;
                }
            }
        }
    }

    /// The host with an address in a private network, if this host has an interface in it.
    pub(super) fn in_own_network(&self, host: HostId, target: &Endpoint) -> Option<HostId> {
        let record = &self.hosts[host.index()];
        if target.host_ip() == BRIDGE_IP {
            return record.has_beside(target).then_some(host);
        }
        let here = target.with_host_ip(record.ip_towards(target));
        let to = self.addresses.in_network(target.host_ip());
        to.filter(|_| record.has_beside(&here))
    }

    /// Follows a dial over IPv4 through the routers in front of its target, whatever they
    /// filter.
    fn enter(&self, router: RouterId, route: &mut Route, hops: &mut Vec<Hop>) {
        let mut router = router;
        loop {
            let outer = route.target;
            let mappings = self.routers[router.0 as usize].at(&outer);
            let inner = mappings.leads_to(outer.place(), self.now);
            hops.push(Hop {
                router,
                inside: Side::Listener,
                inner: inner.unwrap_or(outer.place()),
                outer,
                remote: route.source.place(),
            });
            let Some(inner) = inner else {
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

    /// The way over IPv6, on which routers filter and translate nothing.
    fn pass_filters(&mut self, host: HostId, route: &mut Route, hops: &mut Vec<Hop>) {
        let (source, target) = (route.source, route.target);
        let to = self.addresses.owner(None, target.host_ip());
        let to = to.filter(|to| self.hosts[to.index()].kinds.has_version(target.version()));
        route.to = to;
        let (out, into) = self.filters_between(host, to);
        for router in out {
            self.routers[router.0 as usize].send(source, &target, self.now);
            hops.push(Hop {
                router,
                inside: Side::Dialer,
                inner: source.place(),
                outer: source,
                remote: target.place(),
            });
        }
        hops.extend(into.into_iter().map(|router| Hop {
            router,
            inside: Side::Listener,
            inner: target.place(),
            outer: target,
            remote: source.place(),
        }));
    }

    /// The routers that filter what goes from one host to another over IPv6: those in front of
    /// the one, from the inside, and those in front of the other, from the outside.
    pub(super) fn filters_between(
        &self,
        from: HostId,
        to: Option<HostId>,
    ) -> (Vec<RouterId>, Vec<RouterId>) {
        let mut out = self.filters_of(from);
        let mut into = to.map_or(Vec::new(), |to| self.filters_of(to));
        while out.last().is_some() && out.last() == into.last() {
            out.pop();
            into.pop();
        }
        into.reverse();
        (out, into)
    }

    /// The routers in front of a host that filter what arrives over IPv6. Those of a provider
    /// filter nothing.
    fn filters_of(&self, host: HostId) -> Vec<RouterId> {
        let first = self.hosts[host.index()].realm;
        let all = std::iter::successors(first, |router| self.routers[router.0 as usize].upstream);
        all.filter(|router| !self.routers[router.0 as usize].nat.carrier_grade)
            .collect()
    }

    /// A side of a connection has gone: it sends no more keep-alive packets.
    pub(super) fn leave_routers(&mut self, slot: u32) {
        if let Some(conn) = self.conns.at_mut(slot)
            && let Some(path) = &mut conn.path
        {
            path.release(&mut self.routers, self.now);
        }
    }

    /// A router grants no ports from now on. Returns whether there is such a router.
    pub(in crate::net) fn refuse_ports(&mut self, router: RouterId) -> bool {
        let found = self.routers.get_mut(router.0 as usize);
        found
            .map(|router| router.nat.port_mapping = false)
            .is_some()
    }

    /// A router forgets all that it remembers. With `renumber` it also gets another address.
    /// Returns whether there is such a router.
    pub(in crate::net) fn restart_router(&mut self, router: RouterId, renumber: bool) -> bool {
        let Some(gate) = self.routers.get(router.0 as usize) else {
            return false;
        };
        let (mut outer, realm) = (gate.outer, gate.upstream);
        if renumber {
            let old = outer;
            outer = self.allot(realm, Holder::Router(router));
            self.addresses.release(realm, old);
        }
        self.routers[router.0 as usize].restart(outer);
        self.log.push(NetEvent::RouterRestarted {
            at: self.now,
            router,
            outer,
        });
        let live: Vec<u32> = self.conns.slots().map(|(slot, _)| slot).collect();
        for slot in live {
            if !self.returns_by(slot, router) {
                self.go_silent(slot);
            }
        }
        true
    }

    /// The next keep-alive packet of a connection of QUIC passes a router that has forgotten it.
    /// Returns false if the other side does not take it, since it comes from another port.
    fn returns_by(&mut self, slot: u32, router: RouterId) -> bool {
        let now = self.now;
        let Some(conn) = self.conns.at_mut(slot) else {
            return true;
        };
        let Some(path) = conn.path.as_deref().filter(|path| path.is_kept) else {
            return true;
        };
        for hop in path.hops.iter().filter(|hop| hop.router == router) {
            let mappings = hop.mappings(&mut self.routers);
            if !hop.take_up(mappings, now) {
                return false;
            }
            mappings.keep(hop.outer.place(), hop.remote);
        }
        true
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
        if frame.is_sent_once() {
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
        let answer = conn.packet(from.other());
        if let Some(fault) = self.rules.cut(answer) {
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
