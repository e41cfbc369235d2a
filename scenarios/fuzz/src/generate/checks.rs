//! Chooses the invariants that a case is checked for beside the standard ones: all
//! that libp2p keeps with the settings and steps of the case.
//!
//! Responsible for deciding whether a case meets the requirements of an invariant.
//! The catalog declares the requirements.

use std::time::Duration;

use dht_harness::{
    check::{CatalogEntry, Demand, Moment, Requirement},
    invariants::catalog,
};

use super::{
    draft::Pick,
    model::{HostKind, Model},
    op::FuzzOp,
};

/// An idle timeout that is longer than any period in which queries leave a connection
/// unused. With a shorter one, the requests after a lookup go to peers that are no
/// longer connected (B1, B7).
pub(super) const LONG_IDLE: Duration = Duration::from_secs(60);

/// An upper bound on the virtual time of a case.
const LONGEST_CASE: Duration = Duration::from_secs(3600);

/// The names of the invariants for a case with these steps.
pub(super) fn checks(model: &Model, pick: Pick) -> Vec<String> {
    // Reading every message doubles the cost of a run.
    let reads = pick.chance(50);
    let is_demanded = |entry: &&CatalogEntry| {
        !entry.standard
            && entry.demand != Demand::OnRequest
            && (reads || !entry.moments.contains(&Moment::AfterMessage))
            && model.meets_all(entry.requires)
    };
    catalog()
        .iter()
        .filter(is_demanded)
        .map(|entry| entry.name.to_owned())
        .collect()
}

impl Model {
    fn meets_all(&self, requirements: &[Requirement]) -> bool {
        requirements
            .iter()
            .all(|requirement| self.meets(*requirement))
    }

    fn meets(&self, requirement: Requirement) -> bool {
        use FuzzOp::*;

        let sets_modes = self.did(&[SetMode]);
        match requirement {
            Requirement::Identify => self.identifies(),
            Requirement::NoEvictions => !self.capabilities.evicts,
            Requirement::NoScriptedHosts => !self.has(HostKind::Scripted),
            Requirement::NoClients => !self.has(HostKind::Client),
            Requirement::FixedModes => self.mode.is_some() && !sets_modes,
            Requirement::AutomaticModes => self.mode.is_none() && !sets_modes,
            Requirement::PeriodicBootstrap => self.settings.periodic_bootstrap.is_some(),
            Requirement::RecordsExpire => self.settings.record_ttl.is_some(),
            Requirement::RecordsLast => {
                let outlives = |ttl: Duration| ttl > LONGEST_CASE;
                self.settings.record_ttl.is_none_or(outlives) || self.stores_once()
            }
            Requirement::RoomForRecords => self.has_room(),
            Requirement::RoomForProviders => self.has_room_for_providers(),
            Requirement::RoomInTables => !self.is_crowded(),
            Requirement::SmallNetwork => !self.is_large(),
            Requirement::Undisturbed => !self.limited && !self.done.iter().any(|op| op.disturbs()),
            Requirement::NoDepartures => !self.did(&[Crash, Close, Churn]),
            Requirement::NoSlowHosts => !self.did(&[Pause, Slow]),
            Requirement::NoSlowLinks => !self.did(&[Latency, Bandwidth]),
            Requirement::NoMessageFaults => !self.did(&[DropMessages, DelayMessages]),
            Requirement::NoStreamResets => !self.did(&[ResetStreams]),
            Requirement::NoMoves => !self.did(&[Move, Away, Router]),
            Requirement::NoTraversal => !self.has_relays,
            Requirement::SameIdentities => !self.identity_lost,
            Requirement::NoRemovedEntries => !self.did(&[RemovePeer, RemoveAddress, Expire]),
            Requirement::NoStoreWrites => !self.did(&[StoreLocal, StoreProviderLocal, RemoveLocal]),
            Requirement::CorrectClocks => !self.did(&[Skew]),
            Requirement::CertainResults => self.has_certain_results(),
        }
    }

    fn has_certain_results(&self) -> bool {
        // While idle connections are being closed, a request may use one that the
        // remote is closing (B15).
        let none_idle =
            self.now < self.settings.idle_timeout && self.settings.idle_timeout >= LONG_IDLE;
        self.all_known
            && none_idle
            && !self.did(&[FuzzOp::Stop])
            && self.meets_all(&[
                Requirement::NoScriptedHosts,
                Requirement::Undisturbed,
                Requirement::NoEvictions,
                Requirement::NoRemovedEntries,
                Requirement::FixedModes,
            ])
    }
}
