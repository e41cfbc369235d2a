//! Invariants: properties that must hold in every simulation, independently of the
//! test.
//!
//! [`catalog()`] lists them. The standard invariants are checked in every simulation,
//! and those that read messages where there is a tap. Unmodified libp2p satisfies
//! them except for the defects that a scenario allows by id. The others are requested
//! by name. [`Limits`](crate::check::Limits) contains the bounds that depend on
//! settings.
//!
//! | folder | is about |
//! |---|---|
//! | `lifecycle` | hosts, connections, dials, modes, load |
//! | `table` | buckets, entries, status, eviction, the graph of all tables |
//! | `query` | lookups, their ends, statistics and results |
//! | `store` | records and providers |
//! | `wire` | messages, read off the network |
//!
//! An invariant has access to the [`World`](crate::world::World) only: it cannot act
//! on the simulation.
//!
//! Not checked here, with the reason:
//!
//! * that runs are reproducible, and that nothing depends on an extra poll: the
//!   `check` command of the program and the probes of the engine check that;
//! * that a query which has ended sends nothing more, and that no accepted request is
//!   dropped silently: a message does not identify its query, and the queue of
//!   requests inside a handler is not accessible. `requests-answered` and
//!   `running-queries-end` detect the consequences;
//! * that a connection is not closed while it is used: the connections of the swarm
//!   and of the network have no common number, and the streams are closed by the time
//!   the swarm reports the close. Failing lookups are the consequence;
//! * the bound on inbound streams of a single connection: the network counts streams
//!   by host. `resources-bounded` compares their number with that of the connections;
//! * that a confirmed external address is not reported as a candidate again, and that
//!   a handler's last events are delivered: no behaviour can be placed between a
//!   swarm and its owner to observe or violate either. Scenario files count
//!   candidates where the expected number is known;
//! * that addresses of inserted peers are shared with other behaviours: libp2p does
//!   so only for pending entries, and it is unclear whether that is intended.
//!   Scenario files require it for those.

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

pub use catalog::catalog;
pub(crate) use catalog::standard;
pub use graph::unlinked;
pub use table::recovery::recovered;
