//! Things go wrong in the network, for as long as a guard lives.

use super::{control::Sim, error::SimError};
use crate::net::{
    CutScope, DialFault, DialTarget, Fabric, Fault, FaultId, HostId, Latency, LinkScope,
    LossEffect, Probability, ResetScope,
};

/// A fault that is in force. It is healed when this is dropped, unless
/// [`forever`](Self::forever) has let it stand.
#[must_use = "the fault is healed at once when its guard is dropped; bind the guard, or call `forever`"]
#[derive(Debug)]
pub struct FaultGuard {
    id: FaultId,
    /// `None` once nothing is left to do at the drop.
    fabric: Option<Fabric>,
}

impl FaultGuard {
    /// The fault's number, as in [`World::fault_report`](crate::World::fault_report).
    pub fn id(&self) -> FaultId {
        self.id
    }

    /// Heals the fault now, as a drop does.
    pub fn heal(self) {
        drop(self);
    }

    /// Lets the fault stand until the end of the simulation, or until
    /// [`Fabric::heal`] or [`Fabric::heal_all`].
    pub fn forever(mut self) -> FaultId {
        self.fabric = None;
        self.id
    }
}

impl Drop for FaultGuard {
    fn drop(&mut self) {
        if let Some(fabric) = self.fabric.take() {
            // It may be healed already, by `heal_all`: that is what was wanted.
            let _ = fabric.heal(self.id);
        }
    }
}

/// Faults last as long as their [`FaultGuard`].
impl Sim {
    /// Splits the network into groups: hosts of different groups do not reach
    /// each other. A host in no group reaches and is reached by all.
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

    /// Drops packets on the way from one set of hosts to another. The way back is
    /// open unless the sets overlap.
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

    /// Keeps what the present connections between two hosts carry, until the
    /// fault is healed.
    pub fn stall(&mut self, a: impl Into<HostId>, b: impl Into<HostId>) -> FaultGuard {
        let (a, b) = (a.into(), b.into());
        self.install(Fault::Stall { a, b })
    }

    /// Decides how dials to a host or an address end: those of one host, or of
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

    /// Puts a host behind a firewall: a dial to it, at whatever port, ends as
    /// `outcome` says, while its own dials work and so do connections that are
    /// up.
    pub fn firewall(&mut self, host: impl Into<HostId>, outcome: DialFault) -> FaultGuard {
        self.dial_fault(None, host.into(), outcome)
    }

    /// Changes the latency of links: of all, or, by a pair of hosts, of those
    /// between the two.
    pub fn set_latency(&mut self, scope: impl Into<LinkScope>, latency: Latency) -> FaultGuard {
        let scope = scope.into();
        self.install(Fault::Latency { scope, latency })
    }

    /// Loses segments of links: of all, or, by a pair of hosts, of those between
    /// the two.
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

    /// Resets connections or substreams now. There is nothing to heal.
    ///
    /// # Errors
    /// As [`inject`](Self::inject).
    pub fn reset(&mut self, scope: ResetScope) -> Result<(), SimError> {
        self.inject(Fault::Reset { scope })?.forever();
        Ok(())
    }

    /// Installs any fault.
    ///
    /// # Errors
    /// Substreams are to be reset on a transport that hides them.
    pub fn inject(&mut self, fault: Fault) -> Result<FaultGuard, SimError> {
        Ok(FaultGuard {
            id: self.network().inject(fault)?,
            fabric: Some(self.network().clone()),
        })
    }

    /// Installs a fault that every transport can have.
    fn install(&mut self, fault: Fault) -> FaultGuard {
        self.inject(fault)
            .expect("only a reset of substreams asks for more than every transport has")
    }
}
