//! Sending: what leaves one side, and when it arrives.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use dht_harness_clock::VirtualInstant;

use super::Network;
use super::nat::Transit;
use super::quic::is_displaced;
use crate::net::{
    config::serialisation,
    connection::{ConnRef, Socket},
    direction::{Direction, Frame, Segment},
    event::NetEvent,
    heap::{Event, EventKey, EventKind},
    link::Passage,
    outbox::Token,
    rules::Packet,
    side::Side,
    substream::PIPE,
};

impl<T: Token> Network<T> {
    /// Sends a frame. Returns false if it is lost for good: SYNs, their answers
    /// and resets are not sent again. Everything else waits for the fault to
    /// heal.
    pub(super) fn transmit(&mut self, slot: u32, from: Side, frame: Frame, payload: &[u8]) -> bool {
        let now = self.now;
        let Some(conn) = self.conns.at_mut(slot) else {
            return false;
        };
        let source = conn.host(from);
        let packet = Packet {
            is_syn: frame == Frame::Syn,
            ..conn.packet(from)
        };
        if let Some(fault) = self.rules.cut(packet) {
            self.rules.record_hit(fault, now, &mut self.log);
            return self.hold(slot, from, frame, payload);
        }
        if is_displaced(conn, &self.hosts) {
            return self.lose(slot, from, frame);
        }
        let transit = conn.path.as_ref().map_or(Transit::Known, |path| {
            path.pass(&mut self.routers, from, frame == Frame::Syn, now)
        });
        let may_reopen = conn.path.as_ref().is_some_and(|path| path.may_reopen());
        if let Some(path) = &mut conn.path {
            let was_told = std::mem::replace(&mut path.is_forgotten, transit != Transit::Known);
            if !was_told && let Transit::Stray(router) | Transit::Lost(router) = transit {
                self.log.push(NetEvent::Forgotten {
                    at: now,
                    conn: conn.id,
                    from: source,
                    router,
                    name: None,
                    dropped: matches!(transit, Transit::Lost(_)),
                });
            }
        }
        match transit {
            Transit::Lost(_) if may_reopen => return self.hold(slot, from, frame, payload),
            Transit::Lost(_) => return self.lose(slot, from, frame),
            Transit::Known | Transit::Stray(_) => {}
        }
        if let Some(path) = &conn.path
            && matches!(frame, Frame::Reset | Frame::Close | Frame::Fin(PIPE))
        {
            path.begin_to_close(&mut self.routers);
        }
        let (id, back) = (conn.id, from.other());
        let reopens = may_reopen && conn.directions[back.index()].held.is_some();
        let shaped = self.hosts[source.index()]
            .bandwidth
            .is_some_and(|bandwidth| bandwidth.up > 0);
        let joins = !conn.is_quic() || conn.directions[from.index()].may_join_last(frame);
        let direction = conn.direction(from);
        let mut together = false;
        if !shaped
            && joins
            && let Some(mut last) = direction.segments.pop_back()
        {
            together = last.sent_at == now;
            if together {
                append(direction, &mut last, frame, payload);
            }
            direction.segments.push_back(last);
        }
        if !together {
            let mut segment = Segment::at(now);
            segment.stray = matches!(transit, Transit::Stray(_));
            append(direction, &mut segment, frame, payload);
            self.launch(slot, from, segment);
        }
        if reopens && !self.retry(ConnRef { slot, id }, back) {
            self.stalled.remove(&(id, slot, back));
        }
        true
    }

    /// Keeps a frame until its way is open again. Returns false if it is lost for good.
    fn hold(&mut self, slot: u32, from: Side, frame: Frame, payload: &[u8]) -> bool {
        let now = self.now;
        let Some(conn) = self.conns.at_mut(slot) else {
            return false;
        };
        if frame.is_sent_once() {
            return false;
        }
        let direction = conn.direction(from);
        let mut held = direction.held.take().unwrap_or(Segment::at(now));
        append(direction, &mut held, frame, payload);
        direction.held = Some(held);
        self.stall(slot, from, now);
        true
    }

    /// Schedules the arrival of a segment.
    pub(super) fn launch(&mut self, slot: u32, from: Side, mut segment: Segment) {
        let now = self.now;
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let source = conn.host(from);
        let host = &mut self.hosts[source.index()];
        segment.sent_at = now;
        segment.sequence = host.next_sequence();
        let direction = conn.direction(from);
        direction.segments.push_back(segment);
        self.in_flight += 1;
        if host.shared.is_some() {
            return self.queue_for_upload(slot, from, segment);
        }
        let mut departure = now;
        if let Some(bandwidth) = host.bandwidth {
            departure = now
                .max(host.up_free)
                .saturating_add(serialisation(segment.bytes, bandwidth.up));
            host.up_free = departure;
        }
        let position = direction.segments.len() - 1;
        self.depart(slot, from, position, departure);
    }

    /// A segment leaves the access link of its host at a time.
    pub(super) fn depart(
        &mut self,
        slot: u32,
        from: Side,
        position: usize,
        departure: VirtualInstant,
    ) {
        let now = self.now;
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let id = conn.id;
        let (source, target) = (conn.host(from), conn.host(from.other()));
        let (is_quic, is_internal) = (conn.is_quic(), conn.target.ip().is_loopback());
        let direction = conn.direction(from);
        let earliest = match is_quic {
            true => direction.earliest(position),
            false => direction.last_arrival,
        };
        let Some(segment) = direction.segments.get_mut(position) else {
            return;
        };
        // A packet by the loopback interface takes no time.
        let passage = match is_internal {
            true => Passage::default(),
            false => self
                .links
                .draw(direction.link, &mut self.rules, now, &mut self.log),
        };
        segment.arrival = departure.saturating_add(passage.latency).max(earliest);
        segment.resets = passage.resets;
        let segment = *segment;
        direction.last_arrival = direction.last_arrival.max(segment.arrival);
        if is_quic || position == 0 {
            self.heap.push(Event {
                key: EventKey {
                    at: segment.arrival,
                    target,
                    source,
                    sequence: segment.sequence,
                },
                slot,
                conn: id,
                kind: EventKind::Arrive(from),
            });
        }
    }

    /// Records that something sent at `since` has not been acknowledged.
    pub(super) fn stall(&mut self, slot: u32, from: Side, since: VirtualInstant) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        self.stalled.insert((conn.id, slot, from));
        let direction = conn.direction(from);
        if direction.unacked_since.is_none() {
            direction.unacked_since = Some(since);
            let deadline = conn.ack_deadline(since, &self.config);
            self.set_timer(slot, from, deadline, EventKind::AckTimeout(from));
        }
    }

    /// A fault has healed: retries every stalled direction.
    pub(super) fn retry_stalled(&mut self) {
        for (id, slot, from) in std::mem::take(&mut self.stalled) {
            if self.retry(ConnRef { slot, id }, from) {
                self.stalled.insert((id, slot, from));
            }
        }
    }

    /// Returns true if the direction is still waiting.
    fn retry(&mut self, conn: ConnRef, from: Side) -> bool {
        let Some(found) = self.conns.get_mut(conn) else {
            return false;
        };
        if found.end(from).socket == Socket::Dead {
            found.direction(from).drop_held();
            return false;
        }
        let target = found.host(from.other());
        let there = found.ends[from.other().index()].local;
        let way_back = self.rules.cut(found.packet(from.other())).is_none();
        if self.rules.cut(found.packet(from)).is_some() {
            return true;
        }
        if is_displaced(found, &self.hosts) {
            return true;
        }
        let now = self.now;
        if found.direction(from).held.is_some()
            && let Some(path) = &found.path
            && let Transit::Lost(_) = path.pass(&mut self.routers, from, false, now)
        {
            return true;
        }
        let receiver = &self.hosts[target.index()];
        let owner = self.addresses.owner_of((target, receiver), &there);
        let receiver_is_up = owner.is_some_and(|owner| self.hosts[owner.index()].up);
        let direction = found.direction(from);
        let held = direction.held.take();
        let probe = direction.lost && receiver_is_up && held.is_none();
        direction.lost &= !receiver_is_up;
        direction.ack_cut &= !way_back;
        let waiting = direction.lost || direction.ack_cut;
        if !waiting {
            direction.unacked_since = None;
        }
        if let Some(held) = held {
            self.launch(conn.slot, from, held);
        } else if probe {
            self.transmit(conn.slot, from, Frame::Probe, &[]);
        }
        waiting
    }
}

/// Adds a frame to the end of a segment, which is the last of its direction.
pub(super) fn append(
    direction: &mut Direction,
    segment: &mut Segment,
    frame: Frame,
    payload: &[u8],
) {
    if let Frame::Data(stream, more) = frame {
        segment.bytes += more;
        segment.hash = xxh3_64_with_seed(payload, segment.hash);
        if segment.frames > 0
            && let Some(Frame::Data(last, length)) = direction.frames.back_mut()
            && *last == stream
        {
            *length += more;
            return;
        }
    }
    direction.frames.push_back(frame);
    segment.frames += 1;
}
