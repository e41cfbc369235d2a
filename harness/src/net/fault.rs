//! Faults as data: what fails, for which hosts, and with which effects.
//!
//! Responsible for the form in which a fault is installed, recorded and shown.
//! It must not know how a fault takes effect.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::config::Bandwidth;
use super::endpoint::Endpoint;
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

/// A fault, in force from its installation until it is healed.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
pub enum Fault {
    /// Hosts of different groups cannot reach each other. A host in no group
    /// can reach and be reached by all; a host in several groups belongs to the
    /// first.
    Partition {
        /// The groups.
        groups: Vec<Vec<HostId>>,
    },
    /// Packets from one set of hosts do not reach the other. The opposite
    /// direction is open unless the sets overlap.
    Cut {
        /// The senders whose packets are dropped.
        from: Vec<HostId>,
        /// The receivers.
        to: Vec<HostId>,
        /// Which packets.
        scope: CutScope,
    },
    /// No packets pass between the two hosts, in either direction.
    Blackhole {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
    },
    /// The connections that two hosts have at its installation carry nothing,
    /// in either direction; what is sent waits until the fault is healed. New
    /// dials between the hosts work, and so do their connections. As with a
    /// cut, a side that waits too long for an acknowledgement abandons its
    /// connection.
    Stall {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
    },
    /// Dials to the target end with the given outcome.
    Dial {
        /// The dialer; `None` for all hosts.
        from: Option<HostId>,
        /// The dialled target.
        target: DialTarget,
        /// How they end.
        outcome: DialFault,
    },
    /// Changes latency; the fault installed last prevails.
    Latency {
        /// The affected links.
        scope: LinkScope,
        /// The latency.
        latency: Latency,
    },
    /// Changes the bandwidth of access links; the fault installed last
    /// prevails.
    Bandwidth {
        /// The affected host; `None` for all.
        host: Option<HostId>,
        /// The rates; none for unlimited.
        bandwidth: Option<Bandwidth>,
    },
    /// Each segment is lost with a probability, drawn from the link's own
    /// random source. The fault installed last prevails.
    Loss {
        /// The affected links.
        scope: LinkScope,
        /// The probability for each segment.
        probability: Probability,
        /// What happens to a lost segment.
        effect: LossEffect,
    },
    /// Connections or substreams are reset once, when the fault is installed.
    /// Both ends see it at once.
    Reset {
        /// The affected connections or substreams.
        scope: ResetScope,
    },
    // Digests depend on the order of the variants: new ones stand at the end.
    /// One of the connections that two hosts have at its installation carries nothing, as with
    /// [`Stall`](Fault::Stall). The others work.
    StallOne {
        /// One host.
        a: HostId,
        /// The other.
        b: HostId,
        /// Which connection.
        which: Which,
    },
    /// The network interface of a host is away: nothing passes, in either direction, and neither
    /// side is told. If the host gets another address meanwhile, its connections never carry
    /// anything again.
    Offline {
        /// The host.
        host: HostId,
    },
    /// Each packet of UDP to and from a host is dropped, as networks of offices do: its
    /// connections and dials over QUIC carry nothing, and those over TCP are not affected.
    DropUdp {
        /// The host.
        host: HostId,
    },
}

/// One of several connections.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Which {
    /// The one that was dialled first.
    Oldest,
    /// The one that was dialled last.
    Newest,
}

impl Which {
    /// The one of these, the oldest of which comes first.
    pub(super) fn of<T>(self, mut all: impl DoubleEndedIterator<Item = T>) -> Option<T> {
        match self {
            Which::Oldest => all.next(),
            Which::Newest => all.next_back(),
        }
    }
}

/// Declares the name of each variant once, so that [`Fault::KINDS`] is complete: the
/// match of [`Fault::kind`] does not compile without the name of a new variant.
macro_rules! fault_kinds {
    ($($variant:ident => $kind:literal,)+) => {
        impl Fault {
            /// All [kinds](Self::kind).
            pub const KINDS: &'static [&'static str] = &[$($kind),+];

            /// The name of the variant: one of [`KINDS`](Self::KINDS).
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Fault::$variant { .. } => $kind,)+
                }
            }
        }
    };
}

fault_kinds! {
    Partition => "partition",
    Cut => "cut",
    Blackhole => "blackhole",
    Stall => "stall",
    Dial => "dial",
    Latency => "latency",
    Bandwidth => "bandwidth",
    Loss => "loss",
    Reset => "reset",
    StallOne => "stall-one",
    Offline => "offline",
    DropUdp => "drop-udp",
}

impl Fault {
    /// Whether the fault is over once it is installed.
    pub(crate) fn is_at_once(&self) -> bool {
        match self {
            Fault::Reset { .. } => true,
            Fault::Partition { .. }
            | Fault::Cut { .. }
            | Fault::Blackhole { .. }
            | Fault::Stall { .. }
            | Fault::Dial { .. }
            | Fault::Latency { .. }
            | Fault::Bandwidth { .. }
            | Fault::Loss { .. }
            | Fault::StallOne { .. }
            | Fault::Offline { .. }
            | Fault::DropUdp { .. } => false,
        }
    }

    /// Whether the fault, while in force, drops or holds back the packets of some
    /// links.
    pub(crate) fn cuts_links(&self) -> bool {
        match self {
            Fault::Partition { .. }
            | Fault::Cut { .. }
            | Fault::Blackhole { .. }
            | Fault::Stall { .. }
            | Fault::StallOne { .. }
            | Fault::Offline { .. }
            | Fault::DropUdp { .. } => true,
            Fault::Dial { .. }
            | Fault::Latency { .. }
            | Fault::Bandwidth { .. }
            | Fault::Loss { .. }
            | Fault::Reset { .. } => false,
        }
    }

    /// Whether the fault, while in force, keeps hosts apart that it cuts: neither their
    /// connections nor new ones carry anything, by any carrier.
    pub(crate) fn separates(&self) -> bool {
        let spares_some = matches!(
            self,
            Fault::Stall { .. } | Fault::StallOne { .. } | Fault::DropUdp { .. }
        );
        self.cuts_links() && !spares_some
    }

    /// Whether the fault, while in force, keeps data between two connected
    /// hosts from arriving, over one of their connections at least. Delayed data counts as
    /// arriving.
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
            Fault::Blackhole { a: one, b: other }
            | Fault::Stall { a: one, b: other }
            | Fault::StallOne {
                a: one, b: other, ..
            } => are(one, other),
            Fault::Offline { host } | Fault::DropUdp { host } => [a, b].contains(host),
            Fault::Loss { scope, effect, .. } => {
                *effect == LossEffect::Reset && (scope.covers(a, b) || scope.covers(b, a))
            }
            Fault::Reset { scope } => match scope {
                ResetScope::Between(one, other)
                | ResetScope::Substreams(one, other)
                | ResetScope::One(one, other, _) => are(one, other),
                ResetScope::Host(host) => [a, b].contains(host),
            },
            Fault::Dial { .. } | Fault::Latency { .. } | Fault::Bandwidth { .. } => false,
        }
    }
}

impl LinkScope {
    /// Whether it includes this direction.
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
    /// When the fault ended: when it was healed or, for a reset, when it was
    /// installed. `None` while it is in force.
    pub(crate) fn over_at(&self) -> Option<VirtualInstant> {
        self.healed_at
            .or_else(|| self.fault.is_at_once().then_some(self.planned_at))
    }
}

/// The packets that a cut drops.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum CutScope {
    /// All of them.
    All,
    /// SYNs only: existing connections are not affected.
    DialsOnly,
}

/// The dials that a dial fault applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum DialTarget {
    /// Dials to a host, at any port.
    Host(HostId),
    /// Dials to one address, whichever host has it.
    Address(Endpoint),
}

impl From<HostId> for DialTarget {
    fn from(host: HostId) -> Self {
        DialTarget::Host(host)
    }
}

/// How a faulty dial ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum DialFault {
    /// Refused, one round trip later.
    Refuse,
    /// Never answered: the dialer's timeout ends the dial.
    Hang,
    /// Accepted and then reset, at both sides.
    ResetAfterAccept,
}

/// The links that a latency or a loss applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum LinkScope {
    /// All links.
    All,
    /// Both directions between two hosts.
    Between(HostId, HostId),
    /// One direction.
    OneWay {
        /// The sender.
        from: HostId,
        /// The receiver.
        to: HostId,
    },
    /// Every link from or to a host.
    Host(HostId),
}

/// The links between two hosts, in both directions.
impl<A: Into<HostId>, B: Into<HostId>> From<(A, B)> for LinkScope {
    fn from((a, b): (A, B)) -> Self {
        LinkScope::Between(a.into(), b.into())
    }
}

/// What happens to a lost segment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum LossEffect {
    /// It is sent again and arrives this much later. Later segments of the same
    /// connection do not overtake it.
    Delay(Duration),
    /// At its arrival time both ends of the connection see a reset instead. A
    /// dial in progress is refused.
    Reset,
}

/// The connections or substreams that a reset applies to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ResetScope {
    /// The connections between two hosts.
    Between(HostId, HostId),
    /// The connections of one host.
    Host(HostId),
    /// The open substreams between two hosts; their connections stay up. Only
    /// possible for muxed connections.
    Substreams(HostId, HostId),
    /// One of the connections between two hosts.
    One(HostId, HostId, Which),
}

/// A fault and its effects.
#[derive(Clone, Debug, PartialEq)]
pub struct FaultRecord {
    /// Its number.
    pub id: FaultId,
    /// The fault.
    pub fault: Fault,
    /// What its author calls it, if they do. Faults with one label are reported as one.
    pub label: Option<Arc<str>>,
    /// When it was installed.
    pub planned_at: VirtualInstant,
    /// When it first had an effect, if it had one.
    pub first_hit: Option<VirtualInstant>,
    /// When it was healed; `None` while it is in force.
    pub healed_at: Option<VirtualInstant>,
    /// The number of effects.
    pub hits: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: HostId = HostId(0);
    const B: HostId = HostId(1);
    const C: HostId = HostId(2);

    #[test]
    fn a_fault_between_two_hosts_does_not_hinder_others() {
        let cut = |scope| Fault::Cut {
            from: vec![A],
            to: vec![B],
            scope,
        };
        let loss = |effect| Fault::Loss {
            scope: LinkScope::OneWay { from: A, to: B },
            probability: Probability::try_from(0.5).expect("0.5 is a probability"),
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
