//! The rules of the faults in force.
//!
//! Responsible for finding the fault that affects a packet or a dial, in a time
//! that does not depend on the number of hosts, and for counting the effects of
//! each fault. It must not know what a packet carries, nor modify the
//! connections: a reset is executed elsewhere and only recorded here.

use std::collections::BTreeSet;
use std::net::SocketAddrV4;

use dht_harness_clock::VirtualInstant;

use super::config::Bandwidth;
use super::event::{ConnId, EventLog, NetEvent};
use super::fault::{CutScope, DialFault, DialTarget, Fault, FaultId, FaultRecord, LossEffect};
use super::host::HostId;
use super::latency::Latency;
use super::probability::Probability;

/// Every fault so far, and an index of those in force.
#[derive(Debug, Default)]
pub(super) struct Rules {
    records: Vec<FaultRecord>,
    cuts: Vec<(FaultId, CutRule)>,
    /// In order of installation; the last match prevails. Not read for each
    /// packet.
    others: Vec<FaultId>,
    base_latency: Latency,
    version: u32,
}

/// How a link loses segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct LossRule {
    pub(super) fault: FaultId,
    pub(super) probability: Probability,
    pub(super) effect: LossEffect,
}

#[derive(Debug)]
enum CutRule {
    /// The group of each host, by host number; 0 is none.
    Groups(Vec<u32>),
    Sets {
        from: HostSet,
        to: HostSet,
        scope: CutScope,
    },
    Link(HostId, HostId),
    /// The listed connections.
    Connections(BTreeSet<ConnId>),
}

impl CutRule {
    fn cuts(&self, from: HostId, to: HostId, conn: ConnId, syn: bool) -> bool {
        match self {
            CutRule::Groups(groups) => {
                let group = |host: HostId| groups.get(host.index()).copied().unwrap_or(0);
                let (a, b) = (group(from), group(to));
                a != 0 && b != 0 && a != b
            }
            CutRule::Sets {
                from: sources,
                to: targets,
                scope,
            } => (syn || *scope == CutScope::All) && sources.contains(from) && targets.contains(to),
            CutRule::Link(a, b) => (from, to) == (*a, *b) || (from, to) == (*b, *a),
            CutRule::Connections(stalled) => stalled.contains(&conn),
        }
    }
}

#[derive(Debug, Default)]
struct HostSet(Vec<u64>);

impl HostSet {
    fn contains(&self, host: HostId) -> bool {
        self.0
            .get(host.index() / 64)
            .is_some_and(|word| word >> (host.0 % 64) & 1 == 1)
    }
}

impl<'a> FromIterator<&'a HostId> for HostSet {
    fn from_iter<I: IntoIterator<Item = &'a HostId>>(hosts: I) -> Self {
        let mut words = Vec::new();
        for host in hosts {
            let word = host.index() / 64;
            if words.len() <= word {
                words.resize(word + 1, 0);
            }
            words[word] |= 1 << (host.0 % 64);
        }
        HostSet(words)
    }
}

impl Rules {
    pub(super) fn new(base_latency: Latency) -> Self {
        Rules {
            base_latency,
            ..Rules::default()
        }
    }

    /// Puts a fault in force. `existing` are the connections that a stall
    /// affects.
    pub(super) fn install(
        &mut self,
        fault: Fault,
        existing: BTreeSet<ConnId>,
        now: VirtualInstant,
        log: &mut EventLog,
    ) -> FaultId {
        let id = FaultId(self.records.len() as u32 + 1);
        if let Some(rule) = cut_rule(&fault, existing) {
            self.cuts.push((id, rule));
        } else if !matches!(fault, Fault::Reset { .. }) {
            self.others.push(id);
        }
        self.version += 1;
        log.push(NetEvent::FaultPlanned {
            at: now,
            fault: id,
            what: fault.clone(),
        });
        self.records.push(FaultRecord {
            id,
            fault,
            planned_at: now,
            first_hit: None,
            healed_at: None,
            hits: 0,
        });
        id
    }

    /// Heals a fault. Returns false if no fault of this number is in force.
    pub(super) fn lift(&mut self, id: FaultId, now: VirtualInstant, log: &mut EventLog) -> bool {
        let Some(record) = record_mut(&mut self.records, id) else {
            return false;
        };
        if record.healed_at.is_some() {
            return false;
        }
        record.healed_at = Some(now);
        log.push(NetEvent::FaultHealed {
            at: now,
            fault: id,
            hits: record.hits,
        });
        self.cuts.retain(|(cut, _)| *cut != id);
        self.others.retain(|other| *other != id);
        self.version += 1;
        true
    }

    /// Faults that have not been healed, oldest first.
    pub(super) fn standing(&self) -> Vec<FaultId> {
        self.records
            .iter()
            .filter(|record| record.healed_at.is_none())
            .map(|record| record.id)
            .collect()
    }

    pub(super) fn records(&self) -> &[FaultRecord] {
        &self.records
    }

    /// Changes whenever a fault is installed or healed.
    pub(super) fn version(&self) -> u32 {
        self.version
    }

    /// Counts one effect of a fault, and logs the first one.
    pub(super) fn record_hit(&mut self, id: FaultId, now: VirtualInstant, log: &mut EventLog) {
        if let Some(record) = record_mut(&mut self.records, id) {
            record.hits += 1;
            if record.first_hit.is_none() {
                record.first_hit = Some(now);
                log.push(NetEvent::FaultTriggered {
                    at: now,
                    fault: id,
                    hits: 1,
                });
            }
        }
    }

    /// The fault that drops a packet of a connection in this direction, if any.
    pub(super) fn cut(&self, from: HostId, to: HostId, conn: ConnId, syn: bool) -> Option<FaultId> {
        self.cuts
            .iter()
            .find(|(_, rule)| rule.cuts(from, to, conn, syn))
            .map(|(id, _)| *id)
    }

    /// The fault that determines the outcome of a dial, if any: the one
    /// installed last.
    pub(super) fn dial(
        &self,
        from: HostId,
        to: Option<HostId>,
        address: SocketAddrV4,
    ) -> Option<(FaultId, DialFault)> {
        self.others().find_map(|(id, fault)| match *fault {
            Fault::Dial {
                from: whose,
                target,
                outcome,
            } if whose.is_none_or(|whose| whose == from) => {
                let hit = match target {
                    DialTarget::Host(host) => Some(host) == to,
                    DialTarget::Address(target) => target == address,
                };
                hit.then_some((id, outcome))
            }
            _ => None,
        })
    }

    /// The latency of a link, and the fault that sets it, if any.
    pub(super) fn latency(&self, from: HostId, to: HostId) -> (Latency, Option<FaultId>) {
        self.others()
            .find_map(|(id, fault)| match *fault {
                Fault::Latency { scope, latency } if scope.covers(from, to) => {
                    Some((latency, Some(id)))
                }
                _ => None,
            })
            .unwrap_or((self.base_latency, None))
    }

    /// The loss rule of a link, if a fault sets one.
    pub(super) fn loss(&self, from: HostId, to: HostId) -> Option<LossRule> {
        self.others().find_map(|(fault, rule)| match *rule {
            Fault::Loss {
                scope,
                probability,
                effect,
            } if scope.covers(from, to) => Some(LossRule {
                fault,
                probability,
                effect,
            }),
            _ => None,
        })
    }

    /// The bandwidth that a fault sets for a host, if any.
    pub(super) fn bandwidth(&self, host: HostId) -> Option<Option<Bandwidth>> {
        self.others().find_map(|(_, fault)| match *fault {
            Fault::Bandwidth {
                host: whose,
                bandwidth,
            } if whose.is_none_or(|whose| whose == host) => Some(bandwidth),
            _ => None,
        })
    }

    /// Faults in force other than cuts, last installed first.
    fn others(&self) -> impl Iterator<Item = (FaultId, &Fault)> {
        self.others.iter().rev().filter_map(|id| {
            let record = self.records.get(id.0 as usize - 1)?;
            Some((*id, &record.fault))
        })
    }
}

fn record_mut(records: &mut [FaultRecord], id: FaultId) -> Option<&mut FaultRecord> {
    records.get_mut((id.0 as usize).checked_sub(1)?)
}

fn cut_rule(fault: &Fault, existing: BTreeSet<ConnId>) -> Option<CutRule> {
    match fault {
        Fault::Partition { groups } => {
            let mut group_of: Vec<u32> = Vec::new();
            for (number, group) in (1..).zip(groups) {
                for host in group {
                    if group_of.len() <= host.index() {
                        group_of.resize(host.index() + 1, 0);
                    }
                    let entry = &mut group_of[host.index()];
                    if *entry == 0 {
                        *entry = number;
                    }
                }
            }
            Some(CutRule::Groups(group_of))
        }
        Fault::Cut { from, to, scope } => Some(CutRule::Sets {
            from: from.iter().collect(),
            to: to.iter().collect(),
            scope: *scope,
        }),
        Fault::Blackhole { a, b } => Some(CutRule::Link(*a, *b)),
        Fault::Stall { .. } => Some(CutRule::Connections(existing)),
        _ => None,
    }
}
