//! What a run remembers so that it can be shown afterwards.
//!
//! Responsible for collecting the tables, stores and queries of a run beside its trace.
//! It must not change the run, nor know how a recording is shown.

mod contents;
mod disturbance;
mod query_sights;
mod recorder;
mod store_log;
mod verdict;

pub use contents::Recording;
pub(crate) use contents::{
    Check, Mark, MarkFailure, Messages, ModeSeen, Outcome, QueryLife, RefusedDial, TableLook,
};
pub(crate) use disturbance::{Disturbance, DisturbanceLog};
pub(crate) use query_sights::QuerySeen;
pub(crate) use recorder::{QueryKey, Recorded, Recorder};
pub(crate) use store_log::{StoreSpan, Stored};
pub use verdict::Verdict;
