//! The faults of a run, and when they were in force.

use indexmap::IndexMap;
use serde::Serialize;

use super::names::Names;
use crate::{
    net::{DialTarget, Fault, FaultId, HostId, LinkScope, NetEvent, ResetScope, described},
    recording::Recording,
    trace::TraceEvent,
};

/// A fault.
#[derive(Debug, Serialize)]
pub(in crate::view) struct FaultBand {
    pub(in crate::view) n: u32,
    /// What its author calls it; empty if they do not.
    pub(in crate::view) id: String,
    pub(in crate::view) kind: &'static str,
    pub(in crate::view) says: String,
    pub(in crate::view) from: u64,
    pub(in crate::view) to: Option<u64>,
    first_effect: Option<u64>,
    hits: u64,
    /// The hosts that it affects; empty for all.
    pub(in crate::view) hosts: Vec<u32>,
}

/// The faults, in the order of their installation.
pub(super) fn bands(recording: &Recording, names: &Names) -> Vec<FaultBand> {
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
                        n: fault.0,
                        id: String::new(),
                        kind: what.kind(),
                        says: described(what, &|host| names.name(host)),
                        from: entry.at,
                        to: is_at_once.then_some(entry.at),
                        first_effect: None,
                        hits: 0,
                        hosts: affected(what),
                    },
                );
            }
            NetEvent::FaultTriggered { fault, hits, .. } => {
                if let Some(band) = all.get_mut(fault) {
                    band.first_effect.get_or_insert(entry.at);
                    band.hits = band.hits.max(*hits);
                }
            }
            NetEvent::FaultHealed { fault, hits, .. } => {
                if let Some(band) = all.get_mut(fault) {
                    band.to = Some(entry.at);
                    band.hits = *hits;
                }
            }
            _ => {}
        }
    }
    for fault in &recording.faults {
        if let Some(band) = all.get_mut(&fault.id) {
            band.hits = fault.hits;
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
        Fault::Blackhole { a, b } | Fault::Stall { a, b } => vec![*a, *b],
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
            ResetScope::Between(a, b) | ResetScope::Substreams(a, b) => vec![*a, *b],
            ResetScope::Host(host) => vec![*host],
        },
    };
    hosts.into_iter().map(|host| host.0).collect()
}
