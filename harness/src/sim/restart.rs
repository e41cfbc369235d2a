//! Restarting hosts.

use std::{
    rc::Rc,
    sync::{Arc, PoisonError},
};

use libp2p::{Swarm, identity::Keypair, kad::store::MemoryStore, swarm::NetworkBehaviour};

use super::{control::Sim, error::SimError, node::Node, origin::Build, peer::SimHost};
use crate::{
    dht::TableSnapshot,
    identity,
    net::HostId,
    world::{HostStatus, KeptDht},
};

/// Whether a part of a host's state survives a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keep {
    /// It survives.
    #[default]
    Kept,
    /// It is lost.
    Lost,
}

/// The state that survives a restart. By default the identity survives, since
/// applications store it on disk, and the state in memory is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restart {
    /// The key pair of the host. With `Lost` the host gets one that no host has had.
    pub identity: Keep,
    /// The records and provider records of the DHT.
    pub store: Keep,
    /// The routing table: its peers and their addresses, as an application that saves
    /// them would add them again.
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

/// The first number of new identities of restarted hosts, which is above those of the
/// hosts themselves.
const FRESH_IDENTITIES: u64 = 1 << 32;

impl Sim {
    /// Restarts a crashed or closed host at its address, with a swarm that is built
    /// as at the start. Handles refer to the new swarm from then on. The listener and
    /// close settings of the host are kept.
    ///
    /// A `MemoryStore` survives in its state from when the old swarm was dropped.
    /// Other types of stores cannot be kept.
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
    /// Returns an error if the host is still running, or if the requested state
    /// cannot be kept. The host then stays down.
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
        if store.is_none() && table.is_empty() {
            return Ok(());
        }
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

    /// Like [`restart`](Self::restart), with a swarm that `build` builds, now and at
    /// each further restart. For a host that is restarted with another version or
    /// configuration.
    ///
    /// # Errors
    /// As for [`restart`](Self::restart).
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
            wanted: match status {
                HostStatus::Closing => "be restarted: wait for the close with `Sim::close`",
                _ => "be restarted: close or crash it first",
            },
        })
    }

    /// The store and the table that the host keeps. If a part cannot be kept, returns
    /// an error and changes nothing.
    fn kept(
        &self,
        host: HostId,
        restart: Restart,
    ) -> Result<(Option<MemoryStore>, TableSnapshot), SimError> {
        let kept_dht = self
            .world
            .member(host, |member| Arc::clone(&member.kept_dht));
        let mut kept_dht = kept_dht.lock().unwrap_or_else(PoisonError::into_inner);
        let cannot = |why: &str| SimError::Other(format!("{}: {why}", self.world.name(host)));
        if self.world.is_application(host)
            && (restart.table, restart.store) != (Keep::Lost, Keep::Lost)
        {
            return Err(cannot(
                "the store and the table of an application cannot be kept: let the closure that \
                 builds it capture what outlives a restart",
            ));
        }
        if restart.table == Keep::Kept && kept_dht.is_none() {
            return Err(cannot(
                "the routing table cannot be kept: the host has left none",
            ));
        }
        let store = kept_dht
            .as_ref()
            .and_then(|kept_dht| kept_dht.store.as_ref());
        if restart.store == Keep::Kept && store.is_none() {
            return Err(cannot(
                "the record store cannot be kept: only a MemoryStore can, and only of a swarm \
                 that was dropped",
            ));
        }
        let KeptDht { store, table } = kept_dht.take().unwrap_or_default();
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
