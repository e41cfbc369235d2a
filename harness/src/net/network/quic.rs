//! Connections of QUIC: what they notice of a path that carries nothing.
//!
//! libp2p-quic sends keep-alive packets and closes a connection of which it hears nothing, and
//! it has no migration. No keep-alive packet is simulated: a timeout is set when the path goes
//! silent. Nothing here is reached as long as there is no such connection.

use super::Network;
use crate::net::{
    connection::{Conn, Socket},
    direction::Segment,
    fault::FaultId,
    host::Host,
    outbox::Token,
    side::Side,
};

/// Whether an end of a connection has lost its address without being told. Over QUIC that is
/// always so: libp2p-quic 0.14 switches migration off, and what is sent from the new one is
/// ignored.
pub(super) fn is_displaced<T>(conn: &Conn<T>, hosts: &[Host]) -> bool {
    (conn.wedged || conn.is_quic())
        && (conn.uprooted
            || conn.ends.iter().any(|end| {
                end.socket != Socket::Absent && !hosts[end.host.index()].has(&end.local)
            }))
}

impl<T: Token> Network<T> {
    /// A side of a connection has died, or has lost its address: keep-alive packets of the
    /// other one are not answered.
    pub(super) fn go_silent(&mut self, slot: u32) {
        if !self.conns.at(slot).is_some_and(Conn::is_quic) {
            return;
        }
        for side in Side::BOTH {
            self.hear_nothing(slot, side, false);
        }
    }

    /// A fault has been installed: keep-alive packets that it cuts off are not answered.
    pub(super) fn miss_keep_alive(&mut self) {
        let quic = self.conns.slots().filter(|(_, conn)| conn.is_quic());
        let cut: Vec<(u32, FaultId)> = quic
            .filter_map(|(slot, conn)| {
                let cut = |from| self.rules.cut(conn.packet(from));
                Some((slot, cut(Side::Dialer).or_else(|| cut(Side::Listener))?))
            })
            .collect();
        for (slot, fault) in cut {
            self.rules.record_hit(fault, self.now, &mut self.log);
            for side in Side::BOTH {
                self.hear_nothing(slot, side, true);
            }
        }
    }

    /// This side of a connection hears nothing from now on: because a fault cuts the path, or
    /// because no host has the address.
    fn hear_nothing(&mut self, slot: u32, side: Side, is_cut: bool) {
        let Some(conn) = self.conns.at_mut(slot) else {
            return;
        };
        if conn.end(side).socket != Socket::Live {
            return;
        }
        let direction = conn.direction(side);
        match is_cut {
            true => direction.ack_cut = true,
            false => direction.lost = true,
        }
        self.stall(slot, side, self.now);
    }

    /// A segment arrives where the address is gone.
    pub(super) fn discard(&mut self, slot: u32, from: Side, segment: &Segment) {
        if let Some(conn) = self.conns.at_mut(slot) {
            let frames = segment.frames as usize;
            conn.direction(from).frames.drain(..frames);
        }
    }
}
