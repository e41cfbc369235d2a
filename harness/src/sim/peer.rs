//! A host of the simulation with its behaviour's type.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use libp2p::{Multiaddr, PeerId, Swarm, swarm::NetworkBehaviour};

use crate::{
    engine,
    host::{Host, HostError, HostState},
    net::{DialTarget, HostId},
};

/// A host in a simulation.
///
/// It is a handle, and its clones are handles to the same host: they lead to the
/// swarm that the host has now, also after a
/// [restart](super::Sim::restart).
pub struct SimHost<B: NetworkBehaviour> {
    pub(super) id: HostId,
    pub(super) name: Arc<str>,
    pub(super) present: Arc<Mutex<Present<B>>>,
    pub(super) runtime: tokio::runtime::Handle,
}

/// The swarm that a host has now, and where it listens.
pub(super) struct Present<B: NetworkBehaviour> {
    pub(super) host: Host<B>,
    pub(super) address: Multiaddr,
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

    /// Its identity. A restart that loses the identity gives it another one.
    pub fn peer_id(&self) -> PeerId {
        self.present().host.peer_id()
    }

    /// Where it listens unless it was told otherwise: the ip that it had when it
    /// last came up, port 4001.
    pub fn address(&self) -> Multiaddr {
        self.present().address.clone()
    }

    /// The host itself, as it would be used outside a simulation. After a restart
    /// this is another one.
    pub fn host(&self) -> Host<B> {
        self.present().host.clone()
    }

    /// How far the host is in its status.
    pub fn state(&self) -> HostState {
        self.host().state()
    }

    /// Works on the swarm, in the host's name.
    ///
    /// # Errors
    /// [`HostError::HostClosed`].
    pub fn with<R>(&self, f: impl FnOnce(&mut Swarm<B>) -> R) -> Result<R, HostError> {
        let _context = self.runtime.enter();
        let host = self.host();
        engine::attribute(self.id, || host.with_swarm(f))
    }

    fn present(&self) -> MutexGuard<'_, Present<B>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: NetworkBehaviour> Clone for SimHost<B> {
    fn clone(&self) -> Self {
        SimHost {
            id: self.id,
            name: Arc::clone(&self.name),
            present: Arc::clone(&self.present),
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

/// So that slices of handles are taken where hosts are.
impl<B: NetworkBehaviour> From<&&SimHost<B>> for HostId {
    fn from(host: &&SimHost<B>) -> Self {
        host.id
    }
}

impl<B: NetworkBehaviour> From<&SimHost<B>> for DialTarget {
    fn from(host: &SimHost<B>) -> Self {
        DialTarget::Host(host.id)
    }
}
