//! Installing and healing faults.

use std::collections::BTreeSet;

use super::Network;
use super::listen::Notice;
use crate::net::{
    connection::Socket,
    error::{ConnError, NetError},
    event::{ConnId, ConnKind},
    fault::{Fault, FaultId, FaultRecord, ResetScope},
    host::HostId,
    outbox::Token,
    side::Side,
};

impl<T: Token> Network<T> {
    /// Installs a fault. A reset takes effect at once and is then over.
    pub(in crate::net) fn inject(&mut self, fault: Fault) -> Result<FaultId, NetError> {
        let (mut reset, mut existing) = (None, BTreeSet::new());
        let mut shapes = false;
        let cuts = fault.cuts_links();
        let leaves = match fault {
            Fault::Offline { host } if !self.rules.is_offline(host) => Some(host),
            _ => None,
        };
        match fault {
            Fault::Reset { scope } => {
                self.check_visible(scope)?;
                reset = Some(scope);
            }
            Fault::Stall { a, b } => existing = self.established_between(a, b),
            Fault::StallOne { a, b, which } => {
                let all = self.established_between(a, b).into_iter();
                existing = which.of(all).into_iter().collect();
            }
            Fault::Bandwidth { .. } => shapes = true,
            // The rules apply these to each packet or dial.
            Fault::Partition { .. }
            | Fault::Cut { .. }
            | Fault::Blackhole { .. }
            | Fault::Dial { .. }
            | Fault::Latency { .. }
            | Fault::Loss { .. }
            | Fault::Offline { .. }
            | Fault::DropUdp { .. } => {}
        }
        let id = self.rules.install(fault, existing, self.now, &mut self.log);
        if let Some(scope) = reset {
            self.reset(id, scope);
            self.rules.lift(id, self.now, &mut self.log);
        }
        if shapes {
            self.apply_bandwidth();
        }
        if let Some(host) = leaves {
            self.tell_interface(host, true);
        }
        if cuts && self.carries_quic {
            self.miss_keep_alive();
        }
        Ok(id)
    }

    /// Checks that the network can tell apart the substreams that are to be
    /// reset.
    fn check_visible(&self, scope: ResetScope) -> Result<(), NetError> {
        let ResetScope::Substreams(a, b) = scope else {
            return Ok(());
        };
        let mut kinds = self
            .ends_between(a, Some(b))
            .into_iter()
            .filter_map(|slot| {
                let conn = self.conns.at(slot)?;
                Some(conn.kind)
            });
        match kinds.next() {
            Some(ConnKind::Stream) if kinds.all(|kind| kind == ConnKind::Stream) => {
                Err(NetError::SubstreamsInvisible { a, b })
            }
            _ => Ok(()),
        }
    }

    /// The established connections between two hosts.
    fn established_between(&self, a: HostId, b: HostId) -> BTreeSet<ConnId> {
        let slots = self.ends_between(a, Some(b)).into_iter();
        slots
            .filter_map(|slot| self.conns.at(slot))
            .filter(|conn| conn.established)
            .map(|conn| conn.id)
            .collect()
    }

    /// The connections of a host, or those it has with one peer, oldest first.
    fn ends_between(&self, host: HostId, peer: Option<HostId>) -> Vec<u32> {
        if host.index() >= self.hosts.len() {
            return Vec::new();
        }
        let mut slots: Vec<u32> = self
            .ends_on(host)
            .into_iter()
            .filter(|(slot, side)| {
                let conn = self.conns.at(*slot);
                conn.is_some_and(|conn| peer.is_none_or(|peer| conn.host(side.other()) == peer))
            })
            .map(|(slot, _)| slot)
            .collect();
        // A host that has dialled itself is at both ends of the connection.
        slots.dedup();
        slots
    }

    /// Sets what reports call a fault.
    pub(in crate::net) fn label(&mut self, id: FaultId, label: &str) {
        self.rules.label(id, label);
    }

    /// Heals a fault. Returns false if it is not in force.
    pub(in crate::net) fn heal(&mut self, id: FaultId) -> bool {
        if !self.lift(id) {
            return false;
        }
        self.apply_bandwidth();
        self.retry_stalled();
        true
    }

    /// Heals a fault whose guard is dropped.
    pub(in crate::net) fn drop_guard(&mut self, id: FaultId) {
        if self.heal(id) {
            self.rules.note_dropped(id);
        }
    }

    pub(in crate::net) fn was_dropped(&self, id: FaultId) -> bool {
        self.rules.was_dropped(id)
    }

    pub(in crate::net) fn heal_all(&mut self) {
        for id in self.rules.standing() {
            self.lift(id);
        }
        self.apply_bandwidth();
        self.retry_stalled();
    }

    /// Ends a fault. Returns false if it is not in force.
    fn lift(&mut self, id: FaultId) -> bool {
        if !self.rules.lift(id, self.now, &mut self.log) {
            return false;
        }
        if let Some(host) = self.rules.interface(id)
            && !self.rules.is_offline(host)
        {
            self.tell_interface(host, false);
        }
        true
    }

    pub(in crate::net) fn faults(&self) -> &[FaultRecord] {
        self.rules.records()
    }

    fn apply_bandwidth(&mut self) {
        for (index, host) in (0..).zip(&mut self.hosts) {
            let id = HostId(index);
            host.bandwidth = self.rules.bandwidth(id).unwrap_or(self.config.bandwidth);
        }
        self.apply_rates();
    }

    /// Tells the listeners of a host that its network interface has gone away or has come back.
    fn tell_interface(&mut self, host: HostId, is_away: bool) {
        let Some(host) = self.hosts.get(host.index()) else {
            return;
        };
        for (_, number) in &host.listeners {
            let Some(listener) = &mut self.listeners[*number as usize] else {
                continue;
            };
            // A listener bound to one ip is not informed, as in a real kernel.
            if listener.bind.is_none() {
                let reached = host.reached_at(listener.at);
                let reached = reached.filter(|at| !at.ip().is_loopback());
                listener.notices.extend(reached.map(|at| match is_away {
                    true => Notice::Expired(at),
                    false => Notice::Address(at),
                }));
                self.outbox.wake(&mut listener.task);
            }
        }
    }

    fn reset(&mut self, fault: FaultId, scope: ResetScope) {
        let slots = match scope {
            ResetScope::Between(a, b) | ResetScope::Substreams(a, b) => {
                self.ends_between(a, Some(b))
            }
            ResetScope::Host(host) => self.ends_between(host, None),
            ResetScope::One(a, b, which) => {
                let slots = self.ends_between(a, Some(b)).into_iter();
                let up = slots.filter(|slot| self.is_up(*slot));
                which.of(up).into_iter().collect()
            }
        };
        for slot in slots {
            let hit = match scope {
                ResetScope::Substreams(..) => self.reset_streams(slot),
                ResetScope::Between(..) | ResetScope::Host(_) | ResetScope::One(..) => {
                    self.reset_connection(slot)
                }
            };
            if hit {
                self.rules.record_hit(fault, self.now, &mut self.log);
            }
        }
    }

    /// Resets an established connection. Returns true if an end was alive.
    fn reset_connection(&mut self, slot: u32) -> bool {
        self.is_up(slot) && self.break_off(slot)
    }

    /// Whether the dial of a connection has ended.
    fn is_up(&self, slot: u32) -> bool {
        let conn = self.conns.at(slot);
        conn.is_some_and(|conn| conn.ends[0].socket != Socket::SynSent)
    }

    /// Resets the open substreams of a muxed connection, at both ends at once.
    /// Data that has arrived can still be read. Returns true if there was one.
    fn reset_streams(&mut self, slot: u32) -> bool {
        let Some(conn) = self.conns.at_mut(slot) else {
            return false;
        };
        if conn.kind == ConnKind::Stream {
            return false;
        }
        let mut hit = false;
        for half in conn.streams.values_mut().flat_map(|both| &mut both.halves) {
            if half.unfinished() && half.error.is_none() {
                hit = true;
                half.error = Some(ConnError::Reset);
                self.outbox.wake(&mut half.reader);
                self.outbox.wake(&mut half.writer);
            }
        }
        hit
    }

    /// Resets the connection at both ends at once; data in flight is lost, and
    /// a dial in progress is refused. Returns true if an end was alive.
    pub(super) fn break_off(&mut self, slot: u32) -> bool {
        let mut hit = false;
        self.leave_links(slot);
        for side in Side::BOTH {
            let Some(conn) = self.conns.at_mut(slot) else {
                continue;
            };
            let direction = conn.direction(side);
            self.in_flight -= direction.segments.len();
            direction.segments.clear();
            direction.frames.clear();
            direction.held = None;
            match conn.end(side).socket {
                Socket::Live => {
                    hit = true;
                    self.fail_end(slot, side, ConnError::Reset);
                }
                Socket::SynSent => {
                    hit = true;
                    self.fail_dial(slot, ConnError::Refused);
                }
                Socket::Absent => {}
                Socket::Orphan | Socket::Dead => self.mark_dead(slot, side),
            }
        }
        hit
    }
}
