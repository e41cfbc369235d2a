//! A host of a simulation, independent of its behaviour type.

use std::{
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use dht_harness_clock::VirtualInstant;
use futures::{FutureExt, future::BoxFuture};
use libp2p::{
    Multiaddr, PeerId,
    identity::Keypair,
    swarm::{NetworkBehaviour, dial_opts::DialOpts},
};

use super::{access::Access, kept_dht::KeptDht, swarm_log::SwarmLog};
use crate::{
    application::App,
    dht::{AnyDht, TableSnapshot},
    host::{Host, HostError, HostState},
    net::HostId,
};

/// The status of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostStatus {
    /// Up and running.
    Open,
    /// The test has called close.
    Closing,
    /// The close has completed.
    Closed,
    /// The host has crashed.
    Crashed,
    /// The host went down on its own: a behaviour panicked, or the host was aborted.
    Dead,
}

impl HostStatus {
    /// Whether the host must have no resources any more.
    pub(crate) fn is_over(self) -> bool {
        matches!(
            self,
            HostStatus::Closed | HostStatus::Crashed | HostStatus::Dead
        )
    }
}

/// The state that a swarm reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SwarmView {
    /// The connected peers, sorted by id.
    pub connected: Vec<PeerId>,
    /// The listen addresses, sorted.
    pub listeners: Vec<Multiaddr>,
    /// Its confirmed external addresses.
    pub external: Vec<Multiaddr>,
    /// Established connections.
    pub established: u32,
    /// Dials and inbound handshakes in progress.
    pub pending: u32,
}

/// A custom procedure that closes a host.
pub(crate) type CloseWith<B> = Rc<dyn Fn(&Host<B>) -> BoxFuture<'static, ()>>;

/// A closure that is called with a DHT.
pub(crate) type DhtWork<'a> = &'a mut dyn FnMut(&mut dyn AnyDht);

/// A host with an erased behaviour type.
pub(crate) trait AnyHost {
    fn state(&self) -> HostState;
    fn view(&self) -> Option<SwarmView>;
    /// How many connections and attempts there are.
    fn attempts(&self) -> Option<u32>;
    /// How many connections are established.
    fn established(&self) -> Option<u32>;
    fn is_connected(&self, peer: &PeerId) -> Option<bool>;
    /// Reads the table. If this changed the table, the caller has to call
    /// [`wake`](Self::wake).
    fn read_table(&self) -> Option<TableSnapshot>;
    /// Causes the swarm to be polled.
    fn wake(&self);
    /// How often the swarm was accessed.
    fn uses(&self) -> u64;
    /// Calls `work` with the DHT without waking the host, unless it has no DHT or is
    /// down.
    fn peek_dht(&self, work: DhtWork<'_>);
    /// Calls `work` with the DHT, if there is one, and wakes the host.
    fn with_dht(&self, work: DhtWork<'_>) -> Result<(), HostError>;
    /// As [`peek_dht`](Self::peek_dht), with the second DHT. That of an application is out of
    /// reach.
    fn peek_lan_dht(&self, work: DhtWork<'_>) {
        let _ = work;
    }
    /// As [`with_dht`](Self::with_dht), with the second DHT.
    fn with_lan_dht(&self, work: DhtWork<'_>) -> Result<(), HostError> {
        let _ = work;
        Ok(())
    }
    fn close(&self) -> BoxFuture<'static, ()>;
    fn abort(&self);
    fn connect(&self, opts: DialOpts) -> BoxFuture<'static, Result<PeerId, HostError>>;
    fn disconnect(&self, peer: PeerId) -> BoxFuture<'static, Result<(), HostError>>;
    fn listen(&self, address: Multiaddr) -> BoxFuture<'static, Result<Multiaddr, HostError>>;
    fn unlisten(&self) -> Result<(), HostError>;
    /// The application, if the host is one.
    fn application(&self) -> Option<&App> {
        None
    }
}

pub(crate) struct Erased<B: NetworkBehaviour, A> {
    pub(crate) host: Host<B>,
    /// The custom close procedure, if it is not [`Host::close`].
    pub(crate) close: Option<CloseWith<B>>,
    pub(crate) access: std::marker::PhantomData<A>,
}

impl<B, A> AnyHost for Erased<B, A>
where
    B: NetworkBehaviour + Send,
    B::ToSwarm: Send,
    A: Access<B>,
{
    fn state(&self) -> HostState {
        self.host.state()
    }

    fn view(&self) -> Option<SwarmView> {
        self.host.peek(|swarm| {
            let info = swarm.network_info();
            let counters = info.connection_counters();
            let mut connected: Vec<_> = swarm.connected_peers().copied().collect();
            connected.sort();
            // The swarm sorts them by ids that are numbered process-wide.
            let mut listeners: Vec<_> = swarm.listeners().cloned().collect();
            listeners.sort();
            SwarmView {
                connected,
                listeners,
                external: swarm.external_addresses().cloned().collect(),
                established: counters.num_established(),
                pending: counters.num_pending(),
            }
        })
    }

    fn attempts(&self) -> Option<u32> {
        self.host.peek(|swarm| {
            let info = swarm.network_info();
            info.connection_counters().num_connections()
        })
    }

    fn established(&self) -> Option<u32> {
        self.host.peek(|swarm| {
            let info = swarm.network_info();
            info.connection_counters().num_established()
        })
    }

    fn is_connected(&self, peer: &PeerId) -> Option<bool> {
        self.host.peek(|swarm| swarm.is_connected(peer))
    }

    fn read_table(&self) -> Option<TableSnapshot> {
        if self.host.state() != HostState::Open {
            return None;
        }
        let local = self.host.peer_id();
        let table = self.host.peek(|swarm| {
            let dht = A::dht(swarm.behaviour_mut())?;
            Some(dht.read_table(local))
        });
        table.flatten()
    }

    fn uses(&self) -> u64 {
        self.host.uses()
    }

    fn wake(&self) {
        // A host that is down need not be polled.
        let _ = self.host.with_swarm(|_| ());
    }

    fn peek_dht(&self, work: DhtWork<'_>) {
        self.host.peek(|swarm| {
            if let Some(dht) = A::dht(swarm.behaviour_mut()) {
                work(dht);
            }
        });
    }

    fn with_dht(&self, work: DhtWork<'_>) -> Result<(), HostError> {
        self.host.with_swarm(|swarm| {
            if let Some(dht) = A::dht(swarm.behaviour_mut()) {
                work(dht);
            }
        })
    }

    fn peek_lan_dht(&self, work: DhtWork<'_>) {
        self.host.peek(|swarm| {
            if let Some(dht) = A::lan_dht(swarm.behaviour_mut()) {
                work(dht);
            }
        });
    }

    fn with_lan_dht(&self, work: DhtWork<'_>) -> Result<(), HostError> {
        self.host.with_swarm(|swarm| {
            if let Some(dht) = A::lan_dht(swarm.behaviour_mut()) {
                work(dht);
            }
        })
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        match &self.close {
            Some(close) => close(&self.host),
            None => self.host.close().boxed(),
        }
    }

    fn abort(&self) {
        self.host.abort();
    }

    fn connect(&self, opts: DialOpts) -> BoxFuture<'static, Result<PeerId, HostError>> {
        self.host.connect(opts).boxed()
    }

    fn disconnect(&self, peer: PeerId) -> BoxFuture<'static, Result<(), HostError>> {
        self.host.disconnect(peer).boxed()
    }

    fn listen(&self, address: Multiaddr) -> BoxFuture<'static, Result<Multiaddr, HostError>> {
        self.host.listen(address).boxed()
    }

    fn unlisten(&self) -> Result<(), HostError> {
        self.host.unlisten()
    }
}

/// A host and what the simulation records about it.
pub(crate) struct Member {
    pub(crate) id: HostId,
    pub(crate) name: String,
    pub(crate) peer: PeerId,
    pub(crate) status: HostStatus,
    pub(crate) since: VirtualInstant,
    /// When the host was last started.
    pub(crate) started_at: VirtualInstant,
    pub(crate) host: Rc<dyn AnyHost>,
    pub(crate) swarm_log: Arc<Mutex<SwarmLog>>,
    pub(crate) keypair: Keypair,
    /// The state that the latest swarm left behind, if it had a DHT and was dropped.
    pub(crate) kept_dht: Arc<Mutex<Option<KeptDht>>>,
    pub(crate) table: Rc<TableSnapshot>,
    pub(crate) table_read: Option<VirtualInstant>,
    /// The previous version of the table, with the time of the last read that
    /// returned it.
    pub(crate) former: Option<(VirtualInstant, Rc<TableSnapshot>)>,
    /// Whether the host has run since its table was read.
    pub(crate) has_run: bool,
    /// How often the swarm had been accessed when its table was read.
    pub(crate) uses: u64,
    /// How often a read found other entries than the previous one.
    pub(crate) table_changes: u64,
    /// The time from which the test declares that the host answers nothing.
    pub(crate) declared_dead: Option<VirtualInstant>,
    /// The parts of the behaviour whose message order depends on the process.
    pub(crate) unordered: Vec<&'static str>,
}

impl Member {
    pub(crate) fn swarm_log(&self) -> MutexGuard<'_, SwarmLog> {
        self.swarm_log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
