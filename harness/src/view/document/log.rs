//! The events of a run in words.

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;
use serde::{Serialize, Serializer};

use super::names::{Names, Peer};
use crate::{
    net::{HostId, NetEvent},
    recording::Recording,
    trace::{self, Reset, Resets, TraceEvent},
};

/// An event in words. To keep documents small it is written as a list of its fields.
#[derive(Debug)]
pub(in crate::view) struct LogLine {
    pub(in crate::view) at: u64,
    pub(in crate::view) host: Option<u32>,
    pub(in crate::view) kind: &'static str,
    pub(in crate::view) says: String,
}

impl Serialize for LogLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let host = self.host.map_or(-1, i64::from);
        (self.at, host, self.kind, &self.says).serialize(serializer)
    }
}

/// What is known of the hosts of a recorded run.
struct NamesThen<'a> {
    names: &'a Names,
    resets: Resets,
}

impl trace::Names for NamesThen<'_> {
    fn host(&self, host: HostId) -> String {
        self.names.name(host)
    }

    fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        self.names.host_of(peer).map(HostId)
    }

    fn reset(&self, host: HostId, at: VirtualInstant) -> Option<Reset> {
        Some(self.resets.at(host, at))
    }
}

pub(super) fn lines(recording: &Recording, names: &Names) -> Vec<LogLine> {
    let told = NamesThen {
        names,
        resets: Resets::of(&recording.trace.entries),
    };
    let entries = recording.trace.entries.iter();
    let lines = entries.filter_map(|entry| {
        let kind = kind(&entry.event)?;
        Some(LogLine {
            at: entry.at,
            host: entry.host,
            kind,
            says: match &entry.event {
                TraceEvent::DialFailed { .. } | TraceEvent::IncomingFailed { .. } => {
                    names.spelled(&entry.told(&told))
                }
                _ => entry.told(&told),
            },
        })
    });
    // No event tells of a dial that the swarm refuses at once.
    let refused = recording.refused.iter().map(|dial| {
        let target = dial.peer.map(|peer| match names.peer(&peer) {
            Peer::Host(host) => names.name(HostId(host)),
            Peer::Foreign(peer) => peer,
        });
        let target = target.unwrap_or_else(|| "an address".to_owned());
        LogLine {
            at: dial.at.as_nanos(),
            host: Some(dial.host.0),
            kind: "connection",
            says: format!("the dial of {target} fails: {}", names.spelled(&dial.why)),
        }
    });
    let mut lines: Vec<LogLine> = lines.chain(refused).collect();
    lines.sort_by_key(|line| line.at);
    lines
}

/// The group of an event. `None` for deliveries, which are messages, and timers.
fn kind(event: &TraceEvent) -> Option<&'static str> {
    Some(match event {
        TraceEvent::Timer => return None,
        TraceEvent::Net { net } => match net {
            NetEvent::Delivered { .. } => return None,
            NetEvent::FaultPlanned { .. }
            | NetEvent::FaultTriggered { .. }
            | NetEvent::FaultHealed { .. } => "fault",
            NetEvent::HostDown { .. }
            | NetEvent::HostUp { .. }
            | NetEvent::AddressChanged { .. } => "host",
            _ => "network",
        },
        TraceEvent::Spawned { .. } | TraceEvent::State { .. } => "host",
        TraceEvent::Dialing { .. }
        | TraceEvent::DialFailed { .. }
        | TraceEvent::ConnectionEstablished { .. }
        | TraceEvent::ConnectionClosed { .. }
        | TraceEvent::Incoming { .. }
        | TraceEvent::IncomingFailed { .. } => "connection",
        TraceEvent::Listening { .. }
        | TraceEvent::NotListening { .. }
        | TraceEvent::Swarm { .. } => "swarm",
        TraceEvent::RoutingUpdated { .. } | TraceEvent::TableRead { .. } => "table",
        TraceEvent::QueryStep { .. } => "query",
        TraceEvent::Violation { .. } => "check",
        TraceEvent::Planned { .. } | TraceEvent::Fired { .. } | TraceEvent::Control { .. } => {
            "test"
        }
    })
}
