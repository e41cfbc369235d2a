//! What a router does with addresses.
//!
//! Responsible for the properties of a network address translation (NAT), by the terms of
//! RFC 4787 and RFC 5382. It must not know how a router keeps them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// On which part of the other side a mapping or a filter depends (RFC 4787, sections 4.1
/// and 5).
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum NatDependence {
    /// On none: *endpoint-independent*.
    #[default]
    EndpointIndependent,
    /// On its IP address: *address-dependent*.
    AddressDependent,
    /// On its IP address and port: *address and port-dependent*.
    AddressAndPortDependent,
}

impl NatDependence {
    /// The three, from the most open one on.
    pub const ALL: [NatDependence; 3] = [
        NatDependence::EndpointIndependent,
        NatDependence::AddressDependent,
        NatDependence::AddressAndPortDependent,
    ];
}

/// A router that translates the addresses of the hosts behind it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Nat {
    /// For which destinations a host's port gets the same port of the router. Default:
    /// endpoint-independent, as RFC 4787 demands (REQ-1).
    pub mapping: NatDependence,
    /// Whose packets pass to a port of the router that is mapped. Default: address and
    /// port-dependent, as most home routers do.
    pub filtering: NatDependence,
    /// How long a connection may be idle before the router forgets it. Default: 2 h 4 min,
    /// the least that RFC 5382 allows for TCP (REQ-5).
    pub lifetime: Duration,
    /// How long packets of UDP may be missing before the router forgets the session. Default:
    /// 2 min, the least that RFC 4787 allows (REQ-5). A connection of QUIC sends a keep-alive
    /// packet every 5 s, so that it is never forgotten, unless this is shorter.
    pub udp_lifetime: Duration,
    /// How long the router remembers a SYN that was not answered, unless `lifetime` is
    /// shorter. Default: 4 min, the least that RFC 5382 allows (REQ-5).
    pub handshake_lifetime: Duration,
    /// Whether hosts behind the router reach each other by the router's own address
    /// (RFC 4787, REQ-9). Default: false.
    pub hairpin: bool,
    /// Whether the router grants a host a port on request, as UPnP and NAT-PMP ask for.
    /// Default: false.
    pub port_mapping: bool,
    /// Whether the network behind the router is that of a provider, 100.64.0.0/10 (RFC
    /// 6598), rather than a home, 192.168.1.0/24. Default: false.
    pub carrier_grade: bool,
}

impl Default for Nat {
    fn default() -> Self {
        Nat {
            mapping: NatDependence::EndpointIndependent,
            filtering: NatDependence::AddressAndPortDependent,
            lifetime: Duration::from_secs(2 * 3600 + 4 * 60),
            udp_lifetime: Duration::from_secs(2 * 60),
            handshake_lifetime: Duration::from_secs(4 * 60),
            hairpin: false,
            port_mapping: false,
            carrier_grade: false,
        }
    }
}
