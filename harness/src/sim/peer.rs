//! A handle to a host of the simulation.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use libp2p::{Multiaddr, PeerId, Swarm, swarm::NetworkBehaviour};

use crate::{
    engine,
    host::{Host, HostError},
    net::{DialTarget, HostId},
};

/// A host in a simulation.
///
/// A handle to a host. Its clones refer to the same host, and always to its current
/// swarm, also after a [restart](super::Sim::restart).
pub struct SimHost<B: NetworkBehaviour> {
    pub(super) id: HostId,
    pub(super) name: Arc<str>,
    pub(super) present: Arc<Mutex<Present<B>>>,
    pub(super) runtime: tokio::runtime::Handle,
}

/// The current swarm of a host, and its listen address.
pub(super) struct Present<B: NetworkBehaviour> {
    pub(super) host: Host<B>,
    pub(super) address: Multiaddr,
}

impl<B: NetworkBehaviour> SimHost<B> {
    /// The number of the host in the simulation.
    pub fn id(&self) -> HostId {
        self.id
    }

    /// The name of the host.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity of the host. It changes in a restart that does not keep it.
    pub fn peer_id(&self) -> PeerId {
        self.present().host.peer_id()
    }

    /// The default listen address of the host: the IP address that it had when it was
    /// last started, with port 4001.
    pub fn address(&self) -> Multiaddr {
        self.present().address.clone()
    }

    /// The [`Host`] as it would be used outside a simulation. A restart replaces it.
    pub fn host(&self) -> Host<B> {
        self.present().host.clone()
    }

    /// Calls `f` with the swarm, on behalf of the host.
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

/// Allows slices of handles where hosts are expected.
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
