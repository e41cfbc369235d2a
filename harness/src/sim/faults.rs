//! Injecting network faults, which last as long as their guard.

use super::{control::Sim, error::SimError};
use crate::net::{
    CutScope, DialFault, DialTarget, Fabric, Fault, FaultId, HostId, Latency, LinkScope,
    LossEffect, Probability, ResetScope, Which,
};

/// A fault that is in force. It is healed when this guard is dropped, unless
/// [`forever`](Self::forever) is called.
#[must_use = "the fault is healed at once when its guard is dropped; bind the guard, or call `forever`"]
#[derive(Debug)]
pub struct FaultGuard {
    id: FaultId,
    /// `None` if nothing has to be done on drop.
    fabric: Option<Fabric>,
}

impl FaultGuard {
    /// The number of the fault, as in
    /// [`World::fault_report`](crate::World::fault_report).
    pub fn id(&self) -> FaultId {
        self.id
    }

    /// Sets what reports call the fault. Faults with the same label that were installed at
    /// the same instant are reported as one. Default: a description of what it does.
    pub fn label(self, label: &str) -> Self {
        if let Some(fabric) = &self.fabric {
            fabric.label(self.id, label);
        }
        self
    }

    /// Heals the fault now.
    pub fn heal(mut self) {
        if let Some(fabric) = self.fabric.take() {
            // The fault may already have been healed, for example by `heal_all`.
            let _ = fabric.heal(self.id);
        }
    }

    /// Keeps the fault in force until the end of the simulation, or until
    /// [`Sim::heal`] or [`Sim::heal_all`] is called.
    pub fn forever(mut self) -> FaultId {
        self.fabric = None;
        self.id
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        if let Some(fabric) = self.fabric.take() {
            fabric.drop_guard(self.id);
        }
    }
}

/// A fault is in force as long as its [`FaultGuard`] exists.
impl Sim {
    /// Splits the network into groups: hosts in different groups cannot reach each
    /// other. A host in no group can reach all hosts, and all can reach it.
    ///
    /// ```
    /// use dht_harness::{Node, Sim};
    /// use libp2p::{Swarm, kad};
    ///
    /// Sim::builder().test(|sim| {
    ///     let hosts = sim.spawn_n(3, "h", |node: &Node| {
    ///         let store = kad::store::MemoryStore::new(node.peer_id());
    ///         let kad = kad::Behaviour::new(node.peer_id(), store);
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    ///     });
    ///     let split = sim.partition(&[&[&hosts[0], &hosts[1]], &[&hosts[2]]]);
    ///     sim.connect(&hosts[0], &hosts[1])?;
    ///     assert!(sim.connect(&hosts[0], &hosts[2]).is_err());
    ///     split.heal();
    ///     sim.connect(&hosts[0], &hosts[2])
    /// });
    /// ```
    pub fn partition<H>(&mut self, groups: &[&[H]]) -> FaultGuard
    where
        for<'h> &'h H: Into<HostId>,
    {
        let group = |group: &&[H]| group.iter().map(Into::into).collect();
        self.install(Fault::Partition {
            groups: groups.iter().map(group).collect(),
        })
    }

    /// Drops packets from one set of hosts to another. The opposite direction is not
    /// affected, unless the sets overlap.
    pub fn cut(
        &mut self,
        from: impl IntoIterator<Item = impl Into<HostId>>,
        to: impl IntoIterator<Item = impl Into<HostId>>,
        scope: CutScope,
    ) -> FaultGuard {
        self.install(Fault::Cut {
            from: from.into_iter().map(Into::into).collect(),
            to: to.into_iter().map(Into::into).collect(),
            scope,
        })
    }

    /// Drops all packets between two hosts.
    pub fn blackhole(&mut self, a: impl Into<HostId>, b: impl Into<HostId>) -> FaultGuard {
        let (a, b) = (a.into(), b.into());
        self.install(Fault::Blackhole { a, b })
    }

    /// Holds back the data of existing connections between two hosts, until the fault
    /// is healed.
    pub fn stall(&mut self, a: impl Into<HostId>, b: impl Into<HostId>) -> FaultGuard {
        let (a, b) = (a.into(), b.into());
        self.install(Fault::Stall { a, b })
    }

    /// Holds back the data of one of several connections between two hosts, until the fault is
    /// healed.
    pub fn stall_one(
        &mut self,
        a: impl Into<HostId>,
        b: impl Into<HostId>,
        which: Which,
    ) -> FaultGuard {
        let (a, b) = (a.into(), b.into());
        self.install(Fault::StallOne { a, b, which })
    }

    /// Takes the network interface of a host away: nothing passes, in either direction, and
    /// neither side is told. If the host [gets another address](Self::assign_ip) meanwhile, its
    /// connections never carry anything again.
    pub fn take_offline(&mut self, host: impl Into<HostId>) -> FaultGuard {
        let host = host.into();
        self.install(Fault::Offline { host })
    }

    /// Drops each packet of UDP to and from a host: its connections and dials over QUIC carry
    /// nothing, and those over TCP are not affected.
    pub fn drop_udp(&mut self, host: impl Into<HostId>) -> FaultGuard {
        let host = host.into();
        self.install(Fault::DropUdp { host })
    }

    /// Sets the outcome of dials to a host or an address: of those by one host, or of
    /// all.
    pub fn dial_fault(
        &mut self,
        from: Option<HostId>,
        target: impl Into<DialTarget>,
        outcome: DialFault,
    ) -> FaultGuard {
        self.install(Fault::Dial {
            from,
            target: target.into(),
            outcome,
        })
    }

    /// Puts a host behind a firewall: a dial to any of its ports has this outcome.
    /// Its own dials and existing connections still work.
    pub fn firewall(&mut self, host: impl Into<HostId>, outcome: DialFault) -> FaultGuard {
        self.dial_fault(None, host.into(), outcome)
    }

    /// Changes the latency of all links, or of those between a pair of hosts.
    pub fn set_latency(&mut self, scope: impl Into<LinkScope>, latency: Latency) -> FaultGuard {
        let scope = scope.into();
        self.install(Fault::Latency { scope, latency })
    }

    /// Loses segments on all links, or on those between a pair of hosts.
    pub fn lose(
        &mut self,
        scope: impl Into<LinkScope>,
        probability: Probability,
        effect: LossEffect,
    ) -> FaultGuard {
        self.install(Fault::Loss {
            scope: scope.into(),
            probability,
            effect,
        })
    }

    /// Resets connections or substreams now. This cannot be healed.
    ///
    /// # Errors
    /// As for [`inject`](Self::inject).
    pub fn reset(&mut self, scope: ResetScope) -> Result<(), SimError> {
        self.inject(Fault::Reset { scope })?.forever();
        Ok(())
    }

    /// Heals a fault that stands [forever](FaultGuard::forever).
    ///
    /// # Errors
    /// It is healed already.
    pub fn heal(&mut self, fault: FaultId) -> Result<(), SimError> {
        Ok(self.network().heal(fault)?)
    }

    /// Heals every fault in force.
    pub fn heal_all(&mut self) {
        self.network().heal_all();
    }

    /// Installs any fault.
    ///
    /// # Errors
    /// Returns an error if substreams should be reset on a transport without visible
    /// substreams.
    pub fn inject(&mut self, fault: Fault) -> Result<FaultGuard, SimError> {
        Ok(FaultGuard {
            id: self.network().inject(fault)?,
            fabric: Some(self.network().clone()),
        })
    }

    /// Installs a fault that is possible on every transport.
    fn install(&mut self, fault: Fault) -> FaultGuard {
        self.inject(fault)
            .expect("only a reset of substreams asks for more than every transport has")
    }
}
