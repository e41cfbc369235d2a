//! Invariants of routing tables: buckets, entries, their status, eviction, and the
//! graph of all tables.

mod buckets;
mod closest;
mod dialable;
mod entries;
mod eviction;
mod graph;
#[cfg(test)]
mod model;
mod pending;
pub(super) mod recovery;
mod status;

pub(super) use buckets::{BucketsHold, NoSelfEntry, StatusMeansConnected};
pub(super) use closest::LocalClosestComplete;
pub(super) use dialable::EntriesAreDialable;
pub(super) use entries::{AddressesBounded, EntriesAreAnnounced, EntriesLeaveAnnounced};
pub(super) use eviction::FailedQueryEvicts;
pub(super) use graph::TableGraph;
pub(super) use pending::PendingGetsPlace;
pub(super) use recovery::Recovery;
pub(super) use status::EntryStatusRule;
