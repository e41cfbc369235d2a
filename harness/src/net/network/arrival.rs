//! The arrival of segments at their host.

use super::Network;
use super::quic::is_displaced;
use super::sharing::departed;
use crate::net::{
    config::serialisation,
    connection::{Socket, Taken},
    direction::{Frame, Segment},
    error::ConnError,
    event::{ConnKind, NetEvent},
    heap::{Event, EventKey, EventKind},
    host::{Way, rate},
    outbox::Token,
    side::Side,
    substream::{Holder, PIPE, opener},
    wire::WireEvent,
};

impl<T: Token> Network<T> {
    /// The oldest segment from this side arrives. `received` is whether it has passed
    /// the receiver's access link.
    pub(super) fn arrive(&mut self, event: &Event, from: Side, received: bool) {
        let slot = event.slot;
        if !received && self.queue_for_download(event, from) {
            return;
        }
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let is_quic = conn.is_quic();
        let direction = conn.direction(from);
        let position = direction.position(event.key.sequence);
        let Some(segment) = position.and_then(|position| direction.take(position)) else {
            return;
        };
        self.in_flight -= 1;
        let next = direction.segments.front().copied();
        let follows = !is_quic && departed(conn, slot, from, &self.hosts) > 0;
        if let Some(next) = next.filter(|_| follows) {
            self.heap.push(Event {
                key: EventKey {
                    at: next.arrival.max(self.now),
                    sequence: next.sequence,
                    ..event.key
                },
                kind: EventKind::Arrive(from),
                ..*event
            });
        }
        if segment.resets {
            self.break_off(slot);
            return;
        }
        if is_displaced(conn, &self.hosts) {
            return self.discard(slot, from, &segment);
        }
        if segment.stray {
            self.answer_stray(slot, from, segment);
            return;
        }
        match conn.end(from.other()).socket {
            Socket::Absent => {
                conn.direction(from).frames.drain(..segment.frames as usize);
                self.answer_syn(slot);
            }
            Socket::SynSent | Socket::Live => self.receive(slot, from, segment),
            Socket::Orphan | Socket::Dead => self.receive_unheld(slot, from, segment),
        }
    }

    /// Returns true if the segment has to wait for the receiver's access link.
    fn queue_for_download(&mut self, event: &Event, from: Side) -> bool {
        if self.is_shared() {
            return self.share_download(event, from);
        }
        let host = &mut self.hosts[event.key.target.index()];
        let rate = rate(host.bandwidth, Way::Down);
        if rate == 0 && !self.carries_quic {
            return false;
        }
        let Some(conn) = self.conns.at(event.slot) else {
            return false;
        };
        let direction = &conn.directions[from.index()];
        let bytes = direction.bytes(event.key.sequence);
        // Over QUIC, what arrived before may still wait for the link.
        if (rate == 0 || bytes == 0) && !direction.follows_arrived(event.key) {
            return false;
        }
        let done = self
            .now
            .max(host.down_free)
            .saturating_add(serialisation(bytes, rate));
        host.down_free = done;
        self.heap.push(Event {
            key: EventKey {
                at: done,
                ..event.key
            },
            kind: EventKind::Received(from),
            ..*event
        });
        true
    }

    fn receive(&mut self, slot: u32, from: Side, segment: Segment) {
        let to = from.other();
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let (id, sender, receiver) = (conn.id, conn.host(from), conn.host(to));
        let answer = conn.packet(to);
        let mut carries = false;
        for _ in 0..segment.frames {
            let Some(conn) = self.conns.at_mut(slot) else {
                return;
            };
            let Some(frame) = conn.direction(from).frames.pop_front() else {
                break;
            };
            if matches!(conn.end(to).socket, Socket::SynSent | Socket::Live) {
                carries |= !matches!(
                    frame,
                    Frame::SynAck
                        | Frame::Reset
                        | Frame::Crossed
                        | Frame::Taken
                        | Frame::Credit(..)
                );
                self.receive_frame(slot, from, frame);
            }
        }
        if !carries {
            return;
        }
        self.hosts[receiver.index()].traffic.received.mark(self.now);
        self.log.push(NetEvent::Delivered {
            at: self.now,
            conn: id,
            from: sender,
            to: receiver,
            bytes: segment.bytes,
            hash: segment.hash,
        });
        if let Some(fault) = self.rules.cut(answer) {
            self.rules.record_hit(fault, self.now, &mut self.log);
            if let Some(conn) = self.conns.at_mut(slot) {
                conn.direction(from).ack_cut = true;
            }
            self.stall(slot, from, segment.sent_at);
        }
    }

    fn receive_frame(&mut self, slot: u32, from: Side, frame: Frame) {
        let to = from.other();
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        match frame {
            Frame::Syn | Frame::Probe => {}
            Frame::Taken => {
                conn.taken = Taken::Known;
                self.outbox.wake(&mut conn.end(to).task);
            }
            Frame::SynAck => self.complete_dial(slot),
            Frame::Reset => self.receive_reset(slot, to),
            Frame::Crossed => self.fail_dial(slot, ConnError::SimultaneousOpen),
            Frame::Close => self.fail_end(slot, to, ConnError::ClosedByRemote),
            Frame::Moved(ip) => {
                let address = conn.end(from).local.with_host_ip(ip);
                let end = conn.end(to);
                end.moves.push_back(address);
                self.outbox.wake(&mut end.task);
                let (host, local) = (end.host, end.local);
                let former = std::mem::replace(&mut end.remote, address);
                self.release_pair((host, local, former));
                self.claim_pair((host, local, address));
            }
            Frame::Open(stream) => self.receive_open(slot, to, stream),
            Frame::Data(stream, bytes) => {
                let (id, kind) = (conn.id, conn.kind);
                if let Some(both) = conn.streams.get_mut(&stream) {
                    let half = both.half(to);
                    if half.holder != Holder::Released {
                        half.ready += bytes as usize;
                        self.outbox.wake(&mut half.reader);
                        if self.wire.enabled && kind == ConnKind::Mux {
                            self.wire.events.push(WireEvent::Arrived {
                                at: self.now,
                                conn: id,
                                substream: stream,
                                by_opener: opener(stream) == from,
                                bytes,
                            });
                        }
                    }
                }
            }
            Frame::Fin(stream) => {
                if let Some(stream) = conn.streams.get_mut(&stream) {
                    let half = stream.half(to);
                    half.ended = true;
                    self.outbox.wake(&mut half.reader);
                }
            }
            Frame::ResetStream(stream) => {
                if let Some(stream) = conn.streams.get_mut(&stream) {
                    let half = stream.half(to);
                    half.error = Some(ConnError::Reset);
                    self.outbox.wake(&mut half.reader);
                    self.outbox.wake(&mut half.writer);
                }
            }
            Frame::Credit(stream, bytes) => {
                if let Some(stream) = conn.streams.get_mut(&stream) {
                    let half = stream.half(to);
                    half.credit += bytes as usize;
                    self.outbox.wake(&mut half.writer);
                }
            }
        }
    }

    fn receive_reset(&mut self, slot: u32, to: Side) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.end(to).socket == Socket::SynSent {
            return self.fail_dial(slot, ConnError::Refused);
        }
        // A kernel in CLOSE_WAIT reports a broken pipe instead.
        let half_closed = conn.kind == ConnKind::Stream
            && conn
                .streams
                .get_mut(&PIPE)
                .is_some_and(|pipe| pipe.half(to).ended);
        let error = if half_closed {
            ConnError::BrokenPipe
        } else {
            ConnError::Reset
        };
        self.fail_end(slot, to, error);
    }

    /// Handles a segment for a socket that no program holds any more.
    fn receive_unheld(&mut self, slot: u32, from: Side, segment: Segment) {
        let to = from.other();
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let (mut wants_answer, mut says_goodbye) = (false, false);
        let frames = conn.direction(from).frames.drain(..segment.frames as usize);
        for frame in frames {
            match frame {
                Frame::SynAck
                | Frame::Reset
                | Frame::Crossed
                | Frame::Taken
                | Frame::Credit(..) => {}
                Frame::Fin(PIPE) | Frame::Close => says_goodbye = true,
                _ => wants_answer = true,
            }
        }
        let (host, here) = (conn.host(to), conn.end(to).local);
        let receiver = &self.hosts[host.index()];
        let owner = self.addresses.owner_of((host, receiver), &here);
        if !owner.is_some_and(|owner| self.hosts[owner.index()].up) {
            if wants_answer || says_goodbye {
                let listening = matches!(conn.end(from).socket, Socket::Live | Socket::Orphan);
                if listening {
                    conn.direction(from).lost = true;
                    self.stall(slot, from, segment.sent_at);
                }
            }
            return;
        }
        let orphan = conn.end(to).socket == Socket::Orphan;
        if wants_answer || (says_goodbye && !orphan) {
            self.transmit(slot, to, Frame::Reset, &[]);
            self.mark_dead(slot, to);
        } else if says_goodbye {
            self.mark_dead(slot, to);
        }
    }

    pub(super) fn ack_timed_out(&mut self, slot: u32, from: Side) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.end(from).socket == Socket::Live {
            self.fail_end(slot, from, ConnError::TimedOut);
        } else {
            self.mark_dead(slot, from);
        }
    }
}
