//! Generated scenarios: drawn, run, shrunk and kept.
//!
//! A [`Campaign`] draws scenarios from a generator, runs them and looks for
//! [`FailureSignature`](dht_scenarios::FailureSignature)s. What [`KnownDefects`]
//! describe is counted; anything else is shrunk to the smallest scenario that shows
//! the same signature, and kept as a scenario file.
//!
//! Responsible for finding and reducing. It must not know how a scenario is
//! played, nor how a campaign is shown.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | `generate` | drawing scenarios | |
//! | `feature` | what an event of a run is, without its hosts | |
//! | `coverage_map` | what runs have reached | feature |
//! | `case_result` | one run of a generated scenario | coverage_map |
//! | `known` | defects of libp2p that a campaign passes over | case_result |
//! | `shrink` | the smallest scenario that fails alike | |
//! | `keep` | failures as scenario files | case_result, shrink |
//! | `summary` | what came of a campaign | keep |
//! | `campaign` | many generated scenarios, one after another | known, summary |
//! | `merge` | the results of several campaigns as one | campaign |
//! | `testing` | generated scenarios under proptest | known |
#![deny(missing_docs)]

mod campaign;
mod case_result;
mod coverage_map;
mod feature;
mod generate;
mod keep;
mod known;
mod merge;
mod shrink;
mod summary;
mod testing;

pub use campaign::{Budget, Campaign, Progress, Shard, ShardError};
pub use coverage_map::CoverageMap;
pub use generate::{Generator, StackCapabilities, Theme};
pub use known::{KnownDefects, KnownError};
pub use merge::{MergeError, Merged, merge};
pub use summary::{Kept, Summary};
pub use testing::assert_no_unknown_failures;
