//! Access to a Kademlia behaviour: where it sits inside the user's behaviour,
//! what its table holds, what its queries did.
//!
//! Everything here reads or starts; nothing here judges, and nothing here
//! knows about hosts or simulations.

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
