//! What a test does to the DHT of a host, past the network.

use super::{control::Sim, error::SimError};
use crate::{dht::AnyDht, net::HostId};

impl Sim {
    /// Adds another host to the routing table of a host: the addresses that the
    /// other listens on now, or will listen on. Nobody is connected by that. Once
    /// a table has got its first entry, though, libp2p bootstraps by itself.
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
    /// The host has no DHT, or is gone.
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

    /// Works on the DHT of a host, in its name, whatever the behaviour around it:
    /// [`SimHost::with`](super::SimHost::with) for what only has an id.
    ///
    /// # Errors
    /// The host has no DHT, or is gone.
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
}
