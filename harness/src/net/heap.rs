//! The queue of future events of the network.
//!
//! Responsible for the order of events: by time, then target, then source, then
//! the source's own sequence number. The order of insertion has no influence,
//! so the hosts could be spread over several queues without changing the
//! outcome.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use dht_harness_clock::VirtualInstant;

use super::event::ConnId;
use super::host::HostId;
use super::side::Side;

/// The sort key of an event.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct EventKey {
    pub(super) at: VirtualInstant,
    pub(super) target: HostId,
    pub(super) source: HostId,
    pub(super) sequence: u64,
}

/// The action of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EventKind {
    /// The oldest segment sent by this side reaches the other host.
    Arrive(Side),
    /// The same segment has passed the other host's access link.
    Received(Side),
    /// A segment of this side has passed its host's access link, which connections share.
    Depart(Side),
    /// The dial times out.
    DialTimeout,
    /// The SYN, which a router has dropped, is sent again.
    SynAgain,
    /// The unacknowledged data of this side times out.
    AckTimeout(Side),
}

/// An event about one connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub(super) key: EventKey,
    pub(super) slot: u32,
    pub(super) conn: ConnId,
    pub(super) kind: EventKind,
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Event {}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Events, earliest first.
#[derive(Debug, Default)]
pub(super) struct EventHeap(BinaryHeap<Reverse<Event>>);

impl EventHeap {
    pub(super) fn push(&mut self, event: Event) {
        self.0.push(Reverse(event));
    }

    pub(super) fn peek(&self) -> Option<&Event> {
        self.0.peek().map(|Reverse(event)| event)
    }

    pub(super) fn pop(&mut self) -> Option<Event> {
        self.0.pop().map(|Reverse(event)| event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_depend_on_insertion() {
        let event = |at, target, source, sequence| Event {
            key: EventKey {
                at: VirtualInstant::from_nanos(at),
                target: HostId(target),
                source: HostId(source),
                sequence,
            },
            slot: 0,
            conn: ConnId(1),
            kind: EventKind::DialTimeout,
        };
        let sorted = [
            event(1, 9, 9, 9),
            event(2, 0, 5, 7),
            event(2, 1, 0, 2),
            event(2, 1, 3, 1),
            event(2, 1, 3, 2),
        ];
        for rotation in 0..sorted.len() {
            let mut heap = EventHeap::default();
            for offset in 0..sorted.len() {
                heap.push(sorted[(rotation + offset) % sorted.len()]);
            }
            let keys: Vec<EventKey> = std::iter::from_fn(|| heap.pop()).map(|e| e.key).collect();
            assert_eq!(keys, sorted.map(|event| event.key));
        }
    }
}
