//! The faults of a run, and when they were in force.

use indexmap::IndexMap;
use serde::Serialize;

use super::names::Names;
use crate::{
    net::{DialTarget, Fault, FaultId, HostId, LinkScope, NetEvent, ResetScope, described},
    recording::Recording,
    trace::TraceEvent,
};

/// A fault of the network, or something else that hinders hosts. Faults with one name that
/// were installed and healed at the same times are one band.
#[derive(Debug, Serialize)]
pub(in crate::view) struct FaultBand {
    /// What its author calls it; empty if they do not.
    pub(in crate::view) id: String,
    pub(in crate::view) kind: &'static str,
    pub(in crate::view) says: String,
    pub(in crate::view) from: u64,
    pub(in crate::view) to: Option<u64>,
    first_effect: Option<u64>,
    /// How often it had an effect; `None` if that is not counted.
    hits: Option<u64>,
    /// The hosts that it affects; empty for all.
    pub(in crate::view) hosts: Vec<u32>,
    /// The faults of the network in it.
    #[serde(skip)]
    faults: Vec<FaultId>,
}

impl FaultBand {
    /// Its name: what its author calls it, or what it does.
    pub(in crate::view) fn name(&self) -> &str {
        match self.id.as_str() {
            "" => &self.says,
            id => id,
        }
    }

    /// Whether it is of this fault of the network, perhaps among others.
    pub(super) fn is_of(&self, fault: FaultId) -> bool {
        self.faults.contains(&fault)
    }

    /// The band of one fault, for tests.
    #[cfg(test)]
    pub(super) fn of(fault: FaultId) -> Self {
        FaultBand {
            id: String::new(),
            kind: "latency",
            says: String::new(),
            from: 0,
            to: None,
            first_effect: None,
            hits: None,
            hosts: Vec::new(),
            faults: vec![fault],
        }
    }

    /// Whether two are shown as one.
    fn is_like(&self, other: &FaultBand) -> bool {
        let times = |band: &FaultBand| (band.from, band.to);
        let has_name = !self.id.is_empty() || self.hits.is_none();
        has_name
            && (self.name(), self.kind, times(self)) == (other.name(), other.kind, times(other))
    }

    fn join(&mut self, other: FaultBand) {
        self.first_effect = self
            .first_effect
            .into_iter()
            .chain(other.first_effect)
            .min();
        self.hits = self.hits.zip(other.hits).map(|(one, two)| one + two);
        if self.says != other.says {
            let said = self.says.trim_end_matches(", and others");
            self.says = format!("{said}, and others");
        }
        let is_for_all = self.hosts.is_empty() || other.hosts.is_empty();
        self.faults.extend(other.faults);
        self.hosts.extend(other.hosts);
        self.hosts.sort_unstable();
        self.hosts.dedup();
        if is_for_all {
            self.hosts.clear();
        }
    }
}

/// The faults, in the order of their beginnings.
pub(super) fn bands(recording: &Recording, names: &Names) -> Vec<FaultBand> {
    let mut bands: Vec<FaultBand> = Vec::new();
    let disturbances = recording.disturbances.iter().map(|one| FaultBand {
        id: String::new(),
        kind: one.kind,
        says: one.says.clone(),
        from: one.from.as_nanos(),
        to: one.to.map(|to| to.as_nanos()),
        first_effect: None,
        hits: None,
        hosts: vec![one.host.0],
        faults: Vec::new(),
    });
    for band in of_network(recording, names).into_iter().chain(disturbances) {
        match bands.iter_mut().find(|other| other.is_like(&band)) {
            Some(other) => other.join(band),
            None => bands.push(band),
        }
    }
    bands.sort_by_key(|band| band.from);
    bands
}

/// The faults of the network, in the order of their installation.
fn of_network(recording: &Recording, names: &Names) -> Vec<FaultBand> {
    let mut all: IndexMap<FaultId, FaultBand> = IndexMap::new();
    for entry in &recording.trace.entries {
        let TraceEvent::Net { net } = &entry.event else {
            continue;
        };
        match net {
            NetEvent::FaultPlanned { fault, what, .. } => {
                let is_at_once = what.is_at_once();
                all.insert(
                    *fault,
                    FaultBand {
                        id: String::new(),
                        kind: what.kind(),
                        says: described(what, &|host| names.name(host)),
                        from: entry.at,
                        to: is_at_once.then_some(entry.at),
                        first_effect: None,
                        hits: Some(0),
                        hosts: affected(what),
                        faults: vec![*fault],
                    },
                );
            }
            NetEvent::FaultTriggered { fault, hits, .. } => {
                if let Some(band) = all.get_mut(fault) {
                    band.first_effect.get_or_insert(entry.at);
                    band.hits = band.hits.max(Some(*hits));
                }
            }
            NetEvent::FaultHealed { fault, hits, .. } => {
                if let Some(band) = all.get_mut(fault) {
                    band.to = Some(entry.at);
                    band.hits = Some(*hits);
                }
            }
            _ => {}
        }
    }
    for fault in &recording.faults {
        if let Some(band) = all.get_mut(&fault.id) {
            band.hits = Some(fault.hits);
            band.id = fault.label.as_deref().unwrap_or_default().to_owned();
        }
    }
    all.into_values().collect()
}

/// The hosts that a fault affects; empty for all.
fn affected(fault: &Fault) -> Vec<u32> {
    let hosts: Vec<HostId> = match fault {
        Fault::Partition { groups } => groups.concat(),
        Fault::Cut { from, to, .. } => from.iter().chain(to).copied().collect(),
        Fault::Blackhole { a, b } | Fault::Stall { a, b } | Fault::StallOne { a, b, .. } => {
            vec![*a, *b]
        }
        Fault::Offline { host } | Fault::DropUdp { host } => vec![*host],
        Fault::Dial { from, target, .. } => {
            let target = match target {
                DialTarget::Host(host) => Some(*host),
                DialTarget::Address(_) => None,
            };
            from.iter().copied().chain(target).collect()
        }
        Fault::Latency { scope, .. } | Fault::Loss { scope, .. } => match scope {
            LinkScope::All => Vec::new(),
            LinkScope::Between(a, b) => vec![*a, *b],
            LinkScope::OneWay { from, to } => vec![*from, *to],
            LinkScope::Host(host) => vec![*host],
        },
        Fault::Bandwidth { host, .. } => host.iter().copied().collect(),
        Fault::Reset { scope } => match scope {
            ResetScope::Between(a, b) | ResetScope::Substreams(a, b) | ResetScope::One(a, b, _) => {
                vec![*a, *b]
            }
            ResetScope::Host(host) => vec![*host],
        },
    };
    hosts.into_iter().map(|host| host.0).collect()
}
