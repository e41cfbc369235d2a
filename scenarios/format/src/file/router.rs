//! The routers of a file.

use std::time::Duration;

use dht_harness::net::{Nat, NatDependence};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::members::numbered;
use crate::syntax::text;

/// How many routers of a name there can be: a router hands out no more addresses.
pub(crate) const MOST_ROUTERS: u32 = 10_000;

/// A router that translates the addresses of the hosts behind it (NAT), or several of one
/// kind. With a router in the file, all hosts that are behind none have public addresses,
/// of 11.0.0.0/8.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct RouterGroup {
    /// The name of the router. With `count`, the names of the routers are this name and
    /// their number, from 0.
    pub name: String,
    /// The number of routers; one by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The router in front of it, declared earlier: that of a provider, for example. Without
    /// one it is connected to the internet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// For which destinations a port of a host gets the same port of the router (RFC 4787,
    /// section 4.1); `endpoint-independent` by default.
    #[schemars(with = "DependenceWord")]
    pub mapping: NatDependence,
    /// Who may send to a port of the router that is mapped (RFC 4787, section 5);
    /// `address-and-port-dependent` by default.
    #[schemars(with = "DependenceWord")]
    pub filtering: NatDependence,
    /// How long a connection may be idle before the router forgets it; 2 h 4 min by default
    /// (RFC 5382, REQ-5).
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub lifetime: Duration,
    /// How long packets of UDP may be missing before the router forgets the session; 2 min by
    /// default (RFC 4787, REQ-5). A connection of QUIC sends a keep-alive packet every 5 s.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub udp_lifetime: Duration,
    /// Whether hosts behind the router reach each other by the router's address.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hairpin: bool,
    /// Whether the router grants ports on request, as UPnP and NAT-PMP ask for: see the
    /// action `map-port`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub port_mapping: bool,
    /// Whether the addresses behind the router are those of a provider's network, of
    /// 100.64.0.0/10, rather than of a home, of 192.168.1.0/24.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub carrier_grade: bool,
}

/// On which part of the other side a mapping or a filter depends.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "describes `NatDependence` in the schema")]
#[schemars(rename = "NatDependence")]
enum DependenceWord {
    /// On none.
    EndpointIndependent,
    /// On its IP address.
    AddressDependent,
    /// On its IP address and port.
    AddressAndPortDependent,
}

impl Default for RouterGroup {
    fn default() -> Self {
        let nat = Nat::default();
        RouterGroup {
            name: String::new(),
            count: None,
            behind: None,
            mapping: nat.mapping,
            filtering: nat.filtering,
            lifetime: nat.lifetime,
            udp_lifetime: nat.udp_lifetime,
            hairpin: nat.hairpin,
            port_mapping: nat.port_mapping,
            carrier_grade: nat.carrier_grade,
        }
    }
}

impl RouterGroup {
    /// The number of routers.
    pub(crate) fn size(&self) -> usize {
        self.count.map_or(1, |count| count as usize)
    }

    /// The names of the routers. Those beyond the most that there can be are left out: a file with
    /// them has a problem, and the others are still looked for.
    pub(crate) fn members(&self) -> Vec<String> {
        numbered(&self.name, self.count.map(|count| count.min(MOST_ROUTERS)))
    }

    /// The properties of each of the routers.
    pub(crate) fn nat(&self) -> Nat {
        Nat {
            mapping: self.mapping,
            filtering: self.filtering,
            lifetime: self.lifetime,
            udp_lifetime: self.udp_lifetime,
            hairpin: self.hairpin,
            port_mapping: self.port_mapping,
            carrier_grade: self.carrier_grade,
            ..Nat::default()
        }
    }
}
