//! What a run remembers so that it can be shown afterwards.
//!
//! Responsible for collecting the tables, stores and queries of a run beside its trace.
//! It must not change the run, nor know how a recording is shown.

mod contents;
mod recorder;
mod store_log;

pub use contents::Recording;
pub(crate) use contents::{Check, Mark, Outcome, QueryLife, TableLook};
pub(crate) use recorder::{QueryKey, Recorded, Recorder};
pub(crate) use store_log::{StoreSpan, Stored};
