//! The end of connections: released by a program, or ended by the remote or a
//! fault.

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    error::ConnError,
    event::{CloseKind, ConnKind, NetEvent},
    outbox::Token,
    side::Side,
    substream::{Holder, PIPE, Substream},
};

impl<T: Token> Network<T> {
    /// The program drops its pipe: with a reset if data is unread, else with an
    /// end of data.
    pub(in crate::net) fn drop_pipe(&mut self, conn: ConnRef, side: Side) {
        self.release_end(conn, side, false);
    }

    /// The program drops its muxer, which closes the connection.
    pub(in crate::net) fn drop_mux(&mut self, conn: ConnRef, side: Side) {
        self.release_end(conn, side, false);
    }

    /// The program resets the connection, whether or not data is unread.
    pub(in crate::net) fn abort(&mut self, conn: ConnRef, side: Side) {
        self.release_end(conn, side, true);
    }

    /// Closes a muxed connection in an orderly way; the handle remains.
    pub(in crate::net) fn close_mux(&mut self, conn: ConnRef, side: Side) {
        let Some(found) = self.conns.get_mut(conn) else {
            return;
        };
        let end = found.end(side);
        let how = match end.socket {
            Socket::Live => CloseKind::Graceful,
            _ => CloseKind::AfterFailure,
        };
        if how == CloseKind::Graceful {
            end.socket = Socket::Orphan;
            end.error = Some(ConnError::ClosedLocally);
            self.transmit(conn.slot, side, Frame::Close, &[]);
            self.leave_routers(conn.slot);
        }
        self.uncount(conn, side, how);
        self.wake_all(conn.slot, side);
        self.forget_arrived_streams(conn.slot, side);
    }

    fn release_end(&mut self, conn: ConnRef, side: Side, abortive: bool) {
        let slot = conn.slot;
        let Some(found) = self.conns.get_mut(conn) else {
            return;
        };
        let mux = found.kind == ConnKind::Mux;
        let live = found.end(side).socket == Socket::Live;
        if mux && live && !abortive {
            self.close_mux(conn, side);
        } else if live {
            let pipe = found.streams.get_mut(&PIPE).map(|pipe| pipe.half(side));
            let unread = pipe.as_ref().is_some_and(|half| half.ready > 0);
            let finished = pipe.is_some_and(|half| std::mem::replace(&mut half.finished, true));
            if unread || abortive {
                self.transmit(slot, side, Frame::Reset, &[]);
                self.mark_dead(slot, side);
                self.uncount(conn, side, CloseKind::Abortive);
            } else {
                if !finished {
                    self.transmit(slot, side, Frame::Fin(PIPE), &[]);
                }
                if let Some(found) = self.conns.get_mut(conn) {
                    found.end(side).socket = Socket::Orphan;
                }
                self.uncount(conn, side, CloseKind::Graceful);
            }
        } else {
            self.uncount(conn, side, CloseKind::AfterFailure);
        }
        self.forget_arrived_streams(slot, side);
        if let Some(found) = self.conns.get_mut(conn) {
            let end = found.end(side);
            end.held = false;
            self.outbox.discard(&mut end.task);
            self.outbox.discard(&mut end.acceptor);
            if let Some(pipe) = found.streams.get_mut(&PIPE) {
                let half = pipe.half(side);
                half.holder = Holder::Released;
                half.ready = 0;
                half.inbound.clear();
                self.outbox.discard(&mut half.reader);
                self.outbox.discard(&mut half.writer);
            }
        }
        self.free_if_over(slot);
    }

    /// Fails the end and wakes its waiting tasks, which see the error.
    pub(super) fn fail_end(&mut self, slot: u32, side: Side, error: ConnError) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let id = conn.id;
        let end = conn.end(side);
        end.error.get_or_insert(error);
        self.log.push(NetEvent::Lost {
            at: self.now,
            conn: id,
            host: end.host,
            error,
        });
        self.mark_dead(slot, side);
        self.wake_all(slot, side);
    }

    /// Marks the end as dead in its host's kernel.
    pub(super) fn mark_dead(&mut self, slot: u32, side: Side) {
        self.leave_routers(slot);
        if let Some(conn) = self.conns.at_mut(slot) {
            conn.end(side).socket = Socket::Dead;
            conn.direction(side).drop_held();
        }
    }

    fn wake_all(&mut self, slot: u32, side: Side) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        let end = conn.end(side);
        self.outbox.wake(&mut end.task);
        self.outbox.wake(&mut end.acceptor);
        for stream in conn.streams.values_mut() {
            let half = stream.half(side);
            self.outbox.wake(&mut half.reader);
            self.outbox.wake(&mut half.writer);
        }
    }

    /// Removes the end from the host's resources, once.
    fn uncount(&mut self, conn: ConnRef, side: Side, how: CloseKind) {
        let Some(found) = self.conns.get_mut(conn) else {
            return;
        };
        let end = found.end(side);
        if std::mem::take(&mut end.counted) {
            self.hosts[end.host.index()].resources.connections -= 1;
            self.log.push(NetEvent::Closed {
                at: self.now,
                conn: conn.id,
                host: end.host,
                how,
            });
        }
    }

    /// Resets substreams that were not accepted and never will be.
    fn forget_arrived_streams(&mut self, slot: u32, side: Side) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.kind == ConnKind::Stream {
            return;
        }
        conn.end(side).arrived_streams.clear();
        for stream in conn.streams.values_mut() {
            let half = stream.half(side);
            if half.holder != Holder::Program {
                half.holder = Holder::Released;
            }
        }
        let over: Vec<u32> = conn
            .streams
            .iter()
            .filter(|(_, stream)| Substream::is_over(stream))
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            self.remove_stream_if_over(slot, id);
        }
    }
}
