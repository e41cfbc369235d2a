//! Access to a Kademlia behaviour: where it sits inside the user's behaviour,
//! what its table holds, and what its queries have done.
//!
//! This module reads tables and starts queries. It must not judge the results,
//! nor know about hosts or simulations.

mod access;
mod any_dht;
mod contents;
mod query;
mod table;
pub mod wire;

pub use access::DhtBehaviour;
pub use any_dht::AnyDht;
pub use contents::StoreContents;
pub use query::{Answer, Query, QueryLog, QueryRecord, RunningQuery, StartError, Step};
pub use table::{BucketView, EntryStatus, TableDiff, TableEntry, TableSnapshot};
