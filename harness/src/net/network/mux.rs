//! Muxed connections: opening, accepting and dropping substreams.

use std::collections::VecDeque;
use std::task::Poll;

use libp2p::PeerId;

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    endpoint::Endpoint,
    error::ConnError,
    outbox::Token,
    side::Side,
    substream::{HalfStream, Holder, Substream, opener},
};

/// How many buffers are kept for later substreams, and the capacity up to which
/// one is kept.
const SPARE_BUFFERS: usize = 4_096;
const SPARE_CAPACITY: usize = 16 << 10;
/// Initial capacity in bytes: enough for the negotiation of a protocol and a
/// request.
const FRESH_CAPACITY: usize = 256;

/// A new substream.
pub(super) fn substream<T>(
    holders: [Holder; 2],
    window: usize,
    announced: bool,
    [near, far]: [VecDeque<u8>; 2],
) -> Substream<T> {
    Substream {
        halves: [
            HalfStream::new(holders[0], window, near),
            HalfStream::new(holders[1], window, far),
        ],
        announced,
    }
}

impl<T: Token> Network<T> {
    /// The identity behind the other end.
    pub(in crate::net) fn remote_identity(&self, conn: ConnRef, side: Side) -> Option<PeerId> {
        self.conns.get(conn)?.ends[side.other().index()].identity
    }

    /// Opens a substream. The remote learns of it from its first frame.
    pub(in crate::net) fn open_stream(
        &mut self,
        conn: ConnRef,
        side: Side,
    ) -> Result<u32, ConnError> {
        let mut buffer = || {
            let spare = self.spare.pop();
            spare.unwrap_or_else(|| VecDeque::with_capacity(FRESH_CAPACITY))
        };
        let buffers = [buffer(), buffer()];
        let Some(found) = self.conns.get_mut(conn) else {
            return Err(ConnError::ClosedLocally);
        };
        let end = found.end(side);
        if let Some(error) = end.error {
            return Err(error);
        }
        let id = end.next_stream;
        end.next_stream += 2;
        end.streams += 1;
        self.hosts[end.host.index()].resources.streams += 1;
        let mut holders = [Holder::NotArrived; 2];
        holders[side.index()] = Holder::Program;
        let stream = substream(holders, self.config.substream_window, false, buffers);
        found.streams.insert(id, stream);
        Ok(id)
    }

    /// The next substream that the remote has opened.
    pub(in crate::net) fn accept_stream(
        &mut self,
        conn: ConnRef,
        side: Side,
        token: &T,
    ) -> Poll<Result<u32, ConnError>> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        while let Some(id) = found.end(side).arrived_streams.pop_front() {
            if let Some(stream) = found.streams.get_mut(&id) {
                stream.half(side).holder = Holder::Program;
                let end = found.end(side);
                end.streams += 1;
                if !end.forgotten {
                    self.hosts[end.host.index()].resources.streams += 1;
                }
                return Poll::Ready(Ok(id));
            }
        }
        let end = found.end(side);
        if let Some(error) = end.error {
            return Poll::Ready(Err(error));
        }
        self.outbox.park(&mut end.acceptor, token);
        Poll::Pending
    }

    /// The next address that the remote has moved to.
    pub(in crate::net) fn poll_moves(
        &mut self,
        conn: ConnRef,
        side: Side,
        token: &T,
    ) -> Poll<Result<Endpoint, ConnError>> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        let end = found.end(side);
        if let Some(address) = end.moves.pop_front() {
            return Poll::Ready(Ok(address));
        }
        if let Some(error) = end.error {
            return Poll::Ready(Err(error));
        }
        self.outbox.park(&mut end.task, token);
        Poll::Pending
    }

    /// The first frame of a substream arrives.
    pub(super) fn receive_open(&mut self, slot: u32, to: Side, id: u32) {
        let most = self.config.substream_backlog;
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let full = conn.end(to).arrived_streams.len() >= most;
        let Some(stream) = conn.streams.get_mut(&id) else {
            return;
        };
        if full {
            stream.half(to).holder = Holder::Released;
            self.transmit(slot, to, Frame::ResetStream(id), &[]);
            self.remove_stream_if_over(slot, id);
            return;
        }
        stream.half(to).holder = Holder::Queued;
        let end = conn.end(to);
        end.arrived_streams.push_back(id);
        self.outbox.wake(&mut end.acceptor);
    }

    /// The program drops a substream. It is reset unless both sides had
    /// finished and everything was read.
    pub(in crate::net) fn drop_stream(&mut self, conn: ConnRef, side: Side, id: u32) {
        let Some(found) = self.conns.get_mut(conn) else {
            return;
        };
        let end = found.end(side);
        let live = end.socket == Socket::Live;
        end.streams -= 1;
        if !end.forgotten {
            self.hosts[end.host.index()].resources.streams -= 1;
        }
        if let Some(stream) = found.streams.get_mut(&id) {
            if opener(id) == side {
                self.wire.given_up(self.now, found.id, id);
            }
            let announced = stream.announced;
            let half = stream.half(side);
            half.holder = Holder::Released;
            self.outbox.discard(&mut half.reader);
            self.outbox.discard(&mut half.writer);
            let reset = half.unfinished() && half.error.is_none();
            half.ready = 0;
            half.inbound.clear();
            if live && announced && reset {
                self.transmit(conn.slot, side, Frame::ResetStream(id), &[]);
            }
        }
        self.remove_stream_if_over(conn.slot, id);
        self.free_if_over(conn.slot);
    }

    pub(super) fn remove_stream_if_over(&mut self, slot: u32, id: u32) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.streams.get(&id).is_some_and(Substream::is_over)
            && let Some(stream) = conn.streams.swap_remove(&id)
        {
            self.wire.ended(self.now, conn.id, id);
            self.recycle(stream);
        }
    }

    /// Keeps the buffers of a finished substream for reuse.
    pub(super) fn recycle(&mut self, stream: Substream<T>) {
        for mut half in stream.halves {
            self.outbox.discard(&mut half.reader);
            self.outbox.discard(&mut half.writer);
            let capacity = half.inbound.capacity();
            if (1..=SPARE_CAPACITY).contains(&capacity) && self.spare.len() < SPARE_BUFFERS {
                half.inbound.clear();
                self.spare.push(half.inbound);
            }
        }
    }
}
