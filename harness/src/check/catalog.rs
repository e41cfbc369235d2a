//! The invariants by name.
//!
//! Responsible for the list of them, and for what each needs and allows. It
//! must not know how they look.

use super::{
    AddressesBounded, AnswersMatchTable, AnswersWellFormed, BootstrapCountsDown, BootstrapRate,
    BootstrapRecurs, BucketsHold, ClosedHoldsNothing, ClosedIsSilent, ConnectionEventsPair,
    ConnectionsAreMutual, ConnectionsAreReal, DialsEnd, EntriesAreAnnounced, EntriesAreDialable,
    EntriesLeaveAnnounced, EntryStatusRule, ExpiryBounded, FailedQueryEvicts, IdleConnectionsClose,
    Invariant, Limits, LocalClosestComplete, LookupFindsClosest, MessagesWellFormed,
    ModeAsAnnounced, ModeFollowsAddress, NoBusyLoop, NoPanic, NoSelfDial, NoSelfEntry,
    NothingExpiredFound, OneDialPerPeer, OwnAddressesOffered, PeersNoticeClose, PendingGetsPlace,
    ProvidedAreOwn, PutReachesQuorum, QueriesEnd, QueryStatsAddUp, RecordsSurvive, Recovery,
    RequestsAnswered, RequestsBounded, ResourcesBounded, ResultsSorted, RunningQueriesEnd,
    StatusMeansConnected, StoreWithinLimits, StoredAtClosest, StoredIsFound, TableGraph,
};

/// When an invariant looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// After an event, at the hosts that it touched.
    AfterEvent,
    /// When control returns to the test.
    AfterStep,
    /// After the test's last step.
    AtEnd,
    /// After a message of the DHT was sent.
    AfterMessage,
    /// Once the network has had its time to recover from faults.
    AfterHeal,
}

/// What there is to know about an invariant of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct CatalogEntry {
    /// Its name, the same in all reports.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub statement: &'static str,
    /// When it looks.
    pub moments: &'static [Moment],
    /// What it looks at.
    pub data: &'static str,
    /// What it lets pass, and why.
    pub allows: &'static str,
    /// Whether each simulation checks it unless told otherwise, because it
    /// holds for every stack. The others are asked for by name. Those that
    /// [read messages](Self::reads_messages) look only where there is a tap.
    pub standard: bool,
    pub(super) make: fn(&Limits) -> Box<dyn Invariant>,
}

impl CatalogEntry {
    /// Whether it reads the DHT's messages, for which there has to be a tap:
    /// [`SimBuilder::tap`](crate::SimBuilder::tap).
    pub fn reads_messages(&self) -> bool {
        self.moments.contains(&Moment::AfterMessage)
    }

    /// The invariant, for a stack with these limits.
    pub fn make(&self, limits: &Limits) -> Box<dyn Invariant> {
        (self.make)(limits)
    }
}

static CATALOG: [CatalogEntry; 57] = [
    NoPanic::ENTRY,
    ClosedHoldsNothing::ENTRY,
    ClosedIsSilent::ENTRY,
    PeersNoticeClose::ENTRY,
    ConnectionEventsPair::ENTRY,
    ConnectionsAreReal::ENTRY,
    ConnectionsAreMutual::ENTRY,
    IdleConnectionsClose::ENTRY,
    DialsEnd::ENTRY,
    OneDialPerPeer::ENTRY,
    NoSelfDial::ENTRY,
    NoSelfEntry::ENTRY,
    BucketsHold::ENTRY,
    EntriesAreDialable::ENTRY,
    AddressesBounded::ENTRY,
    EntriesAreAnnounced::ENTRY,
    EntriesLeaveAnnounced::ENTRY,
    PendingGetsPlace::ENTRY,
    StatusMeansConnected::ENTRY,
    EntryStatusRule::CONNECTED,
    EntryStatusRule::CLIENTS,
    EntryStatusRule::NO_CLIENTS,
    EntryStatusRule::DEAD,
    EntryStatusRule::NO_DEAD,
    FailedQueryEvicts::ENTRY,
    LocalClosestComplete::ENTRY,
    TableGraph::COVERED,
    TableGraph::CONNECTED,
    TableGraph::REACHABLE,
    Recovery::ENTRY,
    QueriesEnd::ENTRY,
    RunningQueriesEnd::ENTRY,
    QueryStatsAddUp::ENTRY,
    ResultsSorted::ENTRY,
    LookupFindsClosest::ENTRY,
    BootstrapCountsDown::ENTRY,
    BootstrapRate::ENTRY,
    BootstrapRecurs::ENTRY,
    ModeAsAnnounced::ENTRY,
    ModeFollowsAddress::ENTRY,
    StoreWithinLimits::ENTRY,
    ProvidedAreOwn::ENTRY,
    NothingExpiredFound::ENTRY,
    ExpiryBounded::ENTRY,
    PutReachesQuorum::ENTRY,
    RecordsSurvive::ENTRY,
    StoredAtClosest::RECORDS,
    StoredAtClosest::PROVIDERS,
    StoredIsFound::ENTRY,
    ResourcesBounded::ENTRY,
    NoBusyLoop::ENTRY,
    AnswersWellFormed::ENTRY,
    AnswersMatchTable::ENTRY,
    MessagesWellFormed::ENTRY,
    RequestsAnswered::ENTRY,
    RequestsBounded::ENTRY,
    OwnAddressesOffered::ENTRY,
];

/// All invariants of this library.
pub fn catalog() -> &'static [CatalogEntry] {
    &CATALOG
}

/// The invariant of this name, for a stack with these limits; `None` if there
/// is none of the name.
pub fn by_name(name: &str, limits: &Limits) -> Option<Box<dyn Invariant>> {
    let entry = CATALOG.iter().find(|entry| entry.name == name)?;
    Some(entry.make(limits))
}

/// The invariants that hold for every stack, with libp2p's defaults for what
/// settings decide.
pub fn standard() -> Vec<Box<dyn Invariant>> {
    standard_for(&Limits::default())
}

/// The invariants that hold for every stack, for one with these limits.
pub fn standard_for(limits: &Limits) -> Vec<Box<dyn Invariant>> {
    let standard = CATALOG.iter().filter(|entry| entry.standard);
    standard.map(|entry| entry.make(limits)).collect()
}

/// Name and statement of an invariant as its entry has them.
macro_rules! as_in_catalog {
    () => {
        fn name(&self) -> &'static str {
            Self::ENTRY.name
        }

        fn statement(&self) -> &'static str {
            Self::ENTRY.statement
        }
    };
}

pub(super) use as_in_catalog;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_lead_to_their_invariants() {
        let names: BTreeSet<_> = catalog().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), catalog().len());
        for entry in catalog() {
            let made = by_name(entry.name, &Limits::default()).expect("it is in the catalog");
            assert_eq!(made.name(), entry.name);
            assert_eq!(made.statement(), entry.statement);
            assert!(!entry.moments.is_empty());
            assert!(!entry.data.is_empty());
        }
        assert!(by_name("all-is-well", &Limits::default()).is_none());
    }
}
