//! The settings of the network of a file.

use std::time::Duration;

use dht_harness::net::{Bandwidth, Latency, NetworkConfig};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::syntax::text;

/// The network before any fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct NetworkSettings {
    /// One-way latency of every link.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub latency: Latency,
    /// The rate of every access link in bytes per second, in both directions;
    /// unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<u64>,
    /// The timeout of a dial that is not answered.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub dial_timeout: Duration,
    /// Whether connections over `mux` survive a `move`, and tell the other side the new
    /// address. No transport that libp2p publishes does so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub migration: bool,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        let network = NetworkConfig::default();
        NetworkSettings {
            latency: network.latency,
            bandwidth: None,
            dial_timeout: network.connect_timeout,
            migration: network.migration,
        }
    }
}

impl NetworkSettings {
    /// Converts the settings to those of the network.
    pub(crate) fn config(&self) -> NetworkConfig {
        NetworkConfig {
            latency: self.latency,
            bandwidth: self.bandwidth.map(Bandwidth::from),
            connect_timeout: self.dial_timeout,
            migration: self.migration,
            ..NetworkConfig::default()
        }
    }
}
