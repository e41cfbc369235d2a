//! What happened on the network, for traces and checks.
//!
//! Responsible for the record's form. It must not know who reads it.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize, Serializer};

use super::error::ConnError;
use super::fault::{Fault, FaultId};
use super::host::HostId;

/// A connection, from the first SYN on. Numbered from 1 per simulation and
/// never used again.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct ConnId(pub u32);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}", self.0)
    }
}

/// What a connection carries.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ConnKind {
    /// One ordered byte pipe, to be upgraded by the user.
    Stream,
    /// Substreams between known identities, without cryptography.
    Mux,
}

/// How one side let go of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum CloseKind {
    /// In good order: the remote reads to the end.
    Graceful,
    /// With a reset, because data were unread or the connection unaccepted.
    Abortive,
    /// The connection had already failed.
    AfterFailure,
}

/// Something that happened on the network. `at` is virtual time, serialised as
/// nanoseconds since the start.
#[derive(Clone, Debug, PartialEq, Hash, Serialize)]
#[non_exhaustive]
pub enum NetEvent {
    /// A host began to listen.
    ListenerOpened {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// Where; the port is the allotted one.
        address: SocketAddrV4,
    },
    /// A listener was closed, with what was in its backlog.
    ListenerClosed {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// The port.
        port: u16,
        /// Connections reset because nobody had accepted them.
        aborted: u32,
    },
    /// A dial was begun.
    Dialled {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection it is to become.
        conn: ConnId,
        /// Who dials.
        from: HostId,
        /// Who has the address now; none if nobody.
        to: Option<HostId>,
        /// The address.
        address: SocketAddrV4,
        /// What the connection is to carry.
        kind: ConnKind,
    },
    /// A dial reached a listener and entered its backlog.
    Accepted {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The listener.
        to: HostId,
    },
    /// The dialer learnt that its dial succeeded.
    Connected {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The listener.
        to: HostId,
    },
    /// The dialer learnt, or concluded, that its dial failed.
    DialFailed {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that did not come to be.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// Why.
        error: ConnError,
    },
    /// The dialer gave the dial up before it had an outcome.
    DialAborted {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that did not come to be.
        conn: ConnId,
        /// The dialer.
        from: HostId,
    },
    /// A segment reached a living end of a connection.
    Delivered {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// Who sent it.
        from: HostId,
        /// Who received it.
        to: HostId,
        /// Payload in bytes; zero for what only opens, closes or gives credit.
        bytes: u32,
        /// xxh3-64 of the payload. Where several writes travelled together,
        /// the hash of each is the seed of the next.
        hash: u64,
    },
    /// One side let go of a connection.
    Closed {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The side.
        host: HostId,
        /// How.
        how: CloseKind,
    },
    /// One side learnt that its connection has ended from without.
    Lost {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The side.
        host: HostId,
        /// Why.
        error: ConnError,
    },
    /// A host crashed.
    HostDown {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
    },
    /// A host came back, with nothing alive on it.
    HostUp {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
    },
    /// A host got another ip.
    AddressChanged {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// The ip it had.
        old: Ipv4Addr,
        /// The ip it has.
        new: Ipv4Addr,
    },
    /// A fault was installed.
    FaultPlanned {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// Its name.
        fault: FaultId,
        /// What it does.
        what: Fault,
    },
    /// A fault had its first effect.
    FaultTriggered {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The fault.
        fault: FaultId,
        /// Effects so far.
        hits: u64,
    },
    /// A fault was lifted.
    FaultHealed {
        /// When.
        #[serde(serialize_with = "nanoseconds")]
        at: VirtualInstant,
        /// The fault.
        fault: FaultId,
        /// Effects it had.
        hits: u64,
    },
}

impl NetEvent {
    /// The host on which it happened; none for what concerns the whole network.
    pub(crate) fn host(&self) -> Option<HostId> {
        match self {
            NetEvent::ListenerOpened { host, .. }
            | NetEvent::ListenerClosed { host, .. }
            | NetEvent::Closed { host, .. }
            | NetEvent::Lost { host, .. }
            | NetEvent::HostDown { host, .. }
            | NetEvent::HostUp { host, .. }
            | NetEvent::AddressChanged { host, .. } => Some(*host),
            NetEvent::Dialled { from, .. }
            | NetEvent::Connected { from, .. }
            | NetEvent::DialFailed { from, .. }
            | NetEvent::DialAborted { from, .. } => Some(*from),
            NetEvent::Accepted { to, .. } | NetEvent::Delivered { to, .. } => Some(*to),
            NetEvent::FaultPlanned { .. }
            | NetEvent::FaultTriggered { .. }
            | NetEvent::FaultHealed { .. } => None,
        }
    }
}

fn nanoseconds<S: Serializer>(at: &VirtualInstant, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(at.as_nanos())
}

/// The record since it was last drained.
#[derive(Debug, Default)]
pub(super) struct EventLog {
    pub(super) events: Vec<NetEvent>,
    pub(super) enabled: bool,
}

impl EventLog {
    pub(super) fn push(&mut self, event: NetEvent) {
        if self.enabled {
            self.events.push(event);
        }
    }
}
