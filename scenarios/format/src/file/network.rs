//! The settings of the network of a file.

use std::time::Duration;

use dht_harness::net::{Bandwidth, Latency, NetworkConfig, Region, Regions, RegionsError, Sharing};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

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
    /// A file of measured one-way latencies in place of `latency`, relative to this one: CSV with
    /// the head `latency_ms`, and a number in each row. It is read with the scenario, and a
    /// scenario that is written has its latencies in `latency`.
    #[serde(skip_serializing)]
    pub samples: Option<String>,
    /// The regions of hosts, whose latencies replace `latency`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<RegionSettings>,
    /// A file with the regions, relative to this one: CSV with the head `region,share` and the
    /// names of all regions, and a row for each. It is read with the scenario, and a scenario that
    /// is written has them in `regions`.
    #[serde(skip_serializing)]
    pub matrix: Option<String>,
    /// The rate of every access link in bytes per second, in both directions;
    /// unlimited by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<u64>,
    /// How connections share the rate of an access link; `first-come` by default.
    #[serde(skip_serializing_if = "is_default")]
    #[schemars(with = "SharingWord")]
    pub sharing: Sharing,
    /// The timeout of a dial that is not answered, as the network has it. The transports of the
    /// stacks give a dial up after 10 s, so that only a shorter one shows.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub dial_timeout: Duration,
    /// Whether connections over `mux` survive a `move`, and tell the other side the new
    /// address. No transport that libp2p publishes does so.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub migration: bool,
    /// Whether two dials over TCP that meet become one connection, as the kernel makes of
    /// them if both go from the port of a listener to that of the other one. Both sides then
    /// begin the handshake, and both dials fail. If not, each makes a connection: hosts of a
    /// file that start at the same instant dial each other at the same instant, which real
    /// hosts hardly ever do.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub simultaneous_open: bool,
}

/// How connections share the rate of an access link.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "describes `Sharing` in the schema")]
#[schemars(rename = "Sharing")]
enum SharingWord {
    /// What a connection sends waits for everything that was sent before.
    FirstCome,
    /// Every connection that has something on the link gets the same share of the rate.
    Fair,
}

fn is_default(sharing: &Sharing) -> bool {
    *sharing == Sharing::default()
}

/// A region of hosts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct RegionSettings {
    /// The name, by which `region` of hosts refers to it.
    pub name: String,
    /// The share of the hosts without `region` that are in it; the sum of all is 1.
    pub share: f64,
    /// The one-way latency of what its hosts send, to each region by its name.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub latency: IndexMap<String, Distribution>,
}

/// A distribution as the value of a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Distribution(#[serde(with = "text")] pub Latency);

/// Regions that do not fit together.
#[derive(Clone, Debug, PartialEq, Error)]
pub(super) enum RegionsProblem {
    #[error("{0}")]
    Regions(#[from] RegionsError),
    #[error("`{from}` has no latency to `{to}`: add `{to}` to its `latency`")]
    Lacks { from: String, to: String },
    #[error("`{from}` has a latency to `{to}`, and no region is called so")]
    Unknown { from: String, to: String },
}

impl Default for NetworkSettings {
    fn default() -> Self {
        let network = NetworkConfig::default();
        NetworkSettings {
            latency: network.latency,
            samples: None,
            regions: Vec::new(),
            matrix: None,
            bandwidth: None,
            sharing: network.sharing,
            dial_timeout: network.connect_timeout,
            migration: network.migration,
            simultaneous_open: network.simultaneous_open,
        }
    }
}

impl NetworkSettings {
    /// The regions, if there are some.
    pub(super) fn regions(&self) -> Result<Option<Regions>, RegionsProblem> {
        if self.regions.is_empty() {
            return Ok(None);
        }
        let names: Vec<&String> = self.regions.iter().map(|region| &region.name).collect();
        let mut list = Vec::new();
        for region in &self.regions {
            let from = &region.name;
            if let Some(to) = region.latency.keys().find(|to| !names.contains(to)) {
                let (from, to) = (from.clone(), to.clone());
                return Err(RegionsProblem::Unknown { from, to });
            }
            let latency = names.iter().map(|to| {
                let latency = region.latency.get(*to).map(|latency| latency.0.clone());
                latency.ok_or_else(|| RegionsProblem::Lacks {
                    from: from.clone(),
                    to: (*to).clone(),
                })
            });
            list.push(Region {
                name: from.clone(),
                share: region.share,
                latency: latency.collect::<Result<_, _>>()?,
            });
        }
        Ok(Some(Regions::try_from(list)?))
    }

    /// Converts the settings to those of the network.
    pub(crate) fn config(&self) -> NetworkConfig {
        NetworkConfig {
            latency: self.latency.clone(),
            regions: self.regions().expect("a valid file has valid regions"),
            bandwidth: self.bandwidth.map(Bandwidth::from),
            sharing: self.sharing,
            connect_timeout: self.dial_timeout,
            migration: self.migration,
            simultaneous_open: self.simultaneous_open,
            ..NetworkConfig::default()
        }
    }
}
