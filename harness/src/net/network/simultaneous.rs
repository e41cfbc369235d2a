//! Simultaneous open: two dials that meet become one connection (RFC 9293, section 3.5).
//!
//! Hole punching depends on it. It happens only if one of the dials expects the other side to
//! begin the handshake, as libp2p's `DialOpts::override_role` says. Two usual dials that cross
//! stay two connections. Over QUIC the dial that waits sends packets without meaning (libp2p-quic
//! 0.14, `hole_punching.rs`), so that only the other one can meet it.

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    event::NetEvent,
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
                    && dial.waits_for_handshake != syn.waits_for_handshake
            })
            .map(|(slot, dial)| ConnRef { slot, id: dial.id })
    }

    /// A SYN has met the dial of the other side: both become the connection of the SYN.
    pub(super) fn merge(&mut self, slot: u32, dial: ConnRef) {
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
