//! The invariants by name.
//!
//! Responsible for the list of invariants. It must not know how they are checked.

use super::{
    lifecycle::{
        ApplicationsRun, ClosedHoldsNothing, ClosedIsSilent, ConnectionEventsPair,
        ConnectionsAreMutual, ConnectionsAreReal, DialsEnd, IdleConnectionsClose, ModeAsAnnounced,
        ModeFollowsAddress, NoBusyLoop, NoPanic, NoSelfDial, OneDialPerPeer, PeersNoticeClose,
        ResourcesBounded,
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

static CATALOG: [CatalogEntry; 58] = [
    // Standard.
    NoPanic::ENTRY,
    ClosedHoldsNothing::ENTRY,
    ClosedIsSilent::ENTRY,
    PeersNoticeClose::ENTRY,
    ConnectionEventsPair::ENTRY,
    ConnectionsAreReal::ENTRY,
    DialsEnd::ENTRY,
    NoSelfEntry::ENTRY,
    BucketsHold::ENTRY,
    EntriesAreDialable::ENTRY,
    EntriesAreAnnounced::ENTRY,
    PendingGetsPlace::ENTRY,
    StatusMeansConnected::ENTRY,
    LocalClosestComplete::ENTRY,
    QueriesEnd::ENTRY,
    ResultsSorted::ENTRY,
    BootstrapCountsDown::ENTRY,
    BootstrapRate::ENTRY,
    StoreWithinLimits::ENTRY,
    ProvidedAreOwn::ENTRY,
    NothingExpiredFound::ENTRY,
    ResourcesBounded::ENTRY,
    NoBusyLoop::ENTRY,
    AnswersWellFormed::ENTRY,
    MessagesWellFormed::ENTRY,
    RequestsBounded::ENTRY,
    OwnAddressesOffered::ENTRY,
    ApplicationsRun::ENTRY,
    // Requested by name. Generated scenarios list them in this order: add new ones at
    // the end, so that generated scenarios stay the same.
    OneDialPerPeer::ENTRY,
    QueryStatsAddUp::ENTRY,
    RunningQueriesEnd::ENTRY,
    ConnectionsAreMutual::ENTRY,
    IdleConnectionsClose::ENTRY,
    AddressesBounded::ENTRY,
    NoSelfDial::ENTRY,
    TableGraph::COVERED,
    TableGraph::CONNECTED,
    EntriesLeaveAnnounced::ENTRY,
    AnswersMatchTable::ENTRY,
    RequestsAnswered::ENTRY,
    BootstrapRecurs::ENTRY,
    EntryStatusRule::CLIENTS,
    EntryStatusRule::CONNECTED,
    ModeAsAnnounced::ENTRY,
    ModeFollowsAddress::ENTRY,
    ExpiryBounded::ENTRY,
    RecordsSurvive::ENTRY,
    PutReachesQuorum::ENTRY,
    LookupFindsClosest::ENTRY,
    StoredIsFound::ENTRY,
    StoredAtClosest::PROVIDERS,
    // Requested by name, and not used by generated scenarios.
    EntryStatusRule::NO_CLIENTS,
    EntryStatusRule::DEAD,
    EntryStatusRule::NO_DEAD,
    FailedQueryEvicts::ENTRY,
    TableGraph::REACHABLE,
    Recovery::ENTRY,
    StoredAtClosest::RECORDS,
];

/// All invariants of this library.
pub fn catalog() -> &'static [CatalogEntry] {
    &CATALOG
}

/// The invariants that hold for every stack, with these limits.
pub(crate) fn standard(limits: &Limits) -> Vec<Box<dyn Invariant>> {
    let standard = CATALOG.iter().filter(|entry| entry.standard);
    standard.map(|entry| entry.make(limits)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::check::Demand;

    use super::*;

    #[test]
    fn names_are_unique_and_those_of_their_invariants() {
        let names: BTreeSet<_> = catalog().iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), catalog().len());
        for entry in catalog() {
            let made = entry.make(&Limits::default());
            assert_eq!(made.name(), entry.name);
            assert_eq!(made.statement(), entry.statement);
            assert_eq!(made.kinds(), entry.kinds);
            assert!(!entry.moments.is_empty());
            assert!(!entry.data.is_empty());
        }
    }

    #[test]
    fn kinds_of_an_invariant_have_unique_names() {
        let is_part = |char: char| char.is_ascii_lowercase() || char == '-';
        for entry in catalog() {
            let names: BTreeSet<_> = entry.kinds.iter().map(|kind| kind.name).collect();
            assert_eq!(names.len(), entry.kinds.len(), "{}", entry.name);
            assert!(!names.is_empty(), "{}", entry.name);
            for kind in entry.kinds {
                assert!(kind.name.chars().all(is_part), "{}", kind.name);
                assert!(!kind.about.is_empty(), "{}", kind.name);
            }
        }
    }

    #[test]
    fn standard_invariants_require_nothing() {
        for entry in catalog().iter().filter(|entry| entry.standard) {
            assert_eq!(entry.demand, Demand::Always, "{}", entry.name);
            assert!(entry.requires.is_empty(), "{}", entry.name);
        }
    }
}
