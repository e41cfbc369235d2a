//! The events of the network, for traces and checks.
//!
//! Responsible for the form of the record. It must not know its readers.

use std::fmt;
use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::error::ConnError;
use super::fault::{Fault, FaultId};
use super::host::HostId;
use super::router::RouterId;

/// A connection, from its first SYN on. Numbered from 1 per simulation; numbers
/// are not reused.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
pub struct ConnId(pub u32);

impl fmt::Display for ConnId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "connection {}", self.0)
    }
}

/// The type of a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ConnKind {
    /// One ordered byte stream, which the user's own stack upgrades.
    Stream,
    /// Substreams between known identities, without cryptography.
    Mux,
}

/// How one side released a connection.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum CloseKind {
    /// In an orderly way: the remote can read to the end.
    Graceful,
    /// With a reset, because data was unread or the connection not accepted.
    Abortive,
    /// The connection had already failed.
    AfterFailure,
}

/// An event of the network. `at` is virtual time, serialised as nanoseconds
/// since the start of the simulation.
#[derive(Clone, Debug, PartialEq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum NetEvent {
    /// A host started to listen.
    ListenerOpened {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// The address, with the port that was assigned.
        address: Endpoint,
    },
    /// A listener was closed, together with its backlog.
    ListenerClosed {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// The port.
        port: u16,
        /// Connections reset because they had not been accepted.
        aborted: u32,
    },
    /// A dial was started.
    Dialled {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that it attempts.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The host that has the address now, if any.
        to: Option<HostId>,
        /// The address.
        address: Endpoint,
        /// The type of connection that the dial requests.
        kind: ConnKind,
    },
    /// A dial reached a listener and entered its backlog.
    Accepted {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The listener.
        to: HostId,
    },
    /// The dialer learned that its dial succeeded.
    Connected {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The listener.
        to: HostId,
    },
    /// The dialer learned, or concluded by timeout, that its dial failed.
    DialFailed {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that was attempted.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The reason.
        error: ConnError,
    },
    /// The dialer dropped the dial before it had an outcome.
    DialAborted {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that was attempted.
        conn: ConnId,
        /// The dialer.
        from: HostId,
    },
    /// A segment reached a live end of a connection.
    Delivered {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The sender.
        from: HostId,
        /// The receiver.
        to: HostId,
        /// Payload in bytes; zero for frames that only open, close or return
        /// credit.
        bytes: u32,
        /// xxh3-64 of the payload. If several writes travelled together, the
        /// hash of each is the seed of the next.
        hash: u64,
    },
    /// One side released a connection.
    Closed {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The side.
        host: HostId,
        /// How.
        how: CloseKind,
    },
    /// One side learned that its connection was ended by the remote or the
    /// network.
    Lost {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The side.
        host: HostId,
        /// The reason.
        error: ConnError,
    },
    /// A host crashed.
    HostDown {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
    },
    /// A host came back up, with nothing alive on it.
    HostUp {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
    },
    /// A host received another ip.
    AddressChanged {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The host.
        host: HostId,
        /// The former ip.
        old: Ipv4Addr,
        /// The new ip.
        new: Ipv4Addr,
    },
    /// A fault was installed.
    FaultPlanned {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// Its number.
        fault: FaultId,
        /// Its effect.
        what: Fault,
    },
    /// A fault had its first effect.
    FaultTriggered {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The fault.
        fault: FaultId,
        /// The number of effects so far.
        hits: u64,
    },
    /// A fault was healed.
    FaultHealed {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The fault.
        fault: FaultId,
        /// The number of effects it had.
        hits: u64,
    },
    // Digests depend on the order of the variants: new ones stand at the end.
    /// The dial met a dial of the other side, and both became one connection: a
    /// simultaneous open (RFC 9293, section 3.5).
    DialMerged {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection that was attempted.
        conn: ConnId,
        /// The dialer.
        from: HostId,
        /// The connection, which the other side's dial had attempted.
        into: ConnId,
    },
    /// A router has forgotten all that it remembered.
    RouterRestarted {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The router.
        router: RouterId,
        /// The address that it has outside now.
        outer: Ipv4Addr,
    },
    /// A packet has come to a router that has forgotten its connection. Told once until the
    /// router takes the connection up again.
    Forgotten {
        /// When.
        #[serde(with = "nanoseconds")]
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The host that has sent the packet.
        from: HostId,
        /// The router.
        router: RouterId,
        /// What the test calls the router, if it does.
        name: Option<String>,
        /// Whether the router drops the packet. Otherwise it leaves by another port, and the
        /// other side answers with a reset.
        dropped: bool,
    },
}

impl NetEvent {
    /// The host on which it happened; `None` for events of the whole network.
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
            | NetEvent::DialAborted { from, .. }
            | NetEvent::DialMerged { from, .. }
            | NetEvent::Forgotten { from, .. } => Some(*from),
            NetEvent::Accepted { to, .. } | NetEvent::Delivered { to, .. } => Some(*to),
            NetEvent::FaultPlanned { .. }
            | NetEvent::RouterRestarted { .. }
            | NetEvent::FaultTriggered { .. }
            | NetEvent::FaultHealed { .. } => None,
        }
    }
}

mod nanoseconds {
    use dht_harness_clock::VirtualInstant;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        at: &VirtualInstant,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(at.as_nanos())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<VirtualInstant, D::Error> {
        u64::deserialize(deserializer).map(VirtualInstant::from_nanos)
    }
}

/// The events since the last drain.
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
