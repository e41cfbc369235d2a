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
//! | `shrink` | reducing a failing scenario, and repairing one | named_settings |
//! | `generate` | drawing scenarios | named_settings, shrink |
//! | `feature` | trace events reduced to what coverage counts | |
//! | `coverage_map` | the features that runs have reached | feature |
//! | `case_result` | the result of one run of a generated scenario | coverage_map |
//! | `known` | the known defects of libp2p, which are not reported | case_result, named_settings |
//! | `folder` | files to which several processes write | |
//! | `shard` | a part of a campaign | |
//! | `keep` | keeping failures as scenario files | case_result, shrink, folder |
//! | `summary` | the results of a campaign | keep, shard |
//! | `summary_file` | the files of summaries | summary, folder |
//! | `campaign` | running many generated scenarios | known, summary_file |
//! | `merge` | merging the results of several campaigns | summary_file |
//! | `page` | a campaign as a page for a browser | campaign |
//! | `testing` | generated scenarios under proptest | known |
#![deny(missing_docs)]

mod campaign;
mod case_result;
mod coverage_map;
mod feature;
mod folder;
mod generate;
mod keep;
mod known;
mod merge;
mod named_settings;
mod page;
mod shard;
mod shrink;
mod summary;
mod summary_file;
mod testing;

pub use campaign::{Budget, Campaign, Progress};
pub use coverage_map::CoverageMap;
pub use dht_scenarios::StackCapabilities;
pub use generate::{Generator, StackError, Theme};
pub use known::{KnownDefects, KnownError};
pub use merge::{MergeError, Merged, merge};
pub use page::{CampaignPage, FindingView, Timeline, picture_of};
pub use shard::{Shard, ShardError};
pub use summary::{CaseId, Kept, Part, Summary};
pub use testing::assert_no_unknown_failures;
