//! The rules of the faults in force.
//!
//! Responsible for finding the fault that affects a packet or a dial, in a time
//! that does not depend on the number of hosts, and for counting the effects of
//! each fault. It must not know what a packet carries, nor modify the
//! connections: a reset is executed elsewhere and only recorded here.

use std::collections::{BTreeMap, BTreeSet};

use dht_harness_clock::VirtualInstant;

use super::config::{Bandwidth, NetworkConfig};
use super::endpoint::Endpoint;
use super::event::{ConnId, EventLog, NetEvent};
use super::fault::{
    CutScope, DialFault, DialTarget, Fault, FaultId, FaultRecord, LinkScope, LossEffect,
};
use super::host::HostId;
use super::latency::Latency;
use super::probability::Probability;
use super::regions::Regions;

/// Every fault so far, and an index of those in force.
#[derive(Debug, Default)]
pub(super) struct Rules {
    records: Vec<FaultRecord>,
    cuts: Vec<(FaultId, CutRule)>,
    /// In order of installation, as the following ones; the last match prevails. Not
    /// read for each packet.
    dials: Vec<(FaultId, DialRule)>,
    latencies: Vec<(FaultId, LatencyRule)>,
    losses: Vec<(FaultId, LinkScope, LossRule)>,
    bandwidths: Vec<(FaultId, BandwidthRule)>,
    /// The latency of links that no fault sets.
    base_latency: Latency,
    /// The regions whose latencies replace it.
    regions: Option<Regions>,
    /// The regions of the hosts that were placed in one.
    places: BTreeMap<HostId, u32>,
    version: u32,
    /// The faults that were healed because their guards were dropped.
    dropped: BTreeSet<FaultId>,
}

/// How dials end.
#[derive(Clone, Copy, Debug)]
struct DialRule {
    from: Option<HostId>,
    target: DialTarget,
    outcome: DialFault,
}

impl DialRule {
    fn applies(&self, from: HostId, to: Option<HostId>, address: Endpoint) -> bool {
        let hit = match self.target {
            DialTarget::Host(host) => Some(host) == to,
            DialTarget::Address(target) => target == address,
        };
        hit && self.from.is_none_or(|whose| whose == from)
    }
}

/// The latency of links.
#[derive(Clone, Debug)]
struct LatencyRule {
    scope: LinkScope,
    latency: Latency,
}

/// The bandwidth of access links.
#[derive(Clone, Copy, Debug)]
struct BandwidthRule {
    host: Option<HostId>,
    bandwidth: Option<Bandwidth>,
}

/// How a link loses segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct LossRule {
    pub(super) fault: FaultId,
    pub(super) probability: Probability,
    pub(super) effect: LossEffect,
}

/// A packet, as the faults see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) from: HostId,
    pub(super) to: HostId,
    pub(super) conn: ConnId,
    pub(super) is_syn: bool,
    pub(super) is_udp: bool,
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
    Host(HostId),
    /// The packets of UDP of a host.
    Udp(HostId),
    /// The listed connections.
    Connections(BTreeSet<ConnId>),
}

impl CutRule {
    fn cuts(&self, packet: Packet) -> bool {
        let Packet {
            from,
            to,
            conn,
            is_syn,
            is_udp,
        } = packet;
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
            } => {
                (is_syn || *scope == CutScope::All)
                    && sources.contains(from)
                    && targets.contains(to)
            }
            CutRule::Host(host) => [from, to].contains(host),
            CutRule::Udp(host) => is_udp && [from, to].contains(host),
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
    pub(super) fn new(config: &NetworkConfig) -> Self {
        Rules {
            base_latency: config.latency.clone(),
            regions: config.regions.clone(),
            ..Rules::default()
        }
    }

    /// Places a host in the region with this name. Returns false if there is none.
    pub(super) fn place(&mut self, host: HostId, region: &str) -> bool {
        let regions = self.regions.as_ref();
        let Some(number) = regions.and_then(|regions| regions.number(region)) else {
            return false;
        };
        self.places.insert(host, number);
        self.version += 1;
        true
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
        self.index(id, &fault, existing);
        self.version += 1;
        log.push(NetEvent::FaultPlanned {
            at: now,
            fault: id,
            what: fault.clone(),
        });
        self.records.push(FaultRecord {
            id,
            fault,
            label: None,
            planned_at: now,
            first_hit: None,
            healed_at: None,
            hits: 0,
        });
        id
    }

    /// Sets what reports call a fault.
    pub(super) fn label(&mut self, id: FaultId, label: &str) {
        let mut records = self.records.iter_mut();
        if let Some(record) = records.find(|record| record.id == id) {
            record.label = Some(label.into());
        }
    }

    /// Adds a fault to the rules that are read for each packet, dial or link.
    fn index(&mut self, id: FaultId, fault: &Fault, existing: BTreeSet<ConnId>) {
        match *fault {
            Fault::Partition { ref groups } => {
                self.cuts.push((id, CutRule::Groups(group_of_each(groups))));
            }
            Fault::Cut {
                ref from,
                ref to,
                scope,
            } => {
                let (from, to) = (from.iter().collect(), to.iter().collect());
                self.cuts.push((id, CutRule::Sets { from, to, scope }));
            }
            Fault::Blackhole { a, b } => self.cuts.push((id, CutRule::Link(a, b))),
            Fault::Stall { .. } | Fault::StallOne { .. } => {
                self.cuts.push((id, CutRule::Connections(existing)));
            }
            Fault::Offline { host } => self.cuts.push((id, CutRule::Host(host))),
            Fault::DropUdp { host } => self.cuts.push((id, CutRule::Udp(host))),
            Fault::Dial {
                from,
                target,
                outcome,
            } => {
                let rule = DialRule {
                    from,
                    target,
                    outcome,
                };
                self.dials.push((id, rule));
            }
            Fault::Latency { scope, ref latency } => {
                let latency = latency.clone();
                self.latencies.push((id, LatencyRule { scope, latency }));
            }
            Fault::Loss {
                scope,
                probability,
                effect,
            } => {
                let rule = LossRule {
                    fault: id,
                    probability,
                    effect,
                };
                self.losses.push((id, scope, rule));
            }
            Fault::Bandwidth { host, bandwidth } => {
                self.bandwidths
                    .push((id, BandwidthRule { host, bandwidth }));
            }
            // The network executes it at once.
            Fault::Reset { .. } => {}
        }
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
        self.dials.retain(|(rule, _)| *rule != id);
        self.latencies.retain(|(rule, _)| *rule != id);
        self.losses.retain(|(rule, ..)| *rule != id);
        self.bandwidths.retain(|(rule, _)| *rule != id);
        self.version += 1;
        true
    }

    /// Notes that a fault was healed because its guard was dropped.
    pub(super) fn note_dropped(&mut self, id: FaultId) {
        self.dropped.insert(id);
    }

    pub(super) fn was_dropped(&self, id: FaultId) -> bool {
        self.dropped.contains(&id)
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

    /// The fault that drops a packet, if any.
    pub(super) fn cut(&self, packet: Packet) -> Option<FaultId> {
        self.cuts
            .iter()
            .find(|(_, rule)| rule.cuts(packet))
            .map(|(id, _)| *id)
    }

    /// The fault that determines the outcome of a dial, if any: the one
    /// installed last.
    pub(super) fn dial(
        &self,
        from: HostId,
        to: Option<HostId>,
        address: Endpoint,
    ) -> Option<(FaultId, DialFault)> {
        let mut rules = self.dials.iter().rev();
        let (id, rule) = rules.find(|(_, rule)| rule.applies(from, to, address))?;
        Some((*id, rule.outcome))
    }

    /// The host whose network interface a fault takes away.
    pub(super) fn interface(&self, id: FaultId) -> Option<HostId> {
        let mut records = self.records.iter();
        match records.find(|record| record.id == id)?.fault {
            Fault::Offline { host } => Some(host),
            _ => None,
        }
    }

    /// Whether the network interface of a host is away.
    pub(super) fn is_offline(&self, host: HostId) -> bool {
        let mut cuts = self.cuts.iter();
        cuts.any(|(_, rule)| matches!(rule, CutRule::Host(away) if *away == host))
    }

    /// The latency of a link, and the fault that sets it, if any.
    pub(super) fn latency(&self, from: HostId, to: HostId) -> (Latency, Option<FaultId>) {
        let mut rules = self.latencies.iter().rev();
        rules
            .find(|(_, rule)| rule.scope.covers(from, to))
            .map_or_else(
                || (self.base(from, to).clone(), None),
                |(id, rule)| (rule.latency.clone(), Some(*id)),
            )
    }

    /// The latency of a link that no fault sets.
    fn base(&self, from: HostId, to: HostId) -> &Latency {
        let Some(regions) = &self.regions else {
            return &self.base_latency;
        };
        let place = |host: HostId| {
            let placed = self.places.get(&host).copied();
            placed.unwrap_or_else(|| regions.of(host))
        };
        regions.latency(place(from), place(to))
    }

    /// The loss rule of a link, if a fault sets one.
    pub(super) fn loss(&self, from: HostId, to: HostId) -> Option<LossRule> {
        let mut rules = self.losses.iter().rev();
        let (.., rule) = rules.find(|(_, scope, _)| scope.covers(from, to))?;
        Some(*rule)
    }

    /// The bandwidth that a fault sets for a host, if any.
    pub(super) fn bandwidth(&self, host: HostId) -> Option<Option<Bandwidth>> {
        let mut rules = self.bandwidths.iter().rev();
        let (_, rule) = rules.find(|(_, rule)| rule.host.is_none_or(|whose| whose == host))?;
        Some(rule.bandwidth)
    }
}

fn record_mut(records: &mut [FaultRecord], id: FaultId) -> Option<&mut FaultRecord> {
    records.get_mut((id.0 as usize).checked_sub(1)?)
}

/// The group of each host, by host number; 0 is none.
fn group_of_each(groups: &[Vec<HostId>]) -> Vec<u32> {
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
    group_of
}
