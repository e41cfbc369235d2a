//! A host of the simulation with its behaviour's type.

use std::fmt;

use libp2p::{Multiaddr, PeerId, Swarm, swarm::NetworkBehaviour};

use crate::{
    engine,
    host::{Host, HostError, HostState},
    net::HostId,
};

/// A host in a simulation.
pub struct SimHost<B: NetworkBehaviour> {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) address: Multiaddr,
    pub(super) host: Host<B>,
    pub(super) runtime: tokio::runtime::Handle,
}

impl<B: NetworkBehaviour> SimHost<B> {
    /// Its number in the simulation.
    pub fn id(&self) -> HostId {
        self.id
    }

    /// The name the test gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its identity.
    pub fn peer_id(&self) -> PeerId {
        self.host.peer_id()
    }

    /// Where it listens unless it was told otherwise.
    pub fn address(&self) -> &Multiaddr {
        &self.address
    }

    /// The host itself, as it would be used outside a simulation.
    pub fn host(&self) -> &Host<B> {
        &self.host
    }

    /// How far the host is in its status.
    pub fn state(&self) -> HostState {
        self.host.state()
    }

    /// Works on the swarm, in the host's name.
    ///
    /// # Errors
    /// [`HostError::HostClosed`].
    pub fn with<R>(&self, f: impl FnOnce(&mut Swarm<B>) -> R) -> Result<R, HostError> {
        let _context = self.runtime.enter();
        engine::attribute(self.id, || self.host.with_swarm(f))
    }
}

impl<B: NetworkBehaviour> Clone for SimHost<B> {
    fn clone(&self) -> Self {
        SimHost {
            id: self.id,
            name: self.name.clone(),
            address: self.address.clone(),
            host: self.host.clone(),
            runtime: self.runtime.clone(),
        }
    }
}

impl<B: NetworkBehaviour> fmt::Debug for SimHost<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.peer_id())
    }
}

impl<B: NetworkBehaviour> From<&SimHost<B>> for HostId {
    fn from(host: &SimHost<B>) -> Self {
        host.id
    }
}
