//! A behaviour that speaks to its connections in the same order in every run.

use std::{
    collections::VecDeque,
    ops::{Deref, DerefMut},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    kad,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};

use crate::dht::DhtBehaviour;

/// Wraps a behaviour of libp2p so that runs are exact also where it tells the
/// same thing to many connections.
///
/// kad at a change of mode, and identify at a change of address, walk over a
/// std `HashMap` whose keys are `ConnectionId`s. libp2p counts those
/// process-wide, so the order depends on what else the process has done. This
/// wrapper puts a run of messages to single connections into the order in which
/// the connections came up, and changes nothing else. It is the behaviour
/// otherwise: it dereferences to it, and its events are the same.
///
/// A simulation that is the only one of its process (each test under
/// `cargo nextest`) is exact without it.
///
/// ```
/// use dht_harness::DeterministicOrder;
/// use libp2p::{identify, kad, swarm::NetworkBehaviour};
///
/// #[derive(NetworkBehaviour)]
/// struct MyBehaviour {
///     kad: DeterministicOrder<kad::Behaviour<kad::store::MemoryStore>>,
///     identify: DeterministicOrder<identify::Behaviour>,
/// }
/// ```
pub struct DeterministicOrder<B: NetworkBehaviour> {
    inner: B,
    ready: VecDeque<ToSwarm<B::ToSwarm, THandlerInEvent<B>>>,
}

impl<B: NetworkBehaviour> DeterministicOrder<B> {
    /// Wraps a behaviour.
    pub fn new(inner: B) -> Self {
        DeterministicOrder {
            inner,
            ready: VecDeque::new(),
        }
    }

    /// Takes all messages to single connections that follow the first one
    /// without a pause, and puts them in order.
    fn gather(&mut self, first: (ConnectionId, PeerId, THandlerInEvent<B>), cx: &mut Context<'_>) {
        let mut messages = vec![first];
        let mut after = None;
        while let Poll::Ready(event) = self.inner.poll(cx) {
            match event {
                ToSwarm::NotifyHandler {
                    peer_id,
                    handler: NotifyHandler::One(connection),
                    event,
                } => messages.push((connection, peer_id, event)),
                other => {
                    after = Some(other);
                    break;
                }
            }
        }
        // Stable: messages to one connection keep their order.
        messages.sort_by_key(|(connection, ..)| *connection);
        let messages =
            messages
                .into_iter()
                .map(|(connection, peer_id, event)| ToSwarm::NotifyHandler {
                    peer_id,
                    handler: NotifyHandler::One(connection),
                    event,
                });
        self.ready.extend(messages.chain(after));
    }
}

impl<B: NetworkBehaviour> From<B> for DeterministicOrder<B> {
    fn from(inner: B) -> Self {
        DeterministicOrder::new(inner)
    }
}

impl<B: NetworkBehaviour> Deref for DeterministicOrder<B> {
    type Target = B;

    fn deref(&self) -> &B {
        &self.inner
    }
}

impl<B: NetworkBehaviour> DerefMut for DeterministicOrder<B> {
    fn deref_mut(&mut self) -> &mut B {
        &mut self.inner
    }
}

impl<B: DhtBehaviour> DhtBehaviour for DeterministicOrder<B> {
    type Store = B::Store;

    fn kad(&mut self) -> &mut kad::Behaviour<Self::Store> {
        self.inner.kad()
    }

    fn kad_event(event: &Self::ToSwarm) -> Option<&kad::Event> {
        B::kad_event(event)
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for DeterministicOrder<B> {
    type ConnectionHandler = B::ConnectionHandler;
    type ToSwarm = B::ToSwarm;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.inner
            .handle_pending_inbound_connection(connection, local, remote)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.inner
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
        self.inner
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.inner.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(event) = self.ready.pop_front() {
            return Poll::Ready(event);
        }
        // Events are large, and mostly there is none: then nothing is moved.
        match self.inner.poll(cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(ToSwarm::NotifyHandler {
                peer_id,
                handler: NotifyHandler::One(connection),
                event,
            }) => self.gather((connection, peer_id, event), cx),
            no_message => return no_message,
        }
        match self.ready.pop_front() {
            Some(event) => Poll::Ready(event),
            None => Poll::Pending,
        }
    }
}
