//! Faults taking effect and being healed.

use super::super::connection::Socket;
use super::super::error::ConnError;
use super::super::fault::{Fault, FaultId, FaultRecord, ResetScope};
use super::super::outbox::Token;
use super::super::side::Side;
use super::Network;

impl<T: Token> Network<T> {
    /// Installs a fault. A reset happens at once and is over with that.
    pub(in super::super) fn inject(&mut self, fault: Fault) -> FaultId {
        let reset = match &fault {
            Fault::Reset { scope } => Some(*scope),
            _ => None,
        };
        let shapes = matches!(fault, Fault::Bandwidth { .. });
        let id = self.rules.install(fault, self.now, &mut self.log);
        if let Some(scope) = reset {
            self.reset(id, scope);
            self.rules.lift(id, self.now, &mut self.log);
        }
        if shapes {
            self.apply_bandwidth();
        }
        id
    }

    /// Heals a fault; false if it is not in force.
    pub(in super::super) fn heal(&mut self, id: FaultId) -> bool {
        if !self.rules.lift(id, self.now, &mut self.log) {
            return false;
        }
        self.apply_bandwidth();
        self.retry_stalled();
        true
    }

    pub(in super::super) fn heal_all(&mut self) {
        for id in self.rules.standing() {
            self.rules.lift(id, self.now, &mut self.log);
        }
        self.apply_bandwidth();
        self.retry_stalled();
    }

    pub(in super::super) fn faults(&self) -> &[FaultRecord] {
        self.rules.records()
    }

    fn apply_bandwidth(&mut self) {
        for (index, host) in (0..).zip(&mut self.hosts) {
            let id = super::HostId(index);
            host.bandwidth = self.rules.bandwidth(id).unwrap_or(self.config.bandwidth);
        }
    }

    fn reset(&mut self, fault: FaultId, scope: ResetScope) {
        let (host, peer) = match scope {
            ResetScope::Between(a, b) => (a, Some(b)),
            ResetScope::Host(host) => (host, None),
        };
        if host.index() >= self.hosts.len() {
            return;
        }
        for (slot, side) in self.ends_on(host) {
            let Some(conn) = self.conns.at_mut(slot) else {
                continue;
            };
            let between = peer.is_none_or(|peer| conn.host(side.other()) == peer);
            let dialling = conn.end(Side::Dialer).socket == Socket::SynSent;
            if !between || dialling {
                continue;
            }
            if self.break_off(slot) {
                self.rules.bite(fault, self.now, &mut self.log);
            }
        }
    }

    /// Both ends see a reset at once, and what is on its way is lost; a dial that
    /// is under way is refused. True if an end was alive.
    pub(super) fn break_off(&mut self, slot: u32) -> bool {
        let mut hit = false;
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
                Socket::Orphan | Socket::Dead => self.bury(slot, side),
            }
        }
        hit
    }
}
