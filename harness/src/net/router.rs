//! Routers between a private network and the network outside.
//!
//! Responsible for what one router does with the packets of each protocol. It must not know
//! the way of a packet beyond it, nor what a packet carries.

use std::fmt;
use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::endpoint::{Endpoint, IpVersion};
use super::mappings::Mappings;
use super::nat::Nat;

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

/// A router: its address outside, and what it remembers of each protocol.
#[derive(Debug)]
pub(super) struct Router {
    pub(super) nat: Nat,
    /// Its address in the network outside.
    pub(super) outer: Ipv4Addr,
    /// The router in front of it, if it is not connected to the internet itself.
    pub(super) upstream: Option<RouterId>,
    tcp: Mappings,
    udp: Mappings,
    tcp_over_ip6: Mappings,
    udp_over_ip6: Mappings,
}

impl Router {
    pub(super) fn new(nat: Nat, outer: Ipv4Addr, upstream: Option<RouterId>) -> Self {
        let (tcp, udp) = (Mappings::of_tcp, Mappings::of_udp);
        Router {
            nat,
            outer,
            upstream,
            tcp: tcp(&nat, outer),
            udp: udp(&nat, outer),
            tcp_over_ip6: tcp(&nat, outer).without_translation(),
            udp_over_ip6: udp(&nat, outer).without_translation(),
        }
    }

    /// The mappings for the protocol of an endpoint.
    pub(super) fn at(&self, endpoint: &Endpoint) -> &Mappings {
        match (endpoint.version(), endpoint.carrier().is_udp()) {
            (IpVersion::V4, false) => &self.tcp,
            (IpVersion::V4, true) => &self.udp,
            (IpVersion::V6, false) => &self.tcp_over_ip6,
            (IpVersion::V6, true) => &self.udp_over_ip6,
        }
    }

    pub(super) fn at_mut(&mut self, endpoint: &Endpoint) -> &mut Mappings {
        match (endpoint.version(), endpoint.carrier().is_udp()) {
            (IpVersion::V4, false) => &mut self.tcp,
            (IpVersion::V4, true) => &mut self.udp,
            (IpVersion::V6, false) => &mut self.tcp_over_ip6,
            (IpVersion::V6, true) => &mut self.udp_over_ip6,
        }
    }

    /// A packet from inside passes: the endpoint that stands for its sender outside.
    pub(super) fn send(
        &mut self,
        inner: Endpoint,
        target: &Endpoint,
        now: VirtualInstant,
    ) -> Endpoint {
        let mappings = self.at_mut(target);
        inner.at(mappings.send(inner.place(), target.place(), now))
    }

    /// Maps the port with the number of the host's own port on request. Returns the endpoint
    /// outside, or `None` if that port leads to another host.
    pub(super) fn grant(&mut self, inner: Endpoint, now: VirtualInstant) -> Option<Endpoint> {
        let outer = self.at_mut(&inner).grant(inner.place(), now)?;
        Some(inner.at(outer))
    }

    /// Forgets all that it remembers, granted ports too, and has this address from now on. The
    /// ports that it chooses itself go on from where they were, as a router draws them anew after
    /// a restart, and the former ones hardly ever return.
    pub(super) fn restart(&mut self, outer: Ipv4Addr) {
        let fresh = Router::new(self.nat, outer, self.upstream);
        *self = Router {
            tcp: fresh.tcp.going_on_from(&self.tcp),
            udp: fresh.udp.going_on_from(&self.udp),
            ..fresh
        };
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
