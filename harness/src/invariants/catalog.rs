//! The invariants by name.
//!
//! Responsible for the list of them, and for what each needs and allows. It
//! must not know how they look.

use super::{
    lifecycle::{
        ClosedHoldsNothing, ClosedIsSilent, ConnectionEventsPair, ConnectionsAreMutual,
        ConnectionsAreReal, DialsEnd, IdleConnectionsClose, ModeAsAnnounced, ModeFollowsAddress,
        NoBusyLoop, NoPanic, NoSelfDial, OneDialPerPeer, PeersNoticeClose, ResourcesBounded,
    },
    query::{
        BootstrapCountsDown, BootstrapRate, BootstrapRecurs, LookupFindsClosest, QueriesEnd,
        QueryStatsAddUp, ResultsSorted, RunningQueriesEnd,
    },
    store::{
        ExpiryBounded, NothingExpiredFound, ProvidedAreOwn, PutReachesQuorum, RecordsSurvive,
        StoreWithinLimits, StoredAtClosest, StoredIsFound,
    },
    table::{
        AddressesBounded, BucketsHold, EntriesAreAnnounced, EntriesAreDialable,
        EntriesLeaveAnnounced, EntryStatusRule, FailedQueryEvicts, LocalClosestComplete,
        NoSelfEntry, PendingGetsPlace, Recovery, StatusMeansConnected, TableGraph,
    },
    wire::{
        AnswersMatchTable, AnswersWellFormed, MessagesWellFormed, OwnAddressesOffered,
        RequestsAnswered, RequestsBounded,
    },
};
use crate::check::{CatalogEntry, Invariant, Limits};

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
