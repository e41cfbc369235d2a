//! Faults as data: what goes wrong, for whom, and what became of it.
//!
//! Responsible for the form in which a fault is planned, recorded and shown. It
//! must not know how a fault takes effect.

use std::fmt;
use std::net::SocketAddrV4;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::config::Bandwidth;
use super::host::HostId;
use super::latency::Latency;
use super::probability::Probability;

/// A fault, numbered from 1 in the order of installation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct FaultId(pub u32);

impl fmt::Display for FaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "fault {}", self.0)
    }
}

/// Something that goes wrong from its installation until it is healed.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// Hosts of different groups do not reach each other. A host in no group
    /// reaches and is reached by all; one named twice belongs to the first
    /// group that names it.
    Partition {
        /// The groups.
        groups: Vec<Vec<HostId>>,
    },
    /// Packets from one set of hosts do not reach the other; the way back is
    /// open unless the sets overlap.
    Cut {
        /// Whose packets are dropped.
        from: Vec<HostId>,
        /// On the way to whom.
        to: Vec<HostId>,
        /// Which packets.
        scope: CutScope,
    },
    /// Nothing passes between the two hosts, either way.
    Blackhole {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
    },
    /// The connections that two hosts have when it is installed carry nothing,
    /// either way: what is sent waits until it is healed. Dials between them,
    /// and what these lead to, work. As in a cut, who waits too long for an
    /// acknowledgement gives its connection up.
    Stall {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
    },
    /// Dials to the target end otherwise than they would.
    Dial {
        /// Whose dials; none for everybody's.
        from: Option<HostId>,
        /// To where.
        target: DialTarget,
        /// How they end.
        outcome: DialFault,
    },
    /// Another latency; the fault installed last prevails.
    Latency {
        /// Of which links.
        scope: LinkScope,
        /// The latency.
        latency: Latency,
    },
    /// Other rates of access links; the fault installed last prevails.
    Bandwidth {
        /// Of which host; none for all.
        host: Option<HostId>,
        /// The rates; none for unlimited.
        bandwidth: Option<Bandwidth>,
    },
    /// Each segment is lost with a probability, drawn from a source of the link's
    /// own; the fault installed last prevails.
    Loss {
        /// On which links.
        scope: LinkScope,
        /// How likely.
        probability: Probability,
        /// What becomes of a lost segment.
        effect: LossEffect,
    },
    /// Connections or substreams are reset, once, when the fault is installed.
    /// Both ends see it at once.
    Reset {
        /// Which ones.
        scope: ResetScope,
    },
}

impl Fault {
    /// Whether it keeps something from arriving that two connected hosts tell each
    /// other, for as long as it lasts. What only comes late arrives.
    pub(crate) fn hinders(&self, a: HostId, b: HostId) -> bool {
        let are =
            |one: &HostId, other: &HostId| (*one, *other) == (a, b) || (*one, *other) == (b, a);
        match self {
            Fault::Partition { groups } => {
                let group = |host| groups.iter().position(|group| group.contains(&host));
                matches!((group(a), group(b)), (Some(one), Some(other)) if one != other)
            }
            Fault::Cut { from, to, scope } => {
                let cuts = |one, other| from.contains(&one) && to.contains(&other);
                *scope == CutScope::All && (cuts(a, b) || cuts(b, a))
            }
            Fault::Blackhole { a: one, b: other } | Fault::Stall { a: one, b: other } => {
                are(one, other)
            }
            Fault::Loss { scope, effect, .. } => {
                *effect == LossEffect::Reset && (scope.covers(a, b) || scope.covers(b, a))
            }
            Fault::Reset { scope } => match scope {
                ResetScope::Between(one, other) | ResetScope::Substreams(one, other) => {
                    are(one, other)
                }
                ResetScope::Host(host) => [a, b].contains(host),
            },
            Fault::Dial { .. } | Fault::Latency { .. } | Fault::Bandwidth { .. } => false,
        }
    }
}

impl LinkScope {
    /// Whether it holds for this direction.
    pub(super) fn covers(self, from: HostId, to: HostId) -> bool {
        match self {
            LinkScope::All => true,
            LinkScope::Between(a, b) => (from, to) == (a, b) || (from, to) == (b, a),
            LinkScope::OneWay { from: a, to: b } => (from, to) == (a, b),
            LinkScope::Host(host) => from == host || to == host,
        }
    }
}

impl FaultRecord {
    /// When it was over: lifted, or, of a reset, when it was installed. `None` while
    /// it stands.
    pub(crate) fn over_at(&self) -> Option<VirtualInstant> {
        let is_at_once = matches!(self.fault, Fault::Reset { .. });
        self.healed_at
            .or_else(|| is_at_once.then_some(self.planned_at))
    }
}

/// Which packets a cut drops.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum CutScope {
    /// All of them.
    All,
    /// SYNs only: living connections are untouched.
    DialsOnly,
}

/// What a dial fault applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum DialTarget {
    /// Dials to a host, at whatever port.
    Host(HostId),
    /// Dials to one address, whoever has it.
    Address(SocketAddrV4),
}

/// How a faulty dial ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum DialFault {
    /// Refused, one round trip later.
    Refuse,
    /// Never answered: the dialer's timeout decides.
    Hang,
    /// Accepted and then reset, for both sides.
    ResetAfterAccept,
}

/// Which links a latency or a loss applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum LinkScope {
    /// All links.
    All,
    /// Both directions between two hosts.
    Between(HostId, HostId),
    /// One direction.
    OneWay {
        /// From here.
        from: HostId,
        /// To here.
        to: HostId,
    },
    /// Every link from or to a host.
    Host(HostId),
}

/// What becomes of a lost segment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum LossEffect {
    /// It is sent again and arrives so much later; what follows it on the same
    /// connection does not overtake it.
    Delay(Duration),
    /// When it should arrive, both ends of its connection see a reset instead. A
    /// dial that is still under way is refused.
    Reset,
}

/// What a reset hits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ResetScope {
    /// The connections between two hosts.
    Between(HostId, HostId),
    /// The connections of one host.
    Host(HostId),
    /// The open substreams between two hosts; their connections stay up. Only
    /// those of muxed connections can be told apart.
    Substreams(HostId, HostId),
}

/// A fault and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRecord {
    /// Its name.
    pub id: FaultId,
    /// What it does.
    pub fault: Fault,
    /// When it was installed.
    pub planned_at: VirtualInstant,
    /// When it first had an effect; none if it never had one.
    pub first_hit: Option<VirtualInstant>,
    /// When it was lifted; none if it still stands.
    pub healed_at: Option<VirtualInstant>,
    /// How often it had an effect.
    pub hits: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: HostId = HostId(0);
    const B: HostId = HostId(1);
    const C: HostId = HostId(2);

    #[test]
    fn what_keeps_two_hosts_apart_keeps_others_together() {
        let cut = |scope| Fault::Cut {
            from: vec![A],
            to: vec![B],
            scope,
        };
        let loss = |effect| Fault::Loss {
            scope: LinkScope::OneWay { from: A, to: B },
            probability: Probability::new(0.5).expect("it is one"),
            effect,
        };
        let hindering = [
            Fault::Partition {
                groups: vec![vec![A], vec![B, C]],
            },
            cut(CutScope::All),
            Fault::Blackhole { a: A, b: B },
            Fault::Stall { a: B, b: A },
            loss(LossEffect::Reset),
            Fault::Reset {
                scope: ResetScope::Substreams(A, B),
            },
        ];
        for fault in hindering {
            assert!(fault.hinders(A, B) && fault.hinders(B, A), "{fault:?}");
            assert!(!fault.hinders(B, C), "{fault:?}");
        }
        let late = Fault::Latency {
            scope: LinkScope::All,
            latency: Latency::Constant(Duration::from_secs(1)),
        };
        let delayed = loss(LossEffect::Delay(Duration::from_secs(1)));
        for fault in [cut(CutScope::DialsOnly), delayed, late] {
            assert!(!fault.hinders(A, B), "{fault:?}");
        }
    }
}
