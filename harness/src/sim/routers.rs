//! Routers, and the hosts behind them.

use libp2p::{Multiaddr, swarm::NetworkBehaviour};

use super::{control::Sim, error::SimError, launch::HostBuilder};
use crate::net::{AddressKinds, Carrier, HostId, Interfaces, Nat, NetError, RouterId};

impl Sim {
    /// Adds a router to the internet. Hosts are put behind it with
    /// [`HostBuilder::behind`].
    ///
    /// Set [`NetworkConfig::public_addresses`](crate::net::NetworkConfig::public_addresses),
    /// or libp2p takes all hosts for hosts of a private network.
    pub fn add_router(&mut self, nat: Nat) -> RouterId {
        let router = self.network().add_router(nat, None);
        self.world.note_router(router, nat, None);
        router
    }

    /// Adds a router behind another one, as that of a home behind that of a provider.
    ///
    /// # Panics
    /// Panics if `outer` is a router of another simulation.
    pub fn add_router_behind(&mut self, outer: RouterId, nat: Nat) -> RouterId {
        let router = self.network().add_router(nat, Some(outer));
        self.world.note_router(router, nat, Some(outer));
        router
    }

    /// Names a router for traces, reports and pictures. Hosts that are spawned afterwards are
    /// shown behind a router of this name; without one they are shown behind its number.
    ///
    /// # Panics
    /// Panics if the router is one of another simulation.
    pub fn name_router(&mut self, router: RouterId, name: impl Into<String>) {
        self.world.name_router(router, name.into());
    }

    /// Adds a host with these kinds of addresses and interfaces to the internet, or behind a
    /// router.
    pub(super) fn add_host(
        &mut self,
        behind: Option<RouterId>,
        kinds: AddressKinds,
        interfaces: &Interfaces,
    ) -> HostId {
        let host = self.network().add_host(behind, kinds);
        self.network().add_interfaces(host, interfaces);
        self.world.note_behind(host, behind);
        host
    }

    /// Asks the router in front of a host for a port that leads to the port on which the host
    /// listens by default with this carrier over IPv4, as UPnP and NAT-PMP do. Returns the
    /// address of the router with that port. The host does not know of it: an application tells
    /// its swarm, as libp2p-upnp does.
    ///
    /// # Errors
    /// Fails if the host is behind no router, or if its router refuses.
    pub fn map_port(
        &mut self,
        host: impl Into<HostId>,
        carrier: Carrier,
    ) -> Result<Multiaddr, SimError> {
        let mapped = self.network().map_port(host.into(), carrier);
        self.naming_routers(mapped)
    }

    /// What the network has done, with the names of routers in its error.
    pub(super) fn naming_routers<R>(&self, done: Result<R, NetError>) -> Result<R, SimError> {
        Ok(done.map_err(|error| error.naming(|router| self.world.router_name(router)))?)
    }

    /// Restarts a router: it forgets its mappings, ports that it has granted among them. A
    /// connection of TCP through it is lost as one that was idle for too long. One of QUIC
    /// survives if the router gives the host the same port again. A router that chooses ports
    /// goes on with others than before.
    ///
    /// # Panics
    /// Panics if the router is one of another simulation.
    pub fn restart_router(&mut self, router: RouterId) {
        self.network().restart_router(router, false);
    }

    /// A router grants no ports from now on, as if UPnP had been switched off. The ports that it
    /// has granted stay mapped until it restarts.
    ///
    /// # Panics
    /// Panics if the router is one of another simulation.
    pub fn refuse_ports(&mut self, router: RouterId) {
        self.network().refuse_ports(router);
    }

    /// As [`restart_router`](Self::restart_router), after which the router has another address
    /// outside, as after a reconnection to a provider.
    ///
    /// # Panics
    /// Panics if the router is one of another simulation.
    pub fn renumber_router(&mut self, router: RouterId) {
        self.network().restart_router(router, true);
    }
}

impl<B: NetworkBehaviour> HostBuilder<'_, B> {
    /// Puts the host behind a router: its address is one of the router's private network.
    ///
    /// # Panics
    /// Spawning the host panics if the router is one of another simulation.
    pub fn behind(mut self, router: RouterId) -> Self {
        self.behind = Some(router);
        self
    }
}
