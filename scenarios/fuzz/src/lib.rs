//! Fuzzing: draws random scenarios, runs them, shrinks failing ones and keeps them.
//!
//! A [`Campaign`] draws scenarios from a [`Generator`], runs them and looks for
//! [`FailureSignature`](dht_scenarios::FailureSignature)s. A failure that
//! [`KnownDefects`] describes is only counted. Any other failure is shrunk to the
//! smallest scenario that shows the same signature, and kept as a scenario file.
//!
//! Responsible for finding and reducing failures. It must not know how a scenario is
//! executed, nor how a campaign is displayed.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `named_settings` | the settings of a host by name | |
//! | `generate` | drawing scenarios | named_settings |
//! | `feature` | trace events reduced to what coverage counts | |
//! | `coverage_map` | the features that runs have reached | feature |
//! | `case_result` | the result of one run of a generated scenario | coverage_map |
//! | `known` | the known defects of libp2p, which are not reported | case_result |
//! | `shrink` | reducing a failing scenario | named_settings |
//! | `keep` | keeping failures as scenario files | case_result, shrink |
//! | `summary` | the results of a campaign | keep |
//! | `campaign` | running many generated scenarios | known, summary |
//! | `merge` | merging the results of several campaigns | campaign |
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
mod named_settings;
mod shrink;
mod summary;
mod testing;

pub use campaign::{Budget, Campaign, Progress, Shard, ShardError};
pub use coverage_map::CoverageMap;
pub use dht_scenarios::StackCapabilities;
pub use generate::{Generator, StackError, Theme};
pub use known::{KnownDefects, KnownError};
pub use merge::{MergeError, Merged, merge};
pub use summary::{Kept, Summary};
pub use testing::assert_no_unknown_failures;
