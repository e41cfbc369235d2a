//! Simultaneous open: two dials that meet become one connection (RFC 9293, section 3.5).
//!
//! Hole punching depends on it: one of the dials expects the other side to begin the handshake, as
//! libp2p's `DialOpts::override_role` says. Over QUIC the dial that waits sends packets without
//! meaning (libp2p-quic 0.14, `hole_punching.rs`), so that only the other one can meet it. Two usual
//! dials that cross stay two connections, unless the network is to do as the kernel does
//! (`NetworkConfig::simultaneous_open`).

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    error::ConnError,
    event::{ConnKind, NetEvent},
    outbox::Token,
    side::Side,
};

impl<T: Token> Network<T> {
    /// The dial of the host that a SYN reaches, which goes from where the SYN goes to where
    /// the SYN comes from.
    pub(super) fn crossing_dial(&self, slot: u32) -> Option<ConnRef> {
        let syn = self.conns.at(slot)?;
        let here = &syn.ends[1];
        if syn.is_quic() && syn.waits_for_handshake {
            return None;
        }
        if !self
            .pairs
            .contains_key(&(here.host, here.local, here.remote))
        {
            return None;
        }
        let slots = self.hosts[here.host.index()].connections.values();
        slots
            .filter_map(|slot| Some((*slot, self.conns.at(*slot)?)))
            .find(|(_, dial)| {
                let end = &dial.ends[0];
                end.host == here.host
                    && end.socket == Socket::SynSent
                    && (end.local, end.remote) == (here.local, here.remote)
                    && dial.kind == syn.kind
                    && dial.id != syn.id
                    && match (dial.waits_for_handshake, syn.waits_for_handshake) {
                        (false, false) => self.config.simultaneous_open && !syn.is_quic(),
                        (waits, other_waits) => waits != other_waits,
                    }
            })
            .map(|(slot, dial)| ConnRef { slot, id: dial.id })
    }

    /// A SYN has met the dial of the other side. Muxed connections have no handshake of their own
    /// that could fail because both sides begin it, so that it fails here. In a byte pipe it is the
    /// user's stack that fails.
    pub(super) fn meet(&mut self, slot: u32, dial: ConnRef) {
        let waits = |slot| {
            let found = self.conns.at(slot);
            found.is_some_and(|conn| conn.waits_for_handshake || conn.kind == ConnKind::Stream)
        };
        if waits(slot) || waits(dial.slot) {
            return self.merge(slot, dial);
        }
        self.fail_dial(dial.slot, ConnError::SimultaneousOpen);
        self.refuse(slot, Frame::Crossed);
    }

    /// Two dials become the connection of the SYN.
    fn merge(&mut self, slot: u32, dial: ConnRef) {
        let Some(crossing) = self.conns.get_mut(dial) else {
            return;
        };
        let identity = crossing.ends[0].identity;
        let Some(id) = self.open_listener_end(slot, identity) else {
            return;
        };
        let Some(crossing) = self.conns.get_mut(dial) else {
            return;
        };
        crossing.merged = Some(ConnRef { slot, id });
        let end = crossing.end(Side::Dialer);
        self.outbox.wake(&mut end.task);
        let host = end.host;
        self.mark_dead(dial.slot, Side::Dialer);
        if let Some(conn) = self.conns.at_mut(slot) {
            conn.end(Side::Listener).counted = true;
        }
        let resources = &mut self.hosts[host.index()].resources;
        resources.dials -= 1;
        resources.connections += 1;
        self.log.push(NetEvent::DialMerged {
            at: self.now,
            conn: dial.id,
            from: host,
            into: id,
        });
        self.transmit(slot, Side::Listener, Frame::SynAck, &[]);
        self.time_out_if_late(slot, Side::Listener);
    }
}
