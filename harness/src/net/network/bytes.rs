//! Reading and writing the byte stream of a pipe or of a substream.

use std::task::Poll;

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    error::ConnError,
    event::ConnKind,
    outbox::Token,
    side::Side,
    substream::{Holder, opener},
    wire::WireEvent,
};

/// With a limited rate, a larger write would arrive all at once at the end of
/// its transmission.
const SHAPED_WRITE: usize = 64 << 10;

impl<T: Token> Network<T> {
    /// Reads data that has arrived; returns 0 at the end of the stream.
    pub(in crate::net) fn read(
        &mut self,
        conn: ConnRef,
        side: Side,
        stream: u32,
        buf: &mut [u8],
        token: &T,
    ) -> Poll<Result<usize, ConnError>> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        let window = match found.kind {
            ConnKind::Stream => self.config.window,
            ConnKind::Mux => self.config.substream_window,
        };
        let (live, broken) = {
            let end = found.end(side);
            (end.socket == Socket::Live, end.error)
        };
        let Some(half) = found.streams.get_mut(&stream).map(|both| both.half(side)) else {
            return Poll::Ready(Err(broken.unwrap_or(ConnError::ClosedLocally)));
        };
        if half.ready > 0 && !buf.is_empty() {
            let read = half.read(buf);
            // A sender that has finished needs no more credit.
            let credit = match half.ended {
                true => None,
                false => half.due_credit(window),
            };
            if let (true, Some(bytes)) = (live, credit) {
                self.transmit(conn.slot, side, Frame::Credit(stream, bytes), &[]);
            }
            return Poll::Ready(Ok(read));
        }
        if half.ended || buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if let Some(error) = half.error.or(broken) {
            return Poll::Ready(Err(error));
        }
        self.outbox.park(&mut half.reader, token);
        Poll::Pending
    }

    /// Writes as much as the window allows.
    pub(in crate::net) fn write(
        &mut self,
        conn: ConnRef,
        side: Side,
        stream: u32,
        buf: &[u8],
        token: &T,
    ) -> Poll<Result<usize, ConnError>> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Poll::Ready(Err(ConnError::ClosedLocally));
        };
        let (host, broken) = {
            let end = found.end(side);
            (end.host, end.error)
        };
        let Some(both) = found.streams.get_mut(&stream) else {
            return Poll::Ready(Err(broken.unwrap_or(ConnError::ClosedLocally)));
        };
        let half = both.half(side);
        if let Some(error) = broken.or(half.error) {
            return Poll::Ready(Err(error));
        }
        if half.finished {
            return Poll::Ready(Err(ConnError::BrokenPipe));
        }
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        if half.credit == 0 {
            self.outbox.park(&mut half.writer, token);
            return Poll::Pending;
        }
        let record = &mut self.hosts[host.index()];
        let most = match record.bandwidth {
            Some(_) => SHAPED_WRITE,
            None => u32::MAX as usize,
        };
        let taken = buf.len().min(half.credit).min(most);
        half.credit -= taken;
        let payload = &buf[..taken];
        let other = both.half(side.other());
        if other.holder != Holder::Released {
            other.inbound.extend(payload);
        }
        record.traffic.sent.mark(self.now);
        if self.wire.enabled && found.kind == ConnKind::Mux {
            self.wire.events.push(WireEvent::Sent {
                at: self.now,
                conn: found.id,
                substream: stream,
                from: host,
                to: found.host(side.other()),
                by_opener: opener(stream) == side,
                bytes: payload.to_vec(),
            });
        }
        self.announce(conn.slot, side, stream);
        self.transmit(conn.slot, side, Frame::Data(stream, taken as u32), payload);
        Poll::Ready(Ok(taken))
    }

    /// Marks this side's end of data.
    pub(in crate::net) fn finish(
        &mut self,
        conn: ConnRef,
        side: Side,
        stream: u32,
    ) -> Result<(), ConnError> {
        let Some(found) = self.conns.get_mut(conn) else {
            return Err(ConnError::ClosedLocally);
        };
        let broken = found.end(side).error;
        let Some(half) = found.streams.get_mut(&stream).map(|both| both.half(side)) else {
            return Err(broken.unwrap_or(ConnError::ClosedLocally));
        };
        if half.finished {
            return Ok(());
        }
        if let Some(error) = broken.or(half.error) {
            return Err(error);
        }
        half.finished = true;
        self.outbox.wake(&mut half.writer);
        self.announce(conn.slot, side, stream);
        self.transmit(conn.slot, side, Frame::Fin(stream), &[]);
        Ok(())
    }

    /// Opens the substream at the remote: sent before its first frame.
    fn announce(&mut self, slot: u32, side: Side, stream: u32) {
        let both = self
            .conns
            .at_mut(slot)
            .and_then(|conn| conn.streams.get_mut(&stream));
        if let Some(both) = both
            && !both.announced
        {
            both.announced = true;
            self.transmit(slot, side, Frame::Open(stream), &[]);
        }
    }
}
