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
    pub first_bite: Option<VirtualInstant>,
    /// When it was lifted; none if it still stands.
    pub healed_at: Option<VirtualInstant>,
    /// How often it had an effect.
    pub bites: u64,
}
