//! What the network holds of hosts, and what cuts them off.

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;

use super::World;
use crate::net::{Fabric, Fault, FaultRecord, HostId, HostResources, TrafficStats};

impl World {
    /// What the network holds of the host.
    pub fn resources(&self, host: impl Into<HostId>) -> HostResources {
        let host = host.into();
        self.fabric().resources(host)
    }

    /// What the host has done in the network so far.
    pub fn traffic(&self, host: impl Into<HostId>) -> TrafficStats {
        let host = host.into();
        self.fabric().traffic(host)
    }

    /// The network.
    pub fn fabric(&self) -> &Fabric {
        self.engine.fabric()
    }

    /// Since when `peer` does not answer `host`: its host is gone, the link
    /// between them is cut, or the test has declared it dead. `None` while it
    /// does.
    pub fn dead_since(&self, host: impl Into<HostId>, peer: &PeerId) -> Option<VirtualInstant> {
        let host = host.into();
        let remote = self.host_of(peer)?;
        if self.status(remote).is_over() {
            return Some(self.since(remote));
        }
        let declared = self.declared_dead(remote);
        self.cuts()
            .filter(|fault| !matches!(fault.fault, Fault::Stall { .. }))
            .filter(|fault| fault.fault.hinders(host, remote))
            .map(|fault| fault.planned_at)
            .chain(declared)
            .min()
    }

    /// Whether any link is cut now.
    pub fn has_cuts(&self) -> bool {
        self.cuts().next().is_some()
    }

    fn cuts(&self) -> impl Iterator<Item = FaultRecord> {
        self.fabric().faults().into_iter().filter(|fault| {
            fault.healed_at.is_none()
                && matches!(
                    fault.fault,
                    Fault::Partition { .. }
                        | Fault::Cut { .. }
                        | Fault::Blackhole { .. }
                        | Fault::Stall { .. }
                )
        })
    }

    /// Every fault so far in the order of installation: what it does, from when
    /// to when, when it first had an effect and how many it had.
    ///
    /// A fault without effects has tested nothing.
    pub fn fault_report(&self) -> Vec<FaultRecord> {
        self.fabric().faults()
    }
}
