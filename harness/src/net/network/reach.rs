//! Where an address leads, without a dial to it.
//!
//! Responsible for reading what the routers would do with a dial. It must not change what
//! they remember.

use std::net::Ipv4Addr;

use super::Network;
use crate::net::{
    address::{BRIDGE_IP, Holder, is_of_network},
    connection::Socket,
    endpoint::{Endpoint, IpVersion},
    error::labelled,
    host::HostId,
    outbox::Token,
    router::RouterId,
};

/// Where an address leads from a host.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// To this host, which has this address itself.
    Host(HostId, Endpoint),
    /// To a router that drops the dial.
    Dropped(RouterDrop),
    /// To a private network in which the host has no interface.
    OtherNetwork,
    /// Nowhere: neither a host nor a router has it in a network that the host reaches.
    Nowhere,
}

/// Why a router drops a dial.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RouterDrop {
    /// It has not mapped the port.
    NotMapped(RouterId),
    /// It has mapped the port, and the host behind it has sent nothing to the dialer that would
    /// let the dial in.
    Filtered(RouterId),
    /// It is in front of the dialer itself, and leads nothing back inside.
    NoHairpin(RouterId),
}

impl RouterDrop {
    /// The router.
    pub(crate) fn router(self) -> RouterId {
        match self {
            RouterDrop::NotMapped(router)
            | RouterDrop::Filtered(router)
            | RouterDrop::NoHairpin(router) => router,
        }
    }

    /// The reason, with what the test calls the router, if it does.
    pub(crate) fn told(self, name: Option<&str>) -> String {
        let router = labelled(self.router(), name);
        match self {
            RouterDrop::NotMapped(_) => {
                format!("the address is that of {router}, which has not mapped the port")
            }
            RouterDrop::Filtered(_) => format!(
                "{router} filters: it lets in those alone to which the host behind it has sent"
            ),
            RouterDrop::NoHairpin(_) => format!(
                "the address is that of {router} in front of the host, which leads nothing back \
                 inside (no hairpin)"
            ),
        }
    }
}

impl<T: Token> Network<T> {
    /// Notes which router has dropped a dial that arrived nowhere, if one has.
    pub(super) fn note_drop(&mut self, host: HostId, target: Endpoint) {
        if !self.routers.is_empty()
            && let Reach::Dropped(drop) = self.reach(host, target)
        {
            self.hosts[host.index()].drops.insert(target, drop);
        }
    }

    /// The router that has dropped the last dial of a host to an address, if one has.
    pub(in crate::net) fn dropped(&self, host: HostId, target: &Endpoint) -> Option<RouterDrop> {
        self.hosts.get(host.index())?.drops.get(target).copied()
    }

    /// The addresses to which dials of a host are under way.
    pub(in crate::net) fn dialling(&self, host: HostId) -> Vec<Endpoint> {
        let record = self.hosts.get(host.index());
        let slots = record.into_iter().flat_map(|it| it.connections.values());
        let conns = slots.filter_map(|slot| self.conns.at(*slot));
        let dials =
            conns.filter(|it| it.ends[0].host == host && it.ends[0].socket == Socket::SynSent);
        dials.map(|conn| conn.target).collect()
    }

    /// Where an address leads from a host.
    pub(in crate::net) fn reach(&self, host: HostId, target: Endpoint) -> Reach {
        let Some(record) = self.hosts.get(host.index()) else {
            return Reach::Nowhere;
        };
        let (mut realm, mut seen_as) = (record.realm, record.ip);
        if target.ip().is_loopback() {
            return Reach::Host(host, target);
        }
        if is_of_network(target.host_ip()) && target.version() == IpVersion::V4 {
            let ip = target.host_ip();
            let mut hosts = self.hosts.iter();
            let is_had = match ip == BRIDGE_IP {
                true => hosts.any(|other| other.interfaces.contains(&ip)),
                false => self.addresses.in_network(ip).is_some(),
            };
            return match self.in_own_network(host, &target) {
                Some(to) => Reach::Host(to, target),
                None if is_had => Reach::OtherNetwork,
                None => Reach::Nowhere,
            };
        }
        if target.version() == IpVersion::V6 {
            return self.reach_unfiltered(host, target);
        }
        loop {
            match (self.addresses.holder(realm, target.host_ip()), realm) {
                (Some(Holder::Host(to)), _) => return Reach::Host(to, target),
                (None, None) => return Reach::Nowhere,
                (Some(Holder::Router(router)), _) => return self.inside(router, target, seen_as),
                (None, Some(router)) => {
                    let gate = &self.routers[router.0 as usize];
                    let is_own = gate.outer == target.host_ip();
                    if is_own && !gate.nat.hairpin {
                        return Reach::Dropped(RouterDrop::NoHairpin(router));
                    }
                    seen_as = gate.outer;
                    if is_own {
                        return self.inside(router, target, seen_as);
                    }
                    realm = gate.upstream;
                }
            }
        }
    }

    /// Where a port of a router leads, if it is dialled from this IP address.
    fn inside(&self, router: RouterId, target: Endpoint, source: Ipv4Addr) -> Reach {
        let (mut router, mut target) = (router, target);
        loop {
            let mappings = self.routers[router.0 as usize].at(&target);
            let Some(inner) = mappings.leads_to(target.place(), self.now) else {
                return Reach::Dropped(RouterDrop::NotMapped(router));
            };
            if !mappings.may_admit(target.place(), source, self.now) {
                return Reach::Dropped(RouterDrop::Filtered(router));
            }
            match self.addresses.holder(Some(router), *inner.ip()) {
                Some(Holder::Host(to)) => return Reach::Host(to, target.at(inner)),
                Some(Holder::Router(next)) => (router, target) = (next, target.at(inner)),
                None => return Reach::Dropped(RouterDrop::NotMapped(router)),
            }
        }
    }

    /// Where an address of IPv6 leads from a host: routers filter it, and do not translate it.
    fn reach_unfiltered(&self, host: HostId, target: Endpoint) -> Reach {
        let Some(to) = self.addresses.owner(None, target.host_ip()) else {
            return Reach::Nowhere;
        };
        let source = self.hosts[host.index()].ip_of(IpVersion::V6);
        let (_, into) = self.filters_between(host, Some(to));
        let mut closed = into.into_iter().filter(|router| {
            let mappings = self.routers[router.0 as usize].at(&target);
            !mappings.may_admit(target.place(), source, self.now)
        });
        match closed.next() {
            Some(router) => Reach::Dropped(RouterDrop::Filtered(router)),
            None => Reach::Host(to, target),
        }
    }

    /// The router in front of a host, if there is one.
    pub(in crate::net) fn router_of(&self, host: HostId) -> Option<RouterId> {
        self.hosts.get(host.index())?.realm
    }

    /// The addresses of the networks behind routers, each with its router. Of an address that
    /// several networks have, the first one.
    pub(in crate::net) fn private_addresses(&self) -> Vec<(Ipv4Addr, RouterId)> {
        let hosts = self.hosts.iter().map(|host| (host.ip, host.realm));
        let routers = self.routers.iter();
        let all = hosts.chain(routers.map(|router| (router.outer, router.upstream)));
        all.filter_map(|(ip, realm)| Some((ip, realm?))).collect()
    }
}
