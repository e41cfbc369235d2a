//! A behaviour inside an application, as the harness reaches it.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    kad::{self, store::RecordStore},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
    },
};

use super::{
    hub::{self, Hub},
    window::{Inner, Window},
};
use crate::{DeterministicOrder, dht::DhtBehaviour, host::Notice};

/// A DHT behaviour inside an application that runs its own event loop: wrapped in
/// this, the harness sees its table, queries, records and events, and the
/// connections of the swarm around it.
///
/// An application needs it in its tests alone. [`dht_harness::kad`](crate::kad) is
/// `libp2p::kad` with this wrapper around its behaviour:
///
/// ```
/// // #[cfg(not(test))]
/// // use libp2p::kad;
/// // #[cfg(test)]
/// use dht_harness::kad;
/// use libp2p::{PeerId, ping, swarm::NetworkBehaviour};
///
/// #[derive(NetworkBehaviour)]
/// struct MyBehaviour {
///     kad: kad::Behaviour<kad::store::MemoryStore>,
///     ping: ping::Behaviour,
/// }
///
/// fn behaviour(id: PeerId) -> MyBehaviour {
///     let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
///     kad.set_mode(Some(kad::Mode::Server));
///     MyBehaviour { kad, ping: ping::Behaviour::default() }
/// }
/// # let _ = behaviour;
/// ```
///
/// It dereferences to the behaviour, and emits the same events. It is in
/// [`DeterministicOrder`] as well. Outside a simulation it does nothing more.
///
/// The harness looks at the behaviour only between two polls of the application, so
/// looking wakes no task and changes no event. It cannot look while the application
/// has used the behaviour and not yet polled its swarm again: then it has the table
/// as it was read before.
pub struct Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    /// The behaviour, while the application uses it; otherwise it is in the window.
    inner: OnceLock<Inner<B>>,
    /// `None` outside a simulation.
    seen_by: Option<(Arc<Hub>, Arc<Window<B>>)>,
}

impl<B> Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    /// Wraps a behaviour. The harness sees the first one that an application wraps.
    pub fn wrap(inner: B) -> Self {
        let seen_by = hub::current().and_then(|hub| {
            let window = Window::new();
            let is_first = hub.open(window.clone());
            is_first.then_some((hub, window))
        });
        Observed {
            inner: OnceLock::from(Box::new(DeterministicOrder::new(inner))),
            seen_by,
        }
    }
}

/// The constructors of [`libp2p::kad::Behaviour`].
impl<S: RecordStore + Send + 'static> Observed<kad::Behaviour<S>> {
    /// See [`libp2p::kad::Behaviour::new`].
    pub fn new(id: PeerId, store: S) -> Self {
        Observed::wrap(kad::Behaviour::new(id, store))
    }

    /// See [`libp2p::kad::Behaviour::with_config`].
    pub fn with_config(id: PeerId, store: S, config: kad::Config) -> Self {
        Observed::wrap(kad::Behaviour::with_config(id, store, config))
    }
}

impl<B> Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    fn inner(&self) -> &DeterministicOrder<B> {
        self.inner.get_or_init(|| match &self.seen_by {
            Some((_, window)) => window.take(),
            None => unreachable!("a behaviour without a window stays in its wrapper"),
        })
    }

    fn inner_mut(&mut self) -> &mut DeterministicOrder<B> {
        self.inner();
        self.inner.get_mut().expect("just taken")
    }

    fn notice(&self, notice: &Notice<'_>) {
        if let Some((hub, _)) = &self.seen_by {
            hub.notice(notice);
        }
    }
}

impl<B> From<B> for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    fn from(inner: B) -> Self {
        Observed::wrap(inner)
    }
}

impl<B> Deref for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    type Target = B;

    fn deref(&self) -> &B {
        self.inner()
    }
}

impl<B> DerefMut for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    fn deref_mut(&mut self) -> &mut B {
        self.inner_mut()
    }
}

impl<B> DhtBehaviour for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    type Store = B::Store;

    fn kad(&mut self) -> &mut kad::Behaviour<Self::Store> {
        self.inner_mut().kad()
    }

    fn kad_event(event: &Self::ToSwarm) -> Option<&kad::Event> {
        B::kad_event(event)
    }
}

impl<B> Drop for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    fn drop(&mut self) {
        if let Some((hub, _)) = &self.seen_by {
            hub.close();
        }
    }
}

impl<B> fmt::Debug for Observed<B>
where
    B: DhtBehaviour + fmt::Debug + Send,
    B::ToSwarm: Send,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<B> NetworkBehaviour for Observed<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    type ConnectionHandler = B::ConnectionHandler;
    type ToSwarm = B::ToSwarm;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.notice(&Notice::Incoming { connection });
        self.inner_mut()
            .handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner_mut()
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.notice(&Notice::Dialing { connection, peer });
        self.inner_mut()
            .handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner_mut()
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.inner_mut().on_swarm_event(event);
        self.notice(&Notice::of_swarm(event));
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner_mut()
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some((hub, window)) = &self.seen_by {
            if !hub.touch() {
                return Poll::Pending;
            }
            if let Some(order) = window.next_order() {
                return Poll::Ready(order.into_action::<B>());
            }
        }
        let polled = self.inner_mut().poll(cx);
        let Some((hub, window)) = &self.seen_by else {
            return polled;
        };
        match &polled {
            Poll::Ready(ToSwarm::GenerateEvent(event)) => {
                if let Some(event) = B::kad_event(event) {
                    hub.kad_event(event);
                }
            }
            Poll::Ready(_) => {}
            Poll::Pending => {
                if let Some(inner) = self.inner.take() {
                    window.put(inner, cx.waker());
                }
            }
        }
        polled
    }
}
