//! The handle to a host.

use std::{
    fmt,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use futures::channel::oneshot;
use libp2p::{
    Multiaddr, PeerId, Swarm,
    core::transport::ListenerId,
    swarm::{NetworkBehaviour, SwarmEvent, dial_opts::DialOpts},
};

use super::{
    close::Closing,
    driver::Driver,
    error::{HostError, chain},
    event_tap::EventTap,
    pending::{Pending, is_connected_already, wait},
};

/// A swarm with an owner.
///
/// Passing a swarm to a host transfers ownership: closing the host closes everything
/// that belongs to the swarm, and a closed host accepts no connections, no matter how
/// the swarm was built (go-libp2p issue 2911). Clones are handles to the same host.
///
/// ```
/// # use dht_harness::host::{Host, HostError};
/// # async fn example(swarm: libp2p::Swarm<libp2p::ping::Behaviour>) -> Result<(), HostError> {
/// let host = Host::spawn(swarm);
/// host.listen("/ip4/127.0.0.1/tcp/0".parse().unwrap()).await?;
/// host.close().await;
/// assert!(matches!(
///     host.connect("/ip4/127.0.0.1/tcp/1".parse::<libp2p::Multiaddr>().unwrap()).await,
///     Err(HostError::HostClosed { .. })
/// ));
/// # Ok(()) }
/// ```
pub struct Host<B: NetworkBehaviour> {
    shared: Arc<Mutex<Shared<B>>>,
    peer: PeerId,
}

/// Called with each event of a host's swarm before the host handles it.
pub(super) type Observer<B> =
    Box<dyn FnMut(&mut Swarm<B>, &SwarmEvent<<B as NetworkBehaviour>::ToSwarm>) + Send>;

/// Called with a swarm right before it is dropped.
pub(super) type BeforeDrop<B> = Box<dyn FnOnce(&mut Swarm<B>) + Send>;

/// The state of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostState {
    /// The host is running and accepts calls.
    Open,
    /// The host is closing its connections gracefully.
    Closing,
    /// The swarm has been dropped.
    Closed,
}

pub(super) struct Shared<B: NetworkBehaviour> {
    pub(super) peer: PeerId,
    /// `None` once the host is closed or aborted. Boxed, because a swarm is large and is
    /// taken out for each call.
    pub(super) swarm: Option<Box<Swarm<B>>>,
    pub(super) closing: Option<Closing>,
    /// Whether the swarm was dropped and its tasks had time to end.
    pub(super) gone: bool,
    pub(super) closed_waiters: Vec<oneshot::Sender<()>>,
    pub(super) listeners: Vec<ListenerId>,
    /// How often the swarm was accessed through [`Host::with_swarm`].
    pub(super) uses: u64,
    pub(super) pending: Pending,
    /// In the order of installation. Those of a simulation come first.
    pub(super) observers: Vec<Observer<B>>,
    /// In the order of installation. They run in the reverse order.
    pub(super) before_drop: Vec<BeforeDrop<B>>,
    pub(super) tap: EventTap<B::ToSwarm>,
    pub(super) driver: Option<Waker>,
}

impl<B: NetworkBehaviour> Host<B> {
    /// Creates a host, and the future that drives its swarm. The host runs as long as
    /// the future is polled.
    pub(crate) fn new(swarm: Swarm<B>) -> (Self, impl Future<Output = ()> + Send + 'static)
    where
        B: Send,
        B::ToSwarm: Send,
    {
        let peer = *swarm.local_peer_id();
        let shared = Arc::new(Mutex::new(Shared {
            peer,
            swarm: Some(Box::new(swarm)),
            closing: None,
            gone: false,
            closed_waiters: Vec::new(),
            listeners: Vec::new(),
            uses: 0,
            pending: Pending::default(),
            observers: Vec::new(),
            before_drop: Vec::new(),
            tap: EventTap::default(),
            driver: None,
        }));
        let driver = Driver::new(Arc::clone(&shared));
        (Host { shared, peer }, driver)
    }

    /// Creates a host that is driven by the current tokio runtime.
    ///
    /// # Panics
    /// Panics outside a tokio runtime.
    pub fn spawn(swarm: Swarm<B>) -> Self
    where
        B: Send,
        B::ToSwarm: Send,
    {
        let (host, driver) = Host::new(swarm);
        tokio::spawn(driver);
        host
    }

    /// The identity of the host.
    pub fn peer_id(&self) -> PeerId {
        self.peer
    }

    /// The state of the host.
    pub fn state(&self) -> HostState {
        let shared = self.lock();
        match (shared.gone, &shared.swarm, &shared.closing) {
            (true, ..) => HostState::Closed,
            (false, Some(_), None) => HostState::Open,
            (false, ..) => HostState::Closing,
        }
    }

    /// Listens on an address. Returns the first address that the listener reports.
    ///
    /// # Errors
    /// [`HostError::HostClosed`], [`HostError::Listen`].
    pub fn listen(
        &self,
        address: Multiaddr,
    ) -> impl Future<Output = Result<Multiaddr, HostError>> + use<B> {
        let peer = self.peer;
        let started = self.with(|swarm, shared| {
            let id = swarm
                .listen_on(address.clone())
                .map_err(|error| HostError::Listen {
                    peer,
                    address: address.clone(),
                    reason: chain(&error),
                })?;
            shared.listeners.push(id);
            Ok(shared.pending.listen(id, address))
        });
        wait(peer, started.and_then(|started| started))
    }

    /// Stops listening on all addresses passed to [`listen`](Self::listen).
    /// Connections stay open.
    ///
    /// # Errors
    /// [`HostError::HostClosed`].
    pub fn unlisten(&self) -> Result<(), HostError> {
        self.with(|swarm, shared| {
            for listener in shared.listeners.drain(..) {
                swarm.remove_listener(listener);
            }
        })
    }

    /// Connects to a peer or an address. Returns the id of the remote peer.
    ///
    /// Returns at once if the peer is already connected.
    ///
    /// # Errors
    /// [`HostError::HostClosed`], [`HostError::Dial`].
    pub fn connect<T: Into<DialOpts>>(
        &self,
        target: T,
    ) -> impl Future<Output = Result<PeerId, HostError>> + use<B, T> {
        self.connect_with(target.into())
    }

    /// Closes all connections to a peer, and aborts pending dials to it.
    ///
    /// # Errors
    /// [`HostError::HostClosed`], [`HostError::NotConnected`].
    pub fn disconnect(
        &self,
        remote: PeerId,
    ) -> impl Future<Output = Result<(), HostError>> + use<B> {
        let peer = self.peer;
        let started = self.with(|swarm, shared| {
            swarm
                .disconnect_peer_id(remote)
                .map(|()| shared.pending.disconnect(remote))
                .map_err(|()| HostError::NotConnected { peer, remote })
        });
        wait(peer, started.and_then(|started| started))
    }

    /// Closes everything: no listener, connection, dial, stream or task of the swarm
    /// remains. Completes when that is done. A second call has no further effect and
    /// completes at the same time.
    ///
    /// Connections are first closed gracefully, for at most one second of the host's
    /// time. Then the swarm is dropped.
    pub fn close(&self) -> impl Future<Output = ()> + use<B> {
        let waiter = {
            let mut shared = self.lock();
            shared.start_closing();
            (!shared.gone).then(|| {
                let (sender, receiver) = oneshot::channel();
                shared.closed_waiters.push(sender);
                receiver
            })
        };
        self.wake();
        async move {
            if let Some(waiter) = waiter {
                // The sender is only dropped together with the host.
                let _ = waiter.await;
            }
        }
    }

    /// Drops the swarm immediately, without closing connections gracefully.
    ///
    /// The transport determines what the remotes notice: with TCP, the operating
    /// system closes the connections.
    pub fn abort(&self) {
        let swarm = {
            let mut shared = self.lock();
            shared.take_swarm()
        };
        // Drop it without the lock: dropping a swarm runs arbitrary code.
        drop(swarm);
        self.wake();
    }

    /// Calls `f` with the swarm.
    ///
    /// The swarm is polled afterwards, because calls to a behaviour do not wake it.
    ///
    /// # Errors
    /// [`HostError::HostClosed`].
    pub fn with_swarm<R>(&self, f: impl FnOnce(&mut Swarm<B>) -> R) -> Result<R, HostError> {
        self.with(|swarm, _| f(swarm))
    }

    /// How often the swarm was accessed through [`with_swarm`](Self::with_swarm).
    /// Each access may have changed its state.
    pub(crate) fn uses(&self) -> u64 {
        self.lock().uses
    }

    /// Calls `f` with the swarm without waking it, even while the host is closing.
    /// Returns `None` once the host is closed.
    pub fn peek<R>(&self, f: impl FnOnce(&mut Swarm<B>) -> R) -> Option<R> {
        self.lock().swarm.as_deref_mut().map(f)
    }

    /// Adds an observer that is called with each further event of the swarm, after
    /// the existing observers, including those of a simulation.
    ///
    /// Observers are dropped with the swarm: after a [restart](crate::Sim::restart)
    /// the new swarm has none of them.
    pub fn observe(
        &self,
        observer: impl FnMut(&mut Swarm<B>, &SwarmEvent<B::ToSwarm>) + Send + 'static,
    ) {
        self.lock().observers.push(Box::new(observer));
    }

    /// Adds a hook that is called with the swarm right before it is dropped, for
    /// example to save its state. Hooks run in the reverse order of installation, and
    /// those of a simulation run last.
    pub fn before_drop(&self, last: impl FnOnce(&mut Swarm<B>) + Send + 'static) {
        self.lock().before_drop.push(Box::new(last));
    }

    /// Starts or stops recording events for [`next_tapped`](Self::next_tapped).
    pub(crate) fn tap_events(&self, on: bool) {
        self.lock().tap.set_open(on);
    }

    /// Takes the oldest recorded event.
    pub(crate) fn next_tapped(&self) -> Option<SwarmEvent<B::ToSwarm>> {
        self.lock().tap.pop()
    }

    /// Continues recording events if `former`, which this host replaces, was
    /// recording.
    pub(crate) fn continue_tap(&self, former: &Host<B>) {
        let tap = std::mem::take(&mut former.lock().tap);
        self.lock().tap = tap;
    }

    fn connect_with(
        &self,
        opts: DialOpts,
    ) -> impl Future<Output = Result<PeerId, HostError>> + use<B> {
        let peer = self.peer;
        let target = opts.get_peer_id();
        let id = opts.connection_id();
        let started = self.with(|swarm, shared| match swarm.dial(opts) {
            Ok(()) => Ok(Dial::Started(shared.pending.dial(id))),
            Err(error) => match target {
                Some(target) if is_connected_already(&error, swarm.is_connected(&target)) => {
                    Ok(Dial::Connected(target))
                }
                _ => Err(HostError::Dial {
                    peer,
                    remote: target,
                    reason: (&error).into(),
                }),
            },
        });
        async move {
            match started?? {
                Dial::Connected(remote) => Ok(remote),
                Dial::Started(answer) => wait(peer, Ok(answer)).await,
            }
        }
    }

    fn with<R>(&self, f: impl FnOnce(&mut Swarm<B>, &mut Shared<B>) -> R) -> Result<R, HostError> {
        let result = {
            let mut shared = self.lock();
            let closed = HostError::HostClosed { peer: self.peer };
            if shared.closing.is_some() {
                return Err(closed);
            }
            let mut swarm = shared.swarm.take().ok_or(closed)?;
            shared.uses += 1;
            // Put the swarm back in any case. If it were dropped here, it would run
            // arbitrary code under the lock, and the host would have no swarm.
            let result = catch_unwind(AssertUnwindSafe(|| f(&mut swarm, &mut shared)));
            shared.swarm = Some(swarm);
            result
        };
        self.wake();
        result.map_err(|panic| resume_unwind(panic))
    }

    fn wake(&self) {
        let driver = self.lock().driver.clone();
        if let Some(driver) = driver {
            driver.wake();
        }
        crate::engine::rouse();
    }

    fn lock(&self) -> MutexGuard<'_, Shared<B>> {
        lock(&self.shared)
    }
}

/// The driver contains panics of the swarm and drops it, so the rest of the state is
/// valid.
pub(super) fn lock<B: NetworkBehaviour>(shared: &Mutex<Shared<B>>) -> MutexGuard<'_, Shared<B>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Dial {
    Connected(PeerId),
    Started(oneshot::Receiver<Result<PeerId, HostError>>),
}

impl<B: NetworkBehaviour> Clone for Host<B> {
    fn clone(&self) -> Self {
        Host {
            shared: Arc::clone(&self.shared),
            peer: self.peer,
        }
    }
}

impl<B: NetworkBehaviour> fmt::Debug for Host<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("peer", &self.peer)
            .field("state", &self.state())
            .finish()
    }
}
