//! Access to a Kademlia behaviour: its place inside the user's behaviour, its routing
//! table, and its queries.
//!
//! This module reads tables and starts queries. It must not evaluate the results, nor
//! know about hosts or simulations.

mod access;
mod answer;
mod any_dht;
mod behaviour_event;
mod contents;
mod mode;
mod query;
mod query_aim;
mod query_log;
mod query_record;
mod table;
pub mod wire;

pub use access::DhtBehaviour;
pub use answer::Answer;
pub use any_dht::AnyDht;
pub use behaviour_event::BehaviourEvent;
pub use contents::StoreContents;
pub use query::{Query, RunningQuery, StartError};
pub use query_aim::QueryAim;
pub use query_log::QueryLog;
pub use query_record::{QueryRecord, Step};
pub use table::{BucketView, EntryStatus, TableEntry, TableSnapshot};
