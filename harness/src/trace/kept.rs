//! The events of a run that are kept in memory.

use super::{TraceEntry, TraceEvent};
use crate::net::NetEvent;

/// How many events are kept, unless a test says otherwise: some 200 MB of them.
const MOST: usize = 1 << 20;

/// The events of a run, without timers, and without deliveries if the messages are
/// known in another way.
///
/// Of a long run the oldest events are left out, except for those that tell what exists:
/// hosts, their states, faults, planned actions and violations.
#[derive(Debug)]
pub(crate) struct KeptTrace {
    /// In the order of the run.
    pub(crate) entries: Vec<TraceEntry>,
    /// How many old events were left out.
    pub(crate) left_out: u64,
    with_deliveries: bool,
    most: usize,
}

impl Default for KeptTrace {
    fn default() -> Self {
        KeptTrace::new(true)
    }
}

impl KeptTrace {
    pub(crate) fn new(with_deliveries: bool) -> Self {
        KeptTrace {
            entries: Vec::new(),
            left_out: 0,
            with_deliveries,
            most: MOST,
        }
    }

    pub(crate) fn add(&mut self, entry: &TraceEntry) {
        match &entry.event {
            TraceEvent::Timer => return,
            TraceEvent::Net {
                net: NetEvent::Delivered { .. },
            } if !self.with_deliveries => return,
            _ => {}
        }
        if self.entries.len() >= self.most {
            self.leave_out();
        }
        self.entries.push(entry.clone());
    }

    /// Leaves out the older half of the events.
    fn leave_out(&mut self) {
        let (mut seen, half) = (0, self.entries.len() / 2);
        let before = self.entries.len();
        self.entries.retain(|entry| {
            seen += 1;
            seen > half || tells_what_exists(&entry.event)
        });
        self.left_out += (before - self.entries.len()) as u64;
        // If most events are of this kind, the work is bounded by doing it more seldom.
        if self.entries.len() > self.most / 4 * 3 {
            self.most *= 2;
        }
    }
}

fn tells_what_exists(event: &TraceEvent) -> bool {
    match event {
        TraceEvent::Net { net } => matches!(
            net,
            NetEvent::FaultPlanned { .. }
                | NetEvent::FaultTriggered { .. }
                | NetEvent::FaultHealed { .. }
                | NetEvent::AddressChanged { .. }
                | NetEvent::RouterRestarted { .. }
                | NetEvent::ListenerOpened { .. }
                | NetEvent::HostUp { .. }
                | NetEvent::HostDown { .. }
        ),
        event => matches!(
            event,
            TraceEvent::Spawned { .. }
                | TraceEvent::State { .. }
                | TraceEvent::Violation { .. }
                | TraceEvent::Planned { .. }
                | TraceEvent::Fired { .. }
                | TraceEvent::Control { .. }
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Undigested;

    #[test]
    fn old_events_are_left_out_and_hosts_are_not() {
        let mut kept = KeptTrace {
            most: 10,
            ..KeptTrace::new(true)
        };
        let entry = |seq, event| TraceEntry {
            seq,
            at: seq,
            host: Some(0),
            event,
        };
        let spawned = TraceEvent::Spawned {
            name: "a".to_owned(),
            peer: "p".to_owned(),
            routers: Undigested::default(),
        };
        kept.add(&entry(0, spawned));
        for seq in 1..100 {
            kept.add(&entry(seq, TraceEvent::Incoming { connection: 1 }));
        }
        assert_eq!(kept.entries[0].seq, 0);
        assert_eq!(kept.entries.last().unwrap().seq, 99);
        assert_eq!(kept.left_out + kept.entries.len() as u64, 100);
        assert!(kept.entries.len() <= 12, "{}", kept.entries.len());
    }
}
