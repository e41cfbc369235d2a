//! The features that runs have reached.

use std::collections::{BTreeMap, BTreeSet};

use dht_harness::{
    check, invariants,
    net::{Fault, FaultId, NetEvent},
    trace::{TraceEntry, TraceEvent},
};
use dht_scenarios::{action::Action, syntax::DhtName};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::feature::Feature;

/// Counts in how many runs each feature was reached. It stands in for code coverage
/// and needs no special build.
///
/// A feature is an event, an event that follows another at the same host, an event
/// while a fault was in force or after it was healed, a step that took effect, or an
/// invariant that was in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageMap(BTreeMap<String, u64>);

/// Features that a useful campaign reaches now and then. Each entry has a description
/// and the prefix of the features that show it.
pub(crate) const SOMETIMES: [(&str, &str); 22] = [
    ("a peer gets into a table", "table new"),
    (
        "a peer takes the place of another in a table",
        "table takes",
    ),
    ("a peer leaves a table", "table removed"),
    ("a lookup succeeds", "query closest-peers ok"),
    (
        "a lookup meets peers that do not answer",
        "query closest-peers ok, failures",
    ),
    ("a query fails", "query get failed"),
    ("a bootstrap ends", "query bootstrap ok"),
    ("a record is stored", "query put ok"),
    ("a record is not stored at enough peers", "query put failed"),
    ("a provider is announced", "query provide ok"),
    ("two hosts have a second connection", "connected again"),
    ("a connection is lost", "parted by error"),
    ("a dial fails", "dial failed"),
    ("a host crashes", "host crashed"),
    ("a network interface goes away", "bitten by offline"),
    ("a host gets another address", ADDRESS_CHANGED),
    ("a router restarts", ROUTER_RESTARTED),
    ("a router is asked for a port", "step map-port"),
    ("a second DHT is queried", "step find-peers in=lan"),
    ("a peer is discovered", "behaviour discovery: discovered"),
    ("a discovered peer expires", "behaviour discovery: expired"),
    (
        "a request of request-response is answered",
        "behaviour request-response: response received",
    ),
];

/// The feature of a host that gets another IP address.
const ADDRESS_CHANGED: &str = "address changed";

/// The feature of a router that forgets all that it remembered.
const ROUTER_RESTARTED: &str = "router restarted";

impl CoverageMap {
    /// All features, each with the number of runs that reached it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        let features = self.0.iter();
        features.map(|(feature, runs)| (feature.as_str(), *runs))
    }

    /// The number of runs in which an invariant was in force.
    pub(crate) fn runs_with_invariant(&self, name: &str) -> u64 {
        self.0.get(&in_force(name)).copied().unwrap_or(0)
    }

    /// The number of features.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the counts of another map. Returns how many features are new.
    pub(crate) fn merge(&mut self, other: &CoverageMap) -> usize {
        let before = self.len();
        for (feature, runs) in &other.0 {
            *self.0.entry(feature.clone()).or_default() += runs;
        }
        self.len() - before
    }

    /// The entries of [`SOMETIMES`] that were not reached.
    pub(crate) fn never(&self) -> Vec<&'static str> {
        SOMETIMES
            .iter()
            .filter(|(_, feature)| !self.has(feature))
            .map(|(what, _)| *what)
            .collect()
    }

    /// The invariants that were in force in no run.
    pub(crate) fn never_in_force(&self) -> Vec<&'static str> {
        let names = invariants::catalog().iter().map(|entry| entry.name);
        names
            .filter(|name| !self.0.contains_key(&in_force(name)))
            .collect()
    }

    /// Whether this feature was reached.
    pub(crate) fn reached(&self, feature: &Feature) -> bool {
        self.0.contains_key(&feature.to_string())
    }

    /// Whether a feature whose name starts with `beginning` was reached.
    pub(crate) fn has(&self, beginning: &str) -> bool {
        let mut from = self.0.range(beginning.to_owned()..);
        from.next()
            .is_some_and(|(known, _)| known.starts_with(beginning))
    }

    pub(super) fn note(&mut self, feature: String) {
        self.0.insert(feature, 1);
    }
}

/// The feature that stands for a step that took effect.
pub(crate) fn performed(action: &Action) -> String {
    let lan = match action.dht() {
        Some(DhtName::Lan) => " in=lan",
        None => "",
    };
    format!("step {}{lan}", action.started().kind())
}

/// The feature that stands for an invariant in force.
fn in_force(name: &str) -> String {
    format!("invariant {name}")
}

/// Derives features from the events of one run.
#[derive(Debug, Default)]
pub(super) struct Observer {
    pub(super) reached: CoverageMap,
    /// The latest feature of each host.
    latest: IndexMap<u32, Feature>,
    /// The kinds of faults in force, by their ids.
    faults: IndexMap<FaultId, &'static str>,
    /// The kinds of the faults that were healed.
    healed: BTreeSet<&'static str>,
}

impl Observer {
    /// Creates the observer of a run that checks these invariants beside the standard
    /// ones. `reads` says whether the messages of the run are read.
    pub(super) fn of(checks: &[String], reads: bool) -> Self {
        let mut observer = Observer::default();
        let is_asked = |entry: &&check::CatalogEntry| {
            entry.standard || checks.iter().any(|name| name == entry.name)
        };
        let can_look = |entry: &&check::CatalogEntry| {
            reads || !entry.moments.contains(&check::Moment::AfterMessage)
        };
        for entry in invariants::catalog()
            .iter()
            .filter(is_asked)
            .filter(can_look)
        {
            observer.reached.note(in_force(entry.name));
        }
        observer
    }

    pub(super) fn see(&mut self, entry: &TraceEntry) {
        if let TraceEvent::Net { net } = &entry.event {
            return self.see_fault(net);
        }
        for feature in Feature::of(&entry.event) {
            for fault in self.faults.values() {
                self.reached.note(format!("{feature} in {fault}"));
            }
            for fault in &self.healed {
                self.reached
                    .note(format!("{feature} once healed of {fault}"));
            }
            if let Some(host) = entry.host {
                let before = self.latest.insert(host, feature.clone());
                if let Some(before) = before.filter(|before| *before != feature) {
                    self.reached.note(format!("{feature} after {before}"));
                }
            }
            self.reached.note(feature.to_string());
        }
    }

    fn see_fault(&mut self, event: &NetEvent) {
        match event {
            // A reset takes effect at once and never stays in force.
            NetEvent::FaultPlanned {
                what: Fault::Reset { .. },
                ..
            } => {}
            NetEvent::FaultPlanned { fault, what, .. } => {
                self.faults.insert(*fault, what.kind());
            }
            NetEvent::FaultTriggered { fault, .. } => {
                if let Some(kind) = self.faults.get(fault) {
                    self.reached.note(format!("bitten by {kind}"));
                }
            }
            NetEvent::FaultHealed { fault, .. } => {
                self.healed.extend(self.faults.swap_remove(fault));
            }
            NetEvent::AddressChanged { .. } => self.reached.note(ADDRESS_CHANGED.to_owned()),
            NetEvent::RouterRestarted { .. } => self.reached.note(ROUTER_RESTARTED.to_owned()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_found_by_prefix() {
        let mut reached = CoverageMap::default();
        reached.note("query get failed".to_owned());
        assert!(reached.has("query get") && reached.has("query get failed"));
        assert!(!reached.has("query put") && !reached.has("query get failed, failures"));
    }
}
