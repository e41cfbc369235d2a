//! The network resources of hosts, and the faults that affect them.

use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use libp2p::{Multiaddr, PeerId};

use super::World;
use crate::net::{
    AddressKinds, Fabric, FaultRecord, HostId, HostResources, RouterId, TrafficStats, transport_of,
};

impl World {
    /// The network resources of the host.
    pub fn resources(&self, host: impl Into<HostId>) -> HostResources {
        let host = host.into();
        self.fabric().resources(host)
    }

    /// The traffic of the host so far.
    pub fn traffic(&self, host: impl Into<HostId>) -> TrafficStats {
        let host = host.into();
        self.fabric().traffic(host)
    }

    /// The host's ip.
    pub fn ip(&self, host: impl Into<HostId>) -> Ipv4Addr {
        self.fabric().ip(host.into())
    }

    /// The kinds of addresses on which the host listens, and which it dials.
    ///
    /// # Panics
    /// Panics if there is no such host.
    pub fn address_kinds(&self, host: impl Into<HostId>) -> AddressKinds {
        self.fabric().kinds(host.into())
    }

    /// Whether the host has the transport of an address that is of none of its kinds: it has had
    /// a connection over it, has dialled over it, or its swarm listens on it.
    pub(crate) fn has_transport_of(&self, host: HostId, address: &Multiaddr) -> bool {
        self.swarm_log(host, |log| log.has_transport_of(address))
            || self.swarm(host).is_some_and(|swarm| {
                let mut own = swarm.listeners.iter();
                own.any(|own| transport_of(own) == transport_of(address))
            })
    }

    /// The first address of the host in a private network, or on its interface `loopback`;
    /// `None` if it has no such interface.
    pub fn interface_address(&self, host: impl Into<HostId>, interface: &str) -> Option<Multiaddr> {
        self.fabric().home_in(host.into(), interface)
    }

    /// The addresses by which all others reach the host, one of each of its kinds.
    ///
    /// # Panics
    /// Panics if there is no such host.
    pub fn listen_addresses(&self, host: impl Into<HostId>) -> Vec<Multiaddr> {
        self.fabric().homes(host.into())
    }

    /// The ip of a router, in the network outside.
    ///
    /// # Panics
    /// Panics if there is no such router.
    pub fn router_ip(&self, router: RouterId) -> Ipv4Addr {
        self.fabric().router_ip(router)
    }

    /// The network.
    pub(crate) fn fabric(&self) -> &Fabric {
        self.engine.fabric()
    }

    /// The time from which `peer` does not answer `host`: its host is down, the link
    /// between them is cut, or the test has declared it dead. `None` while it
    /// answers.
    pub(crate) fn dead_since(
        &self,
        host: impl Into<HostId>,
        peer: &PeerId,
    ) -> Option<VirtualInstant> {
        let host = host.into();
        let remote = self.host_of(peer)?;
        if self.status(remote).is_over() {
            return Some(self.since(remote));
        }
        let declared = self.declared_dead(remote);
        self.cuts()
            .filter(|fault| fault.fault.separates())
            .filter(|fault| fault.fault.hinders(host, remote))
            .map(|fault| fault.planned_at)
            .chain(declared)
            .min()
    }

    /// Whether any link is currently cut.
    pub(crate) fn has_cuts(&self) -> bool {
        self.cuts().next().is_some()
    }

    /// When a cut of a link was last healed. What hosts have sent meanwhile is on its way since.
    pub(crate) fn cuts_healed_at(&self) -> Option<VirtualInstant> {
        let faults = self.fabric().faults().into_iter();
        faults
            .filter(|fault| fault.fault.cuts_links())
            .filter_map(|fault| fault.healed_at)
            .max()
    }

    fn cuts(&self) -> impl Iterator<Item = FaultRecord> {
        self.fabric()
            .faults()
            .into_iter()
            .filter(|fault| fault.healed_at.is_none() && fault.fault.cuts_links())
    }

    /// All faults so far in the order of installation: their effect, when they were
    /// in force, the time of their first effect and the number of their effects.
    ///
    /// A fault without effects has tested nothing.
    pub fn fault_report(&self) -> Vec<FaultRecord> {
        self.fabric().faults()
    }

    /// The [kinds](crate::net::Fault::kind) of the faults in force, each once, in the order of
    /// their installation.
    pub fn faults_in_force(&self) -> Vec<&'static str> {
        self.fabric().faults_in_force()
    }
}
