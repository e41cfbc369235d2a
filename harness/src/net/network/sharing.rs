//! Access links whose rate connections share: `Sharing::Fair`.
//!
//! Nothing here is reached if what comes first is served first.

use super::Network;
use crate::net::{
    config::Sharing,
    connection::{Conn, ConnRef},
    direction::Segment,
    heap::{Event, EventKey, EventKind},
    host::{Host, HostId, Way, rate},
    outbox::Token,
    shared_link::{Passing, Sender, SharedLink},
    side::Side,
};

/// The number of segments in flight of a direction that have left their host: the first ones.
pub(super) fn departed<T>(conn: &Conn<T>, slot: u32, from: Side, hosts: &[Host]) -> usize {
    let segments = conn.directions[from.index()].segments.len();
    let Some(shared) = &hosts[conn.host(from).index()].shared else {
        return segments;
    };
    let sender = sender(conn, slot, from);
    segments - shared.at(Way::Up).segments(sender)
}

/// One side of a connection.
fn sender<T>(conn: &Conn<T>, slot: u32, side: Side) -> Sender {
    Sender {
        conn: ConnRef { slot, id: conn.id },
        side,
    }
}

impl<T: Token> Network<T> {
    /// Whether connections share the access links.
    pub(super) fn is_shared(&self) -> bool {
        self.config.sharing == Sharing::Fair
    }

    /// A segment, the last one of its direction, leaves for the network.
    pub(super) fn queue_for_upload(&mut self, slot: u32, from: Side, segment: Segment) {
        let Some(conn) = self.conns.at(slot) else {
            return;
        };
        let (sender, source) = (sender(conn, slot, from), conn.host(from));
        let passing = Passing {
            sender,
            source,
            sequence: segment.sequence,
        };
        if !self.share(source, Way::Up, passing, segment.bytes) {
            self.depart_next(sender);
        }
    }

    /// Returns true if the segment has to wait for the receiver's access link.
    pub(super) fn share_download(&mut self, event: &Event, from: Side) -> bool {
        let Some(conn) = self.conns.at(event.slot) else {
            return false;
        };
        let bytes = conn.directions[from.index()].bytes(event.key.sequence);
        let passing = Passing {
            sender: sender(conn, event.slot, from),
            source: event.key.source,
            sequence: event.key.sequence,
        };
        self.share(event.key.target, Way::Down, passing, bytes)
    }

    /// Returns false if the segment passes the link at once.
    fn share(&mut self, host: HostId, way: Way, passing: Passing, bytes: u32) -> bool {
        let now = self.now;
        let Some(link) = self.link(host, way) else {
            return false;
        };
        if link.is_free_for(passing.sender, bytes) {
            return false;
        }
        link.push(now, passing, bytes);
        self.schedule(host, way);
        true
    }

    /// A segment has passed its host's access link.
    pub(super) fn pass_up(&mut self, event: &Event) {
        if let Some(passed) = self.pass(event, Way::Up) {
            self.depart_next(passed.sender);
        }
    }

    /// A segment has passed its receiver's access link.
    pub(super) fn pass_down(&mut self, event: &Event) {
        if let Some(passed) = self.pass(event, Way::Down) {
            self.arrive(event, passed.sender.side, true);
        }
    }

    fn pass(&mut self, event: &Event, way: Way) -> Option<Passing> {
        let (host, now) = (event.key.target, self.now);
        let passed = self.link(host, way)?.pop(now);
        self.schedule(host, way);
        passed
    }

    /// Whether it is the scheduled event of its link.
    pub(super) fn is_next(&self, event: &Event, way: Way) -> bool {
        let host = &self.hosts[event.key.target.index()];
        let link = host.shared.as_ref().map(|shared| shared.at(way));
        link.is_some_and(|link| link.event == Some(event.key))
    }

    /// The segments of a connection leave the links.
    pub(super) fn leave_links(&mut self, slot: u32) {
        if !self.is_shared() {
            return;
        }
        let now = self.now;
        for from in Side::BOTH {
            let Some(conn) = self.conns.at(slot) else {
                return;
            };
            let sender = sender(conn, slot, from);
            let links = [
                (conn.host(from), Way::Up),
                (conn.host(from.other()), Way::Down),
            ];
            for (host, way) in links {
                if self
                    .link(host, way)
                    .is_some_and(|link| link.remove(now, sender))
                {
                    self.schedule(host, way);
                }
            }
        }
    }

    /// Sets the links to the rates of their hosts.
    pub(super) fn apply_rates(&mut self) {
        if !self.is_shared() {
            return;
        }
        let now = self.now;
        for index in 0..self.hosts.len() {
            let host = HostId(index as u32);
            let bandwidth = self.hosts[index].bandwidth;
            for way in [Way::Up, Way::Down] {
                let rate = rate(bandwidth, way);
                if self
                    .link(host, way)
                    .is_some_and(|link| link.set_rate(now, rate))
                {
                    self.schedule(host, way);
                }
            }
        }
    }

    fn link(&mut self, host: HostId, way: Way) -> Option<&mut SharedLink> {
        let shared = self.hosts[host.index()].shared.as_mut()?;
        Some(shared.at_mut(way))
    }

    /// The last segment that has been taken off its host's access link goes on.
    fn depart_next(&mut self, Sender { conn, side }: Sender) {
        let Some(found) = self.conns.get(conn) else {
            return;
        };
        if let Some(position) = departed(found, conn.slot, side, &self.hosts).checked_sub(1) {
            self.depart(conn.slot, side, position, self.now);
        }
    }

    /// Schedules the event of a link anew, if its next segment or the time of that one is
    /// another.
    fn schedule(&mut self, host: HostId, way: Way) {
        let Some(link) = self.link(host, way) else {
            return;
        };
        let next = link.next().map(|(at, passing)| {
            let key = EventKey {
                at,
                target: host,
                source: passing.source,
                sequence: passing.sequence,
            };
            (key, passing.sender)
        });
        let key = next.map(|(key, _)| key);
        if std::mem::replace(&mut link.event, key) == key {
            return;
        }
        if let Some((key, sender)) = next {
            let kind = match way {
                Way::Up => EventKind::Depart(sender.side),
                Way::Down => EventKind::Received(sender.side),
            };
            self.heap.push(Event {
                key,
                slot: sender.conn.slot,
                conn: sender.conn.id,
                kind,
            });
        }
    }
}
