//! Access to the DHT of a host, without using the network.

use super::{control::Sim, error::SimError};
use crate::{dht::AnyDht, net::HostId};

impl Sim {
    /// Adds the current or future listen addresses of another host to the routing
    /// table of a host. This does not connect the hosts. However, libp2p starts a
    /// bootstrap automatically once a table has its first entry.
    ///
    /// ```
    /// use dht_harness::{Node, Sim, dht::Query};
    /// use libp2p::{Swarm, kad};
    ///
    /// Sim::builder().test(|sim| {
    ///     let hosts = sim.spawn_n(5, "h", |node: &Node| {
    ///         let store = kad::store::MemoryStore::new(node.peer_id());
    ///         let mut kad = kad::Behaviour::new(node.peer_id(), store);
    ///         kad.set_mode(Some(kad::Mode::Server));
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    ///     });
    ///     for host in &hosts[1..] {
    ///         sim.add_address(host, &hosts[0])?;
    ///     }
    ///     assert!(sim.world().table(&hosts[1]).contains(&hosts[0].peer_id()));
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Errors
    /// Returns an error if the host has no DHT, or is down.
    pub fn add_address(
        &mut self,
        host: impl Into<HostId>,
        other: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let other = other.into();
        let (peer, addresses) = (self.world.peer(other), self.addresses_of(other));
        self.with_dht(host, |dht| {
            for address in addresses {
                dht.add_address(&peer, address);
            }
        })
    }

    /// Calls `f` with the DHT of a host, on behalf of that host, independently of its
    /// behaviour type. Use [`SimHost::with`](super::SimHost::with) if you have a
    /// typed handle.
    ///
    /// # Errors
    /// Returns an error if the host has no DHT, or is down.
    pub fn with_dht<R>(
        &self,
        host: impl Into<HostId>,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Result<R, SimError> {
        let host = host.into();
        let result = self.world.with_dht(host, f)?;
        result.ok_or_else(|| SimError::NoDht {
            host: self.world.name(host),
        })
    }

    /// As [`with_dht`](Self::with_dht), with the second DHT of a swarm with two, see
    /// [`DhtBehaviour::lan_kad`](crate::dht::DhtBehaviour::lan_kad).
    ///
    /// # Errors
    /// Returns an error if the host has no second DHT, or is down.
    pub fn with_lan_dht<R>(
        &self,
        host: impl Into<HostId>,
        f: impl FnOnce(&mut dyn AnyDht) -> R,
    ) -> Result<R, SimError> {
        let host = host.into();
        let result = self.world.with_lan_dht(host, f)?;
        result.ok_or_else(|| SimError::NoLanDht {
            host: self.world.name(host),
        })
    }
}
