//! A host comes back.

use std::{
    rc::Rc,
    sync::{Arc, PoisonError},
};

use libp2p::{Swarm, identity::Keypair, kad::store::MemoryStore, swarm::NetworkBehaviour};

use super::{control::Sim, error::SimError, node::Node, origin::Build, peer::SimHost};
use crate::{dht::TableSnapshot, identity, net::HostId, world::Legacy};

/// Whether something survives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// It does.
    #[default]
    Kept,
    /// It does not.
    Lost,
}

/// What survives a restart, each by its own switch. By default the identity
/// does, as it lies on disk, and memory does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The host's key pair. `Lost` gives it one that no host has had yet.
    pub identity: Keep,
    /// The records and provider records of the DHT.
    pub store: Keep,
    /// The routing table: its peers and their addresses, as an application
    /// that saves them would add them again.
    pub table: Keep,
}

impl Default for Restart {
    fn default() -> Self {
        Restart {
            identity: Keep::Kept,
            store: Keep::Lost,
            table: Keep::Lost,
        }
    }
}

/// New identities of restarted hosts are numbered from here, out of the way of
/// those of the hosts themselves.
const FRESH_IDENTITIES: u64 = 1 << 32;

impl Sim {
    /// Brings a crashed or closed host back at its address, with a swarm that is
    /// built as it was at the start. Handles lead to the new swarm from then on,
    /// and the host listens or only dials, and closes, as it did before.
    ///
    /// A `MemoryStore` survives as it was when the former swarm was dropped;
    /// of another type of store nothing can be kept.
    ///
    /// ```
    /// use std::time::Duration;
    /// use dht_harness::{Node, Sim, sim::Restart};
    /// use libp2p::{Swarm, kad};
    ///
    /// let peer = |node: &Node| {
    ///     let store = kad::store::MemoryStore::new(node.peer_id());
    ///     let kad = kad::Behaviour::new(node.peer_id(), store);
    ///     Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    /// };
    /// Sim::builder().test(move |sim| {
    ///     let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
    ///     sim.connect(&a, &b)?;
    ///     sim.crash(&b)?;
    ///     sim.run_for(Duration::from_secs(60))?;
    ///     sim.restart(&b, Restart::default())?;
    ///     sim.connect(&a, &b)
    /// });
    /// ```
    ///
    /// # Errors
    /// The host is still running, or what is to be kept cannot be: then it stays
    /// down.
    pub fn restart(&mut self, host: impl Into<HostId>, restart: Restart) -> Result<(), SimError> {
        let host = host.into();
        self.demand_over(host)?;
        self.control(host, format!("restart {restart:?}"));
        let (store, table) = self.kept(host, restart)?;
        self.network().revive(host);
        let keypair = match restart.identity {
            Keep::Kept => self.world.member(host, |member| member.keypair.clone()),
            Keep::Lost => self.fresh_identity(),
        };
        let origin = Rc::clone(&self.origins[host.0 as usize]);
        origin.launch(self, keypair);
        self.world.with_dht(host, |dht| {
            if let Some(store) = store {
                dht.replace_store(store);
            }
            for entry in table.entries() {
                for address in &entry.addresses {
                    dht.add_address(&entry.peer, address.clone());
                }
            }
        })?;
        Ok(())
    }

    /// Like [`restart`](Self::restart), with a swarm that `build` builds, now and
    /// at each further restart: for a host that comes back with another version
    /// or configuration.
    ///
    /// # Errors
    /// As [`restart`](Self::restart).
    pub fn restart_with<B: NetworkBehaviour>(
        &mut self,
        host: &SimHost<B>,
        restart: Restart,
        build: impl FnMut(&Node) -> Swarm<B> + 'static,
    ) -> Result<(), SimError> {
        self.demand_over(host.id)?;
        let origin = Rc::clone(&self.origins[host.id.0 as usize]);
        let former: &Build<B> = origin
            .build()
            .downcast_ref()
            .expect("a handle has the behaviour of its host");
        *former.borrow_mut() = Box::new(build);
        self.restart(host, restart)
    }

    fn demand_over(&self, host: HostId) -> Result<(), SimError> {
        let status = self.world.status(host);
        if status.is_over() {
            return Ok(());
        }
        Err(SimError::InvalidState {
            host: self.world.name(host),
            status: format!("{status:?}").to_lowercase(),
            wanted: "be restarted: close or crash it first",
        })
    }

    /// The store and the table that the host takes over. What cannot be kept is
    /// an error, and then all of it stays where it is.
    fn kept(
        &self,
        host: HostId,
        restart: Restart,
    ) -> Result<(Option<MemoryStore>, TableSnapshot), SimError> {
        let legacy = self.world.member(host, |member| Arc::clone(&member.legacy));
        let mut legacy = legacy.lock().unwrap_or_else(PoisonError::into_inner);
        let cannot = |why: &str| SimError::Other(format!("{}: {why}", self.world.name(host)));
        if restart.table == Keep::Kept && legacy.is_none() {
            return Err(cannot(
                "the routing table cannot be kept: the host has left none",
            ));
        }
        let store = legacy.as_ref().and_then(|legacy| legacy.store.as_ref());
        if restart.store == Keep::Kept && store.is_none() {
            return Err(cannot(
                "the record store cannot be kept: only a MemoryStore can, and only of a swarm \
                 that was dropped",
            ));
        }
        let Legacy { store, table } = legacy.take().unwrap_or_default();
        let store = store.filter(|_| restart.store == Keep::Kept);
        let table = match restart.table {
            Keep::Kept => table,
            Keep::Lost => TableSnapshot::default(),
        };
        Ok((store, table))
    }

    fn fresh_identity(&mut self) -> Keypair {
        self.restarts += 1;
        identity(FRESH_IDENTITIES + self.restarts)
    }
}
