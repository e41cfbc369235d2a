//! The keys of a file that have one value.

use dht_harness::invariants;
use schemars::JsonSchema;
use serde::Serialize;

use super::scenario::ScenarioFile;
use crate::{releases::Releases, syntax::present};

/// The keys of a scenario that contain no parts with their own locations.
#[derive(Default, Serialize, serde::Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Plain {
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

impl Plain {
    /// The scenario, which still lacks the other parts.
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
