//! The events of a run in words.

use serde::{Serialize, Serializer};

use super::names::Names;
use crate::{net::NetEvent, recording::Recording, trace::TraceEvent};

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
            says: entry.event.words(&|host| names.name(host)),
        })
    });
    told.collect()
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
