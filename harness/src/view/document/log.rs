//! The events of a run in words.

use serde::{Serialize, Serializer};

use super::names::{Names, Peer};
use crate::{
    net::{HostId, NetEvent},
    recording::Recording,
    trace::TraceEvent,
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

pub(super) fn lines(recording: &Recording, names: &Names) -> Vec<LogLine> {
    let entries = recording.trace.entries.iter();
    let told = entries.filter_map(|entry| {
        let kind = kind(&entry.event)?;
        Some(LogLine {
            at: entry.at,
            host: entry.host,
            kind,
            says: match &entry.event {
                event @ (TraceEvent::DialFailed { .. } | TraceEvent::IncomingFailed { .. }) => {
                    names.spelled(&event.words(&|host| names.name(host)))
                }
                event => event.words(&|host| names.name(host)),
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
    let mut lines: Vec<LogLine> = told.chain(refused).collect();
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
