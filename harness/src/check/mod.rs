//! Invariants: what must hold in every simulation, whatever the test does.
//!
//! A check looks at the [`World`] and says what is wrong. It must not change
//! anything, and its cost must not grow with the network: after an event it
//! looks only at the hosts that were touched. What needs all hosts, a lookup's
//! truth or the graph of all tables, is looked at when a query ends, when
//! control returns to the test, or at the end.
//!
//! [`catalog()`] lists them. Those called standard are checked everywhere, those
//! that read messages where there is a tap: unmodified libp2p keeps them but for
//! the defects that a scenario allows by id. The others are asked for by name.
//! Settings that decide a bound are in [`Limits`].
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

mod bootstrap;
mod catalog;
mod closest;
mod connections;
mod cursor;
mod dials;
mod entries;
mod eviction;
mod finding;
mod graph;
mod held;
mod lifecycle;
mod limits;
mod links;
mod load;
mod lookup;
mod mode;
#[cfg(test)]
mod model;
pub mod oracle;
mod panic;
mod pending;
mod placement;
mod queries;
mod recovery;
mod running;
mod stats;
mod status;
mod store;
mod table;
mod view;
mod violation;
mod wire;

pub use bootstrap::{BootstrapRate, BootstrapRecurs};
pub use catalog::{CatalogEntry, Moment, by_name, catalog, standard, standard_for};
pub use closest::LocalClosestComplete;
pub use connections::ConnectionEventsPair;
pub use dials::{DialsEnd, NoSelfDial, OneDialPerPeer};
pub use entries::{AddressesBounded, EntriesAreAnnounced, EntriesLeaveAnnounced};
pub use eviction::FailedQueryEvicts;
pub use finding::{Finding, Reporter};
pub use graph::TableGraph;
pub use held::StoredIsFound;
pub use lifecycle::{ClosedHoldsNothing, ClosedIsSilent, PeersNoticeClose};
pub use limits::Limits;
pub use links::{ConnectionsAreMutual, ConnectionsAreReal, IdleConnectionsClose};
pub use load::{NoBusyLoop, ResourcesBounded};
pub use lookup::{LookupFindsClosest, ResultsSorted};
pub use mode::{ModeAsAnnounced, ModeFollowsAddress};
pub use panic::NoPanic;
pub use pending::PendingGetsPlace;
pub use placement::{PutReachesQuorum, RecordsSurvive, StoredAtClosest};
pub use queries::QueriesEnd;
pub use recovery::{Recovery, recovered};
pub use running::RunningQueriesEnd;
pub use stats::{BootstrapCountsDown, QueryStatsAddUp};
pub use status::EntryStatusRule;
pub use store::{ExpiryBounded, NothingExpiredFound, ProvidedAreOwn, StoreWithinLimits};
pub use table::{BucketsHold, EntriesAreDialable, NoSelfEntry, StatusMeansConnected};
pub use violation::Violation;
pub use wire::{
    AnswersMatchTable, AnswersWellFormed, MessagesWellFormed, OwnAddressesOffered,
    RequestsAnswered, RequestsBounded,
};

use crate::{net::HostId, sim::World, tap::TappedMessage};

/// Something that must hold.
///
/// Implement the moments that the statement needs; the others do nothing.
pub trait Invariant {
    /// A short name, the same in all reports.
    fn name(&self) -> &'static str;

    /// What must hold, in one sentence.
    fn statement(&self) -> &'static str;

    /// Called at quiescence after hosts were polled, with the hosts that were.
    /// Tables must not be read here.
    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        let _ = (world, touched, report);
    }

    /// Called at quiescence for each message of the DHT that was sent since the
    /// last call, before [`after_event`](Self::after_event), if the simulation
    /// has a tap. Tables must not be read here.
    fn after_message(&mut self, world: &World, message: &TappedMessage, report: &mut Reporter) {
        let _ = (world, message, report);
    }

    /// Called when the simulation hands control back to the test. Tables have
    /// just been read, unless the run reads them only at its end.
    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }

    /// Called when a host that has answered its close was asked to connect and
    /// did not refuse at once.
    fn connect_after_close_accepted(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        let _ = (world, host, report);
    }

    /// Called once, after the test's last step. Tables have just been read.
    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        let _ = (world, report);
    }
}
