//! Invariants: what must hold in every simulation, whatever the test does.
//!
//! [`catalog()`] lists them. Those called standard are checked everywhere, those
//! that read messages where there is a tap: unmodified libp2p keeps them but for
//! the defects that a scenario allows by id. The others are asked for by name.
//! Settings that decide a bound are in [`Limits`](crate::check::Limits).
//!
//! | folder | is about |
//! |---|---|
//! | `lifecycle` | hosts, connections, dials, modes, load |
//! | `table` | buckets, entries, status, eviction, the graph of all tables |
//! | `query` | lookups, their ends, statistics and results |
//! | `store` | records and providers |
//! | `wire` | messages, read off the network |
//!
//! An invariant sees the [`World`](crate::world::World) and nothing above it: it
//! cannot act on the simulation.
//!
//! Not checked here, and why:
//!
//! * that runs are exact, and that nothing needs an extra poll: what the
//!   program's `check` command and the engine's probes are for;
//! * that a query which has ended sends nothing more, and that no accepted
//!   request is dropped in silence: a message does not tell its query, and the
//!   queue of requests inside a handler cannot be seen. `requests-answered` and
//!   `running-queries-end` see the consequence of either;
//! * that a connection is not closed while it is used: the swarm's connection
//!   and the network's have no number in common, and the streams are gone by
//!   the time the swarm reports the end. Lookups that fail are the consequence;
//! * the bound on inbound streams of a single connection: the network counts
//!   streams by host. `resources-bounded` holds their number against that of
//!   the connections;
//! * that a confirmed external address is not reported as a candidate again,
//!   and that a handler's last events arrive: no behaviour can put itself
//!   between a swarm and its owner to see, or to break, either. Scenario files
//!   count candidates where it is known how many there should be;
//! * that addresses of inserted peers are shared with other behaviours: libp2p
//!   does so for entries that waited for their place only, by design unclear.
//!   Scenario files demand it of those.

mod catalog;
mod cursor;
mod graph;
mod lifecycle;
pub mod oracle;
mod query;
mod store;
mod table;
mod view;
mod wire;

pub use catalog::{by_name, catalog, standard, standard_for};
pub use graph::unlinked;
pub use table::recovery::recovered;
