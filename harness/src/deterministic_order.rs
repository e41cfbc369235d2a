//! A behaviour wrapper that sends messages to its connections in the same order in
//! every run.

use std::{
    any::type_name,
    cell::RefCell,
    collections::VecDeque,
    ops::{Deref, DerefMut},
    task::{Context, Poll},
};

use indexmap::{IndexMap, IndexSet};
use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    kad,
    swarm::{
        CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};

use crate::{dht::DhtBehaviour, net::IdHash};

/// Wraps a behaviour of libp2p so that runs are deterministic even if it sends a
/// message to several connections.
///
/// kad, on a change of mode, identify, on a change of address, and the client of AutoNAT,
/// version 2, on the choice of a server, iterate over a std
/// `HashMap` whose keys are `ConnectionId`s. libp2p numbers them process-wide, so the
/// order depends on what else the process has done. This wrapper renumbers the
/// connections of the behaviour, except for those that the behaviour itself dialled,
/// whose ids it knows. It also sorts consecutive messages to single connections by
/// the age of the connections. It dereferences to the wrapped behaviour and emits the
/// same events.
///
/// identify needs the renumbering: for each message it collects its addresses into a
/// new `HashSet`, so their order depends on the order of the messages before they are
/// sorted.
///
/// If a simulation is the only one in its process (each test under `cargo nextest`),
/// it is deterministic without this wrapper.
/// [`assert_deterministic`](crate::assert_deterministic) checks whether a swarm needs
/// it, and the failure report of a run that needs it says so.
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
    connections: Connections,
    ready: VecDeque<ToSwarm<B::ToSwarm, THandlerInEvent<B>>>,
}

/// The mapping between the ids of connections in the swarm and in the behaviour.
#[derive(Default)]
struct Connections {
    /// The behaviour's ids, by the swarm's ids.
    inner: IndexMap<ConnectionId, ConnectionId, IdHash>,
    /// The swarm's ids, by the behaviour's ids.
    outer: IndexMap<ConnectionId, ConnectionId, IdHash>,
    /// The dials that the behaviour has requested and that have not started.
    asked: IndexSet<ConnectionId, IdHash>,
    given: usize,
}

impl Connections {
    /// Records a dial that the behaviour requests. The behaviour may remember its id.
    fn ask(&mut self, connection: ConnectionId) {
        self.asked.insert(connection);
    }

    /// The id of a connection in the behaviour. Assigned on the first call.
    fn inner(&mut self, outer: ConnectionId) -> ConnectionId {
        if let Some(inner) = self.inner.get(&outer) {
            return *inner;
        }
        let inner = match self.asked.swap_remove(&outer) {
            true => outer,
            false => {
                self.given += 1;
                // Far from the numbers of libp2p, which start at 1.
                ConnectionId::new_unchecked(usize::MAX - self.given)
            }
        };
        self.inner.insert(outer, inner);
        self.outer.insert(inner, outer);
        inner
    }

    /// The id of a connection in the swarm.
    fn outer(&self, inner: ConnectionId) -> ConnectionId {
        self.outer.get(&inner).copied().unwrap_or(inner)
    }

    /// Removes a closed connection.
    fn forget(&mut self, outer: ConnectionId) {
        if let Some(inner) = self.inner.swap_remove(&outer) {
            self.outer.swap_remove(&inner);
        }
    }

    /// Translates an event for the behaviour. Also returns the connection that it
    /// ends, if any.
    fn translate<'a>(&mut self, event: FromSwarm<'a>) -> (FromSwarm<'a>, Option<ConnectionId>) {
        match event {
            FromSwarm::ConnectionEstablished(mut event) => {
                event.connection_id = self.inner(event.connection_id);
                (FromSwarm::ConnectionEstablished(event), None)
            }
            FromSwarm::ConnectionClosed(mut event) => {
                let over = event.connection_id;
                event.connection_id = self.inner(over);
                (FromSwarm::ConnectionClosed(event), Some(over))
            }
            FromSwarm::AddressChange(mut event) => {
                event.connection_id = self.inner(event.connection_id);
                (FromSwarm::AddressChange(event), None)
            }
            FromSwarm::DialFailure(mut event) => {
                let over = event.connection_id;
                event.connection_id = self.inner(over);
                (FromSwarm::DialFailure(event), Some(over))
            }
            FromSwarm::ListenFailure(mut event) => {
                let over = event.connection_id;
                event.connection_id = self.inner(over);
                (FromSwarm::ListenFailure(event), Some(over))
            }
            other => (other, None),
        }
    }
}

/// The behaviours of libp2p that iterate over such maps, each with the path of its
/// connection handler.
const UNORDERED: [(&str, &str); 2] = [
    ("kad", "libp2p_kad::handler::Handler"),
    ("identify", "libp2p_identify::handler::Handler"),
];

thread_local! {
    /// The handlers of the behaviours that were wrapped inside the simulation of
    /// this thread since the last call of [`take_wrapped`].
    static WRAPPED: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// The handlers of the behaviours that were wrapped since the last call, for
/// [`unwrapped`].
pub(crate) fn take_wrapped() -> Vec<&'static str> {
    WRAPPED.take()
}

/// The parts of a behaviour that need [`DeterministicOrder`] and are not wrapped:
/// "kad", "identify".
///
/// The type name of the handler shows which behaviours of libp2p are inside `B`. It
/// is used for diagnosis only. A test fails if a release of libp2p changes it.
pub(crate) fn unwrapped<B: NetworkBehaviour>(wrapped: &[&str]) -> Vec<&'static str> {
    let handler = type_name::<THandler<B>>();
    let is_unwrapped = |path: &str| {
        let ordered: usize = wrapped.iter().map(|name| name.matches(path).count()).sum();
        handler.matches(path).count() > ordered
    };
    let names = UNORDERED.iter();
    names
        .filter(|(_, path)| is_unwrapped(path))
        .map(|(name, _)| *name)
        .collect()
}

impl<B: NetworkBehaviour> DeterministicOrder<B> {
    /// Wraps a behaviour.
    pub fn new(inner: B) -> Self {
        if dht_harness_clock::now().is_some() {
            WRAPPED.with_borrow_mut(|wrapped| wrapped.push(type_name::<THandler<B>>()));
        }
        DeterministicOrder {
            inner,
            connections: Connections::default(),
            ready: VecDeque::new(),
        }
    }

    /// Polls the behaviour. Converts the ids in its requests to the swarm's ids.
    fn poll_inner(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<B::ToSwarm, THandlerInEvent<B>>> {
        let mut polled = self.inner.poll(cx);
        // Usually there is no event. Its place is large, and is not copied.
        if polled.is_pending() {
            return Poll::Pending;
        }
        match &mut polled {
            Poll::Ready(
                ToSwarm::NotifyHandler {
                    handler: NotifyHandler::One(connection),
                    ..
                }
                | ToSwarm::CloseConnection {
                    connection: CloseConnection::One(connection),
                    ..
                },
            ) => *connection = self.connections.outer(*connection),
            Poll::Ready(ToSwarm::Dial { opts }) => self.connections.ask(opts.connection_id()),
            _ => {}
        }
        polled
    }

    /// Sorts messages to single connections: the first two events, of which the first is
    /// one, and all that immediately follow. Returns the first one in this order.
    fn sort(
        &mut self,
        first: ToSwarm<B::ToSwarm, THandlerInEvent<B>>,
        second: ToSwarm<B::ToSwarm, THandlerInEvent<B>>,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<B::ToSwarm, THandlerInEvent<B>>> {
        self.ready.push_back(first);
        self.ready.push_back(second);
        while self.ready.back().and_then(recipient).is_some()
            && let Poll::Ready(next) = self.poll_inner(cx)
        {
            self.ready.push_back(next);
        }
        let messages = self.ready.make_contiguous();
        let messages = match messages.split_last_mut() {
            Some((last, others)) if recipient(last).is_none() => others,
            _ => messages,
        };
        // Stable: messages to one connection keep their order.
        messages.sort_by_key(recipient);
        self.ready.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

/// The connection to which an event is a message.
fn recipient<E, T>(event: &ToSwarm<E, T>) -> Option<ConnectionId> {
    match event {
        ToSwarm::NotifyHandler {
            handler: NotifyHandler::One(connection),
            ..
        } => Some(*connection),
        _ => None,
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

    fn lan_kad(&mut self) -> Option<&mut kad::Behaviour<Self::Store>> {
        self.inner.lan_kad()
    }

    fn lan_kad_event(event: &Self::ToSwarm) -> Option<&kad::Event> {
        B::lan_kad_event(event)
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
        let connection = self.connections.inner(connection);
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
        let connection = self.connections.inner(connection);
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
        let connection = self.connections.inner(connection);
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
        let connection = self.connections.inner(connection);
        self.inner
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        let (event, over) = self.connections.translate(event);
        self.inner.on_swarm_event(event);
        if let Some(connection) = over {
            self.connections.forget(connection);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let connection = self.connections.inner(connection);
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
        let Poll::Ready(first) = self.poll_inner(cx) else {
            return Poll::Pending;
        };
        if recipient(&first).is_some()
            && let Poll::Ready(second) = self.poll_inner(cx)
        {
            return self.sort(first, second, cx);
        }
        Poll::Ready(first)
    }
}

#[cfg(test)]
mod tests {
    use libp2p::{
        identify, kad, ping,
        swarm::{NetworkBehaviour, behaviour::toggle::Toggle},
    };

    use super::{DeterministicOrder, THandler, type_name, unwrapped};

    type Kad = kad::Behaviour<kad::store::MemoryStore>;

    #[derive(NetworkBehaviour)]
    #[behaviour(prelude = "libp2p::swarm::derive_prelude")]
    struct Bare {
        ping: ping::Behaviour,
        kad: Kad,
        identify: Toggle<identify::Behaviour>,
    }

    #[derive(NetworkBehaviour)]
    #[behaviour(prelude = "libp2p::swarm::derive_prelude")]
    struct Wrapped {
        kad: DeterministicOrder<Kad>,
        identify: Toggle<DeterministicOrder<identify::Behaviour>>,
    }

    #[test]
    fn parts_that_are_not_wrapped_are_named() {
        let kad = type_name::<THandler<Kad>>();
        let identify = type_name::<THandler<identify::Behaviour>>();
        assert_eq!(unwrapped::<Bare>(&[]), ["kad", "identify"]);
        assert_eq!(unwrapped::<Bare>(&[kad]), ["identify"]);
        assert_eq!(unwrapped::<Kad>(&[identify]), ["kad"]);
        assert!(unwrapped::<Wrapped>(&[identify, kad]).is_empty());
        assert!(unwrapped::<Bare>(&[type_name::<THandler<Bare>>()]).is_empty());
        assert!(unwrapped::<ping::Behaviour>(&[]).is_empty());
    }
}
