//! Dials: from the SYN to the answer, or to the timeout.

use std::task::Poll;

use indexmap::IndexMap;
use libp2p::PeerId;

use super::{Network, RouterDrop};
use crate::net::{
    connection::{Conn, ConnRef, End, Socket, Taken},
    direction::{Direction, Frame},
    endpoint::{Carrier, Endpoint},
    error::{ConnError, NetError},
    event::{ConnId, ConnKind, NetEvent},
    fault::DialFault,
    heap::EventKind,
    host::HostId,
    outbox::Token,
    side::Side,
    substream::{Holder, PIPE},
};

/// The parameters of a dial.
#[derive(Clone, Copy, Debug)]
pub(in crate::net) struct DialRequest {
    pub(in crate::net) host: HostId,
    pub(in crate::net) incarnation: u32,
    pub(in crate::net) target: Endpoint,
    /// Dial from the port of a listener, if there is one.
    pub(in crate::net) reuse_port: bool,
    pub(in crate::net) kind: ConnKind,
    pub(in crate::net) identity: Option<PeerId>,
    /// Whether the other side is to begin the handshake, as in a hole punch: the dial
    /// succeeds only if it meets a dial of the other side.
    pub(in crate::net) waits_for_handshake: bool,
}

impl<T: Token> Network<T> {
    /// Sends a SYN. The caller holds the dial until it calls `drop_dial` or
    /// takes the connection over.
    pub(in crate::net) fn dial(&mut self, request: DialRequest) -> Result<ConnRef, NetError> {
        let DialRequest { host, target, .. } = request;
        let now = self.now;
        let local = self.local_address(&request)?;
        let record = self.living(host, request.incarnation)?;
        record.traffic.dialled.mark(now);
        record.resources.dials += 1;
        record.drops.remove(&target);
        let route = self.route(host, local, target);
        // A SYN to an unassigned address still needs a link on which it is
        // lost.
        let remote = route.to.unwrap_or(host);
        let there = self.links.between(host, remote, &self.rules);
        let back = self.links.between(remote, host, &self.rules);
        let is_one_of_several = request.kind == ConnKind::Mux
            && route
                .to
                .is_some_and(|to| self.hosts[to.index()].has_several());
        let taken = match is_one_of_several {
            true => Taken::Open,
            false => Taken::Known,
        };
        let id = self.conns.next_id();
        let mut dialer = End::new(host, [local, target], Socket::SynSent, 1);
        dialer.identity = request.identity;
        dialer.held = true;
        let conn = self.conns.insert(Conn {
            id,
            kind: request.kind,
            dialled_at: now,
            target,
            unrouted: route.to.is_none(),
            established: false,
            waits_for_handshake: request.waits_for_handshake,
            taken,
            wedged: false,
            uprooted: false,
            path: route.path,
            merged: None,
            ends: [
                dialer,
                End::new(remote, [route.target, route.source], Socket::Absent, 2),
            ],
            directions: [Direction::new(there), Direction::new(back)],
            streams: IndexMap::default(),
        });
        self.carries_quic |= target.carrier() == Carrier::Quic;
        self.hosts[host.index()].connections.insert(id, conn.slot);
        self.claim_pair((host, local, target));
        self.log.push(NetEvent::Dialled {
            at: now,
            conn: id,
            from: host,
            to: route.to,
            address: target,
            kind: request.kind,
        });
        if !self.transmit(conn.slot, Side::Dialer, Frame::Syn, &[]) {
            self.leave_unanswered(conn.slot);
        }
        self.time_out_if_late(conn.slot, Side::Dialer);
        Ok(conn)
    }

    /// The outcome of a dial: the connection, and the side of it that the dialer has.
    pub(in crate::net) fn poll_dial(
        &mut self,
        dial: ConnRef,
        token: &T,
    ) -> Poll<Result<(ConnRef, Side), ConnError>> {
        let Some(conn) = self.conns.get_mut(dial) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        if let Some(merged) = conn.merged {
            conn.end(Side::Dialer).held = false;
            self.free_if_over(dial.slot);
            return Poll::Ready(Ok((merged, Side::Listener)));
        }
        if conn.established {
            if conn.taken == Taken::Open {
                conn.taken = Taken::Said;
                self.transmit(dial.slot, Side::Dialer, Frame::Taken, &[]);
            }
            return Poll::Ready(Ok((dial, Side::Dialer)));
        }
        let end = conn.end(Side::Dialer);
        if let Some(error) = end.error {
            return Poll::Ready(Err(error));
        }
        self.outbox.park(&mut end.task, token);
        Poll::Pending
    }

    /// Whether the dialler has taken the connection, as its listener's side sees it.
    pub(in crate::net) fn poll_taken(
        &mut self,
        conn: ConnRef,
        token: &T,
    ) -> Poll<Result<(), ConnError>> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        if found.taken == Taken::Known {
            return Poll::Ready(Ok(()));
        }
        let end = found.end(Side::Listener);
        match end.error {
            Some(error) => Poll::Ready(Err(error)),
            None => {
                self.outbox.park(&mut end.task, token);
                Poll::Pending
            }
        }
    }

    /// The dialer drops the dial, or has seen it fail.
    pub(in crate::net) fn drop_dial(&mut self, conn: ConnRef) {
        let slot = conn.slot;
        let Some(found) = self.conns.get_mut(conn) else {
            return;
        };
        if found.established {
            self.abort(conn, Side::Dialer);
            return;
        }
        if let Some(merged) = found.merged {
            found.end(Side::Dialer).held = false;
            self.free_if_over(slot);
            self.abort(merged, Side::Listener);
            return;
        }
        let accepted = found.ends[1].socket != Socket::Absent;
        let end = found.end(Side::Dialer);
        end.held = false;
        self.outbox.discard(&mut end.task);
        let host = end.host;
        if end.socket == Socket::SynSent {
            self.hosts[host.index()].resources.dials -= 1;
            self.log.push(NetEvent::DialAborted {
                at: self.now,
                conn: conn.id,
                from: host,
            });
            if accepted {
                self.transmit(slot, Side::Dialer, Frame::Reset, &[]);
            }
            self.mark_dead(slot, Side::Dialer);
        }
        self.free_if_over(slot);
    }

    /// A SYN arrives.
    pub(super) fn answer_syn(&mut self, slot: u32) {
        let Some(conn) = self.conns.at(slot) else {
            return;
        };
        if conn.ends[0].socket != Socket::SynSent {
            return;
        }
        let (from, to, target) = (
            conn.host(Side::Dialer),
            conn.host(Side::Listener),
            conn.target,
        );
        let (kind, there) = (conn.kind, conn.ends[1].local);
        let (waits_for_handshake, answer) = (conn.waits_for_handshake, conn.packet(Side::Listener));
        let receiver = &self.hosts[to.index()];
        let owner = self.addresses.owner_of((to, receiver), &there);
        let mut reset_after = false;
        if let Some((fault, outcome)) = self.rules.dial(from, owner, target) {
            self.rules.record_hit(fault, self.now, &mut self.log);
            match outcome {
                DialFault::Refuse => return self.refuse(slot, Frame::Reset),
                DialFault::Hang => return self.leave_unanswered(slot),
                DialFault::ResetAfterAccept => reset_after = true,
            }
        }
        let reachable = !conn.unrouted && owner == Some(to) && self.hosts[to.index()].up;
        if !reachable {
            self.note_drop(from, target);
            return self.leave_unanswered(slot);
        }
        if let Some(path) = &conn.path {
            if let Some(router) = path.stops_syn(&mut self.routers, self.now) {
                let drop = RouterDrop::Filtered(router);
                self.hosts[from.index()].drops.insert(target, drop);
                return self.leave_unanswered_by_router(slot);
            }
            self.hosts[from.index()].drops.remove(&target);
        }
        if let Some(crossing) = self.crossing_dial(slot) {
            return self.meet(slot, crossing);
        }
        let Some(listener) = self.listener_for(to, there, kind) else {
            // Nothing answers a datagram to a port that no socket has.
            return match target.carrier().is_udp() {
                true => self.leave_unanswered(slot),
                false => self.refuse(slot, Frame::Reset),
            };
        };
        if waits_for_handshake {
            // Both sides wait for the other one to begin.
            return self.leave_unanswered(slot);
        }
        // A socket of TCP that dials its own address and port is connected with itself (RFC 9293,
        // section 3.5), as on Linux, and the handshake of libp2p fails on it.
        if self.conns.at(slot).is_some_and(|conn| conn.meets_itself()) {
            return self.refuse(slot, Frame::Reset);
        }
        let full = self.listeners[listener as usize]
            .as_ref()
            .is_none_or(|open| open.queue.len() >= self.config.backlog);
        // If the answer cannot return, the handshake never completes and the
        // listener's program does not learn of it.
        if let Some(fault) = self.rules.cut(answer) {
            self.rules.record_hit(fault, self.now, &mut self.log);
            return self.leave_unanswered(slot);
        }
        if full {
            return self.leave_unanswered(slot);
        }
        self.accept(slot, listener);
        self.transmit(slot, Side::Listener, Frame::SynAck, &[]);
        self.time_out_if_late(slot, Side::Listener);
        if reset_after {
            self.transmit(slot, Side::Listener, Frame::Reset, &[]);
            self.fail_end(slot, Side::Listener, ConnError::Reset);
        }
    }

    fn listener_for(&self, host: HostId, target: Endpoint, kind: ConnKind) -> Option<u32> {
        let mut listeners = self.hosts[host.index()].listeners_at(&target);
        listeners.find(|number| {
            let listener = self.listeners[*number as usize].as_ref();
            listener.is_some_and(|listener| {
                let bound_here = listener.bind.is_none_or(|ip| ip == target.host_ip());
                bound_here && listener.kind == kind && listener.at.is_like(&target)
            })
        })
    }

    fn accept(&mut self, slot: u32, number: u32) {
        let Some(identity) = self.listeners[number as usize]
            .as_ref()
            .map(|listener| listener.identity)
        else {
            return;
        };
        let Some(id) = self.open_listener_end(slot, identity) else {
            return;
        };
        if let Some(listener) = self.listeners[number as usize].as_mut() {
            listener.queue.push_back(ConnRef { slot, id });
            self.outbox.wake(&mut listener.task);
        }
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let (from, to) = (conn.host(Side::Dialer), conn.host(Side::Listener));
        conn.end(Side::Listener).backlog = Some(number);
        let record = &mut self.hosts[to.index()];
        record.resources.accepts += 1;
        record.traffic.accepted.mark(self.now);
        self.log.push(NetEvent::Accepted {
            at: self.now,
            conn: id,
            from,
            to,
        });
    }

    /// The end of the dialled side is established.
    pub(super) fn open_listener_end(
        &mut self,
        slot: u32,
        identity: Option<PeerId>,
    ) -> Option<ConnId> {
        let kind = self.conns.at(slot)?.kind;
        let pipe = (kind == ConnKind::Stream).then(|| {
            let (near, far) = (
                self.spare.pop().unwrap_or_default(),
                self.spare.pop().unwrap_or_default(),
            );
            super::mux::substream([Holder::Program; 2], self.config.window, true, [near, far])
        });
        let conn = self.conns.at_mut(slot)?;
        let is_quic = conn.is_quic();
        if let Some(path) = &mut conn.path {
            path.establish(&mut self.routers, is_quic);
        }
        conn.streams.extend(pipe.map(|pipe| (PIPE, pipe)));
        let id = conn.id;
        let end = conn.end(Side::Listener);
        end.socket = Socket::Live;
        end.identity = identity;
        end.held = true;
        let (to, local, remote) = (end.host, end.local, end.remote);
        self.hosts[to.index()].connections.insert(id, slot);
        self.claim_pair((to, local, remote));
        Some(id)
    }

    /// Answers a SYN with a frame that ends the dial.
    pub(super) fn refuse(&mut self, slot: u32, answer: Frame) {
        if !self.transmit(slot, Side::Listener, answer, &[]) {
            self.leave_unanswered(slot);
        }
        self.time_out_if_late(slot, Side::Listener);
    }

    /// From here on only the dialer's timeout ends the dial.
    pub(super) fn leave_unanswered(&mut self, slot: u32) {
        let Some(conn) = self.conns.at(slot) else {
            return;
        };
        let deadline = conn.dial_deadline(&self.config);
        self.set_timer(slot, Side::Dialer, deadline, EventKind::DialTimeout);
    }

    /// A timer is set only when it will be needed: the arrival time of the
    /// answer is known when it is sent.
    pub(super) fn time_out_if_late(&mut self, slot: u32, from: Side) {
        let Some(conn) = self.conns.at(slot) else {
            return;
        };
        let deadline = conn.dial_deadline(&self.config);
        if conn.directions[from.index()].last_arrival > deadline {
            self.leave_unanswered(slot);
        }
    }

    pub(super) fn dial_timed_out(&mut self, slot: u32) {
        self.fail_dial(slot, ConnError::TimedOut);
    }

    /// Ends the dial with a failure.
    pub(super) fn fail_dial(&mut self, slot: u32, error: ConnError) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let (id, from) = (conn.id, conn.host(Side::Dialer));
        let end = conn.end(Side::Dialer);
        end.error = Some(error);
        self.outbox.wake(&mut end.task);
        self.hosts[from.index()].resources.dials -= 1;
        self.log.push(NetEvent::DialFailed {
            at: self.now,
            conn: id,
            from,
            error,
        });
        self.mark_dead(slot, Side::Dialer);
    }

    /// The answer to a SYN arrives.
    pub(super) fn complete_dial(&mut self, slot: u32) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.ends[0].socket != Socket::SynSent {
            return;
        }
        conn.established = true;
        let (id, from, to) = (conn.id, conn.host(Side::Dialer), conn.host(Side::Listener));
        let end = conn.end(Side::Dialer);
        end.socket = Socket::Live;
        end.counted = true;
        self.outbox.wake(&mut end.task);
        let resources = &mut self.hosts[from.index()].resources;
        resources.dials -= 1;
        resources.connections += 1;
        self.log.push(NetEvent::Connected {
            at: self.now,
            conn: id,
            from,
            to,
        });
    }

    /// The local address of the dial: the port of the first listener if
    /// requested and not yet used towards this target, else an ephemeral port.
    fn local_address(&mut self, request: &DialRequest) -> Result<Endpoint, NetError> {
        let DialRequest { host, target, .. } = *request;
        let record = self.living(host, request.incarnation)?;
        let here = target.with_host_ip(record.ip_towards(&target));
        let mut listeners = record.listeners.iter();
        let reused = listeners
            .find(|(at, _)| at.is_like(&target))
            .map(|(at, _)| here.with_port(at.port()))
            .filter(|_| request.reuse_port);
        // Connections of QUIC have ids, so that several of them can have one pair of addresses.
        let is_quic = target.carrier() == Carrier::Quic;
        if let Some(local) = reused
            && (is_quic || !self.pairs.contains_key(&(host, local, target)))
        {
            return Ok(local);
        }
        let first = self.living(host, request.incarnation)?.ephemeral(here);
        let mut local = first;
        loop {
            if !self.pairs.contains_key(&(host, local, target)) {
                return Ok(local);
            }
            local = self.living(host, request.incarnation)?.ephemeral(here);
            if local == first {
                // Every port is taken: with more than 16,000 connections to one
                // address, two of them share an address pair.
                return Ok(local);
            }
        }
    }
}
