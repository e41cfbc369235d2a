//! Invariants of queries: their ends, their steps and their results.

mod bootstrap;
mod lookup;
mod queries;
mod running;
mod stats;

pub(super) use bootstrap::{BootstrapRate, BootstrapRecurs};
pub(super) use lookup::{LookupFindsClosest, ResultsSorted};
pub(super) use queries::QueriesEnd;
pub(super) use running::RunningQueriesEnd;
pub(super) use stats::{BootstrapCountsDown, QueryStatsAddUp};
