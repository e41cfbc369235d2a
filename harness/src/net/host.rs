//! The hosts of the network: their resources and traffic.
//!
//! Responsible for per-host records. It must not know about connections beyond
//! their number.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::address::{FIRST_EPHEMERAL_PORT, Realm, is_of_network};
use super::address_kinds::AddressKinds;
use super::config::{Bandwidth, Sharing};
use super::endpoint::{Endpoint, IpVersion};
use super::event::ConnId;
use super::network::RouterDrop;
use super::shared_link::SharedLink;

/// A host: a machine with one address. The number equals that of the clock's
/// [`Owner`](dht_harness_clock::Owner).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct HostId(pub u32);

impl fmt::Display for HostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.0)
    }
}

/// Lets functions that take hosts also take slices of ids.
impl From<&HostId> for HostId {
    fn from(host: &HostId) -> Self {
        *host
    }
}

impl HostId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The resources that are alive on a host now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HostResources {
    /// Open listeners.
    pub listeners: u32,
    /// Dials without an outcome.
    pub dials: u32,
    /// Inbound connections that the host's transport has not accepted yet.
    pub accepts: u32,
    /// Connections to which the host holds a handle: a pipe until it is
    /// dropped, a muxer until it is closed or dropped.
    pub connections: u32,
    /// Substreams of muxed connections to which the host holds a handle.
    pub streams: u32,
}

impl HostResources {
    /// Whether nothing is alive.
    pub(crate) fn is_zero(&self) -> bool {
        *self == HostResources::default()
    }
}

/// How often an action happened, and when last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counter {
    /// The number of times.
    pub count: u64,
    /// The virtual time of the last one, if any.
    pub last: Option<VirtualInstant>,
}

impl Counter {
    pub(super) fn mark(&mut self, now: VirtualInstant) {
        self.count += 1;
        self.last = Some(now);
    }
}

/// The traffic of a host since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrafficStats {
    /// Payload writes that the network accepted from the host.
    pub sent: Counter,
    /// Deliveries to live connections of the host.
    pub received: Counter,
    /// Inbound connections that entered the backlog of a listener.
    pub accepted: Counter,
    /// Dials started.
    pub dialled: Counter,
}

/// A direction of an access link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    Up,
    Down,
}

/// Both directions of an access link that connections share.
#[derive(Debug)]
pub(super) struct AccessLink {
    up: SharedLink,
    down: SharedLink,
}

impl AccessLink {
    fn new(bandwidth: Option<Bandwidth>) -> Self {
        let rate = |way| SharedLink::new(rate(bandwidth, way));
        AccessLink {
            up: rate(Way::Up),
            down: rate(Way::Down),
        }
    }

    pub(super) fn at(&self, way: Way) -> &SharedLink {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    pub(super) fn at_mut(&mut self, way: Way) -> &mut SharedLink {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }
}

/// The rate of one direction, in bytes per second; zero is unlimited.
pub(super) fn rate(bandwidth: Option<Bandwidth>, way: Way) -> u64 {
    bandwidth.map_or(0, |bandwidth| match way {
        Way::Up => bandwidth.up,
        Way::Down => bandwidth.down,
    })
}

/// The network's record of a host.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) ip: Ipv4Addr,
    /// The IPv4 address that its IPv6 address stands for: behind a router another one than
    /// its own, since IPv6 addresses are not private.
    pub(super) ip_of_ip6: Ipv4Addr,
    /// Its addresses in private networks, and 127.0.0.1 if it listens there by default.
    pub(super) interfaces: Vec<Ipv4Addr>,
    /// The kinds of addresses that it has and dials.
    pub(super) kinds: AddressKinds,
    /// The network in which the address is unique.
    pub(super) realm: Realm,
    pub(super) up: bool,
    /// The number of crashes. Transports and connections of an earlier
    /// incarnation stay dead.
    pub(super) incarnation: u32,
    pub(super) bandwidth: Option<Bandwidth>,
    pub(super) up_free: VirtualInstant,
    pub(super) down_free: VirtualInstant,
    /// What passes the access link, if connections share it.
    pub(super) shared: Option<Box<AccessLink>>,
    /// The sequence number of the next event that this host causes.
    pub(super) sequence: u64,
    pub(super) next_port: u16,
    /// Listeners by endpoint. A list, because there are few.
    pub(super) listeners: Vec<(Endpoint, u32)>,
    /// Connections with an end on this host, and their slots.
    pub(super) connections: BTreeMap<ConnId, u32>,
    pub(super) resources: HostResources,
    pub(super) traffic: TrafficStats,
    /// The routers that have dropped its last dials, by the address that it dialled.
    pub(super) drops: BTreeMap<Endpoint, RouterDrop>,
}

impl Host {
    pub(super) fn new(
        [ip, ip_of_ip6]: [Ipv4Addr; 2],
        kinds: AddressKinds,
        realm: Realm,
        bandwidth: Option<Bandwidth>,
        sharing: Sharing,
    ) -> Self {
        let shared = match sharing {
            Sharing::FirstCome => None,
            Sharing::Fair => Some(Box::new(AccessLink::new(bandwidth))),
        };
        Host {
            ip,
            ip_of_ip6,
            interfaces: Vec::new(),
            kinds,
            realm,
            up: true,
            incarnation: 0,
            bandwidth,
            up_free: VirtualInstant::default(),
            down_free: VirtualInstant::default(),
            shared,
            sequence: 0,
            next_port: FIRST_EPHEMERAL_PORT,
            listeners: Vec::new(),
            connections: BTreeMap::new(),
            resources: HostResources::default(),
            traffic: TrafficStats::default(),
            drops: BTreeMap::new(),
        }
    }

    /// Whether it has an endpoint beside those by which all others reach it: in a private
    /// network, or on its loopback interface.
    pub(super) fn has_beside(&self, endpoint: &Endpoint) -> bool {
        let ip = endpoint.host_ip();
        ip.is_loopback() || (endpoint.version() == IpVersion::V4 && self.interfaces.contains(&ip))
    }

    /// Whether it has addresses of several kinds, or in several networks.
    pub(super) fn has_several(&self) -> bool {
        !self.interfaces.is_empty() || self.kinds.endpoints().nth(1).is_some()
    }

    /// Whether it has the address of an endpoint.
    pub(super) fn has(&self, endpoint: &Endpoint) -> bool {
        self.ip_of(endpoint.version()) == endpoint.host_ip() || self.has_beside(endpoint)
    }

    /// The address from which it dials an endpoint: that in the same network.
    pub(super) fn ip_towards(&self, target: &Endpoint) -> Ipv4Addr {
        let there = target.host_ip();
        if there.is_loopback() {
            return there;
        }
        let mut interfaces = self.interfaces.iter();
        let here = interfaces.find(|ip| {
            let is_same = ip.octets()[..2] == there.octets()[..2];
            is_same && target.version() == IpVersion::V4 && is_of_network(there)
        });
        here.copied().unwrap_or(self.ip_of(target.version()))
    }

    /// Where a listener on all addresses is reached that listens at this endpoint of its first
    /// interface.
    pub(super) fn reached_at(&self, at: Endpoint) -> impl Iterator<Item = Endpoint> {
        let beside = self.interfaces.iter().copied();
        let beside = beside.filter(move |_| at.version() == IpVersion::V4);
        std::iter::once(self.ip_of(at.version()))
            .chain(beside)
            .map(move |ip| at.with_host_ip(ip))
    }

    /// The IPv4 addresses in its endpoints of each version, in their order.
    pub(super) fn ips(&self) -> [Ipv4Addr; 2] {
        [self.ip, self.ip_of_ip6]
    }

    /// It has another IPv4 address from now on, and behind no router another IPv6 address.
    pub(super) fn renumber(&mut self, ip: Ipv4Addr) {
        if self.ip_of_ip6 == self.ip {
            self.ip_of_ip6 = ip;
        }
        self.ip = ip;
    }

    /// The IPv4 address in its endpoints of this version.
    pub(super) fn ip_of(&self, version: IpVersion) -> Ipv4Addr {
        match version {
            IpVersion::V4 => self.ip,
            IpVersion::V6 => self.ip_of_ip6,
        }
    }

    pub(super) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The endpoint at the next port of the ephemeral range without a listener.
    pub(super) fn ephemeral(&mut self, endpoint: Endpoint) -> Endpoint {
        loop {
            let endpoint = endpoint.with_port(self.next_port);
            self.next_port = self
                .next_port
                .checked_add(1)
                .unwrap_or(FIRST_EPHEMERAL_PORT);
            if self.listeners_at(&endpoint).next().is_none() {
                return endpoint;
            }
        }
    }

    /// The listeners that have the port of this endpoint, one for each address at most.
    pub(super) fn listeners_at(&self, endpoint: &Endpoint) -> impl Iterator<Item = u32> {
        let listeners = self.listeners.iter();
        let endpoint = *endpoint;
        listeners
            .filter(move |(at, _)| at.shares_port_with(&endpoint))
            .map(|(_, number)| *number)
    }
}
