//! The keys of a file besides its hosts, faults and steps.

use dht_harness::invariants;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scenario::ScenarioFile;
use crate::{releases::Releases, syntax::present};

/// The keys of a scenario that contain no parts with their own locations.
#[derive(Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Head {
    format: u32,
    name: String,
    about: String,
    source: Option<String>,
    covers: Vec<String>,
    libp2p: Releases,
    seed: u64,
    #[schemars(with = "super::scenario::Order")]
    schedule: dht_harness::Schedule,
    #[schemars(with = "Vec<super::scenario::Transport>")]
    transports: Vec<dht_harness::TransportKind>,
    stacks: Vec<String>,
    checks: Vec<String>,
    violates: Vec<String>,
}

impl Head {
    /// A scenario with these keys and no parts.
    pub(super) fn scenario(self) -> ScenarioFile {
        let known: Vec<&str> = invariants::catalog()
            .iter()
            .map(|entry| entry.name)
            .collect();
        let checks = self
            .checks
            .iter()
            .map(|name| present(name, &known).to_owned());
        ScenarioFile {
            checks: checks.collect(),
            format: self.format,
            name: self.name,
            about: self.about,
            source: self.source,
            covers: self.covers,
            libp2p: self.libp2p,
            seed: self.seed,
            schedule: self.schedule,
            transports: self.transports,
            stacks: self.stacks,
            violates: self.violates,
            ..ScenarioFile::default()
        }
    }
}
