//! The hosts of the network: their resources and traffic.
//!
//! Responsible for per-host records. It must not know about connections beyond
//! their number.

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::address::{FIRST_EPHEMERAL_PORT, Realm};
use super::address_kinds::AddressKinds;
use super::config::{Bandwidth, Sharing};
use super::endpoint::Endpoint;
use super::event::ConnId;
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
}

impl Host {
    pub(super) fn new(
        ip: Ipv4Addr,
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
            if self.listener_at(&endpoint).is_none() {
                return endpoint;
            }
        }
    }

    /// The listener that has the port of this endpoint.
    pub(super) fn listener_at(&self, endpoint: &Endpoint) -> Option<u32> {
        let mut listeners = self.listeners.iter();
        let (_, number) = listeners.find(|(at, _)| at.shares_port_with(endpoint))?;
        Some(*number)
    }
}
