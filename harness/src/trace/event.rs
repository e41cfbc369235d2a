//! The events of a trace.

use std::{borrow::Cow, fmt};

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    BehaviourTag, DialAttempt, DialFailure, EntryChange, Labelled, OrderedDial, RouterTag,
    Undigested,
};
use crate::net::{HostId, NetEvent};

/// The version of the format of a trace file, which is in its first line.
pub const TRACE_FORMAT: u32 = 2;

/// The first line of a trace file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TraceHeader {
    /// The version of the format: [`TRACE_FORMAT`].
    pub(super) format: u32,
    /// The version of this crate.
    pub(super) harness: Cow<'static, str>,
}

/// One line of a trace, after the first.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
pub struct TraceEntry {
    /// Position in the run, from 0.
    pub seq: u64,
    /// Virtual time in nanoseconds since the start of the simulation.
    pub at: u64,
    /// The host it happened on, if any.
    pub host: Option<u32>,
    /// What happened.
    #[serde(flatten)]
    pub event: TraceEvent,
}

impl TraceEntry {
    /// The virtual time of the event.
    pub fn instant(&self) -> VirtualInstant {
        VirtualInstant::from_nanos(self.at)
    }
}

impl fmt::Display for TraceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.instant())?;
        if let Some(host) = self.host {
            write!(f, "host {host} ")?;
        }
        write!(f, "{}", self.event)
    }
}

/// A peer in a trace. To keep traces readable, it is the number of its host if
/// a host of the simulation has this identity, else the peer id itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerTag {
    /// The peer runs on this host.
    Host(u32),
    /// No host of the simulation has this identity.
    #[serde(serialize_with = "as_text", deserialize_with = "from_text")]
    Foreign(PeerId),
}

fn as_text<S: serde::Serializer>(peer: &PeerId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(peer)
}

fn from_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PeerId, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

impl fmt::Display for PeerTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PeerTag::Host(number) => write!(f, "host {number}"),
            PeerTag::Foreign(peer) => write!(f, "{peer}"),
        }
    }
}

/// An event of a simulation.
///
/// Identifiers that libp2p counts process-wide (connections, listeners) are
/// renumbered from 1 per simulation before they are recorded.
#[derive(Clone, Debug, Hash, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TraceEvent {
    /// Something happened in the network: a dial, a delivery, a fault.
    Net {
        /// What the network reports.
        net: NetEvent,
    },
    /// A timer of the host fired.
    Timer,
    /// A host was spawned.
    Spawned {
        /// The name the test gave it.
        name: String,
        /// Its identity.
        peer: String,
        /// The routers in front of it, from the nearest one on; none on the internet.
        #[serde(default)]
        routers: Undigested<Vec<RouterTag>>,
    },
    /// A host's state changed: closing, closed, crashed, panicked.
    State {
        /// The state it is in now.
        state: Cow<'static, str>,
    },
    /// The swarm started to dial.
    Dialing {
        /// The peer, if the dial names one.
        peer: Option<PeerTag>,
        /// The connection attempt.
        connection: u32,
    },
    /// A connection came up in the swarm.
    ConnectionEstablished {
        /// The remote.
        peer: PeerTag,
        /// The connection.
        connection: u32,
        /// Whether the local side dialled.
        dialer: bool,
        /// How many connections to that peer there are now.
        established: u32,
        /// The relay through which it leads; `None` for a direct connection.
        #[serde(default)]
        relay: Undigested<Option<PeerTag>>,
    },
    /// A connection went down in the swarm.
    ConnectionClosed {
        /// The remote.
        peer: PeerTag,
        /// The connection.
        connection: u32,
        /// How many connections to that peer remain.
        remaining: u32,
        /// The cause, unless it was closed in an orderly way.
        cause: Option<String>,
    },
    /// An inbound connection arrived and is being negotiated.
    Incoming {
        /// The connection attempt.
        connection: u32,
    },
    /// An inbound connection failed before it came up.
    IncomingFailed {
        /// The dialing peer, if known.
        peer: Option<PeerTag>,
        /// The connection attempt.
        connection: u32,
        /// What failed.
        error: String,
        /// Its causes, if the text of the error does not name them: those of a denial.
        #[serde(default)]
        cause: Undigested<Option<String>>,
    },
    /// A dial failed.
    DialFailed {
        /// The peer to dial, if the dial named one.
        peer: Option<PeerTag>,
        /// The connection attempt.
        connection: u32,
        /// What failed.
        error: Labelled<DialFailure>,
        /// The addresses that it has tried, if it has come to one.
        #[serde(default)]
        tried: Undigested<Vec<DialAttempt>>,
        /// Its causes, if the text of the error does not name them: those of a denial.
        #[serde(default)]
        cause: Undigested<Option<String>>,
    },
    /// A listener reported an address.
    Listening {
        /// The address.
        address: String,
    },
    /// A listener's address expired, or the listener closed.
    NotListening {
        /// The address.
        address: String,
    },
    /// Another event of the swarm or of a behaviour in it.
    Swarm {
        /// Its name.
        kind: Cow<'static, str>,
        /// What the event says: of a behaviour, whose kind is `Behaviour`, if its owner tells
        /// it; of kad and the swarm, if it concerns a peer or an address.
        #[serde(default)]
        behaviour: Undigested<Option<Box<BehaviourTag>>>,
    },
    /// The routing table admitted a peer or changed its addresses.
    RoutingUpdated {
        /// The peer.
        peer: PeerTag,
        /// Whether it is new in the table.
        new: bool,
        /// How many addresses it has there.
        addresses: usize,
        /// The peer it replaced.
        evicted: Option<PeerTag>,
    },
    /// A query made a step.
    QueryStep {
        /// The query, numbered by the behaviour.
        query: String,
        /// The kind of query.
        kind: Cow<'static, str>,
        /// The step, from 1.
        step: usize,
        /// Whether it is the last.
        last: bool,
        /// Whether the step reports success.
        ok: bool,
        /// Requests sent so far.
        requests: u32,
        /// Requests that succeeded so far.
        successes: u32,
        /// Requests that failed so far.
        failures: u32,
    },
    /// The harness read a routing table. Reading applies pending entries that
    /// are due.
    TableRead {
        /// How many entries it held.
        entries: usize,
        /// The changes since the last read, one readable line each.
        changes: Vec<Labelled<EntryChange>>,
    },
    /// An invariant was violated.
    Violation {
        /// The invariant.
        invariant: Cow<'static, str>,
    },
    /// The test planned an action.
    Planned {
        /// The test's name for it.
        action: String,
        /// When it is due, in nanoseconds since the start of the simulation.
        due: u64,
    },
    /// A planned action is executed; its effects follow.
    Fired {
        /// The test's name for it.
        action: String,
    },
    /// The test called a control function.
    Control {
        /// The call in readable form.
        action: String,
        /// The target, if the call is a dial.
        #[serde(default)]
        dial: Undigested<Option<OrderedDial>>,
    },
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The same rendering serves readers and programs: the JSON form without
        // its braces.
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(json.trim_start_matches('{').trim_end_matches('}'))
    }
}

impl From<HostId> for PeerTag {
    fn from(host: HostId) -> Self {
        PeerTag::Host(host.0)
    }
}
