//! A host comes back.

use libp2p::{Swarm, identity::Keypair};

use super::{control::Sim, error::SimError, launch::Plan, node::Node, peer::SimHost};
use crate::{
    dht::DhtBehaviour,
    identity,
    net::HostId,
    world::{Legacy, WithDht},
};

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
    /// The host's key pair. `Lost` gives it one that nobody has had yet.
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
    /// Brings a crashed or closed host back at its address, with a swarm built
    /// anew.
    ///
    /// A `MemoryStore` survives as it was when the former swarm was dropped;
    /// of another type of store nothing can be kept.
    ///
    /// # Errors
    /// The host is still running, or its store cannot be kept.
    pub fn restart<B>(
        &mut self,
        host: &SimHost<B>,
        restart: Restart,
        build: impl FnOnce(&Node) -> Swarm<B>,
    ) -> Result<SimHost<B>, SimError>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        let id = host.id();
        let status = self.world().status(id);
        if !status.is_over() {
            return Err(SimError::InvalidState {
                host: host.name().to_owned(),
                status: format!("{status:?}").to_lowercase(),
                wanted: "be restarted: close or crash it first",
            });
        }
        self.control(id, format!("restart {restart:?}"));
        self.network().revive(id);
        let (former, mut legacy) = self.former(id);
        let store = match restart.store {
            Keep::Lost => None,
            Keep::Kept => Some(legacy.take_store::<B::Store>().ok_or_else(|| {
                SimError::Other(format!(
                    "{}: the record store cannot be kept: only a MemoryStore can, and only \
                     of a swarm that was dropped",
                    host.name()
                ))
            })?),
        };
        let plan = Plan {
            id,
            name: host.name().to_owned(),
            keypair: match restart.identity {
                Keep::Kept => former,
                Keep::Lost => self.fresh_identity(),
            },
            listen: true,
            close: None,
        };
        let revived = self.launch::<B, WithDht>(plan, build);
        revived.with(|swarm| {
            let kad = swarm.behaviour_mut().kad();
            if let Some(store) = store {
                *kad.store_mut() = store;
            }
            if restart.table == Keep::Kept {
                for entry in legacy.table.entries() {
                    for address in &entry.addresses {
                        kad.add_address(&entry.peer, address.clone());
                    }
                }
            }
        })?;
        Ok(revived)
    }

    fn former(&self, host: HostId) -> (Keypair, Legacy) {
        let members = self.world().members.borrow();
        let member = &members[host.0 as usize];
        (member.keypair.clone(), member.take_legacy())
    }

    fn fresh_identity(&mut self) -> Keypair {
        self.restarts += 1;
        identity(FRESH_IDENTITIES + self.restarts)
    }
}
