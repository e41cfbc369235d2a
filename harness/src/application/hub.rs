//! Where the harness and an application's swarm meet.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::channel::oneshot;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    kad,
    swarm::{ConnectionId, DialError, FromSwarm, ListenOpts, dial_opts::DialOpts},
};

use super::{order::Order, swarm_facts::SwarmFacts, window::AnyWindow};
use crate::{
    dht::AnyDht,
    engine,
    host::{HostError, error_chain},
    net::{HostId, IdHash},
};

/// What a behaviour inside an application learns of its swarm, or emits.
pub(crate) enum Sighting<'a> {
    /// An inbound connection is being negotiated.
    Incoming(ConnectionId),
    /// A dial has started.
    Dialling(ConnectionId, Option<PeerId>),
    /// The swarm has informed its behaviours.
    Swarm(FromSwarm<'a>),
    /// The DHT has emitted an event.
    Kad(&'a kad::Event),
    /// The swarm is being dropped.
    Dropped,
}

/// Is shown what happens in the swarm of an application.
pub(crate) type Listener = Box<dyn FnMut(Sighting<'_>, &SwarmFacts) + Send>;

/// Where the harness and the swarm of one application meet.
pub(crate) struct Hub {
    host: HostId,
    peer: PeerId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    window: Option<Arc<dyn AnyWindow>>,
    /// Whether the application has ever wrapped a DHT.
    was_open: bool,
    listener: Option<Listener>,
    facts: SwarmFacts,
    waiting: Waiting,
    /// How often the harness has worked on the DHT.
    uses: u64,
}

/// Calls that wait for something that was ordered.
#[derive(Default)]
struct Waiting {
    dials: IndexMap<ConnectionId, oneshot::Sender<Result<PeerId, HostError>>, IdHash>,
    listens: Vec<(ListenerId, oneshot::Sender<Result<Multiaddr, HostError>>)>,
    disconnects: Vec<(PeerId, oneshot::Sender<Result<(), HostError>>)>,
}

thread_local! {
    static CURRENT: RefCell<Option<Arc<Hub>>> = const { RefCell::new(None) };
}

/// The hub of the application whose code runs on this thread.
pub(super) fn current() -> Option<Arc<Hub>> {
    CURRENT.with_borrow(Clone::clone)
}

impl Hub {
    /// A hub for an application that runs as `host` with this identity.
    pub(crate) fn new(host: HostId, peer: PeerId, listener: Listener) -> Arc<Self> {
        Arc::new(Hub {
            host,
            peer,
            state: Mutex::new(State {
                listener: Some(listener),
                ..State::default()
            }),
        })
    }

    /// Runs code of the application: what it wraps meets the harness here.
    pub(crate) fn enter<R>(self: &Arc<Self>, f: impl FnOnce() -> R) -> R {
        struct Leave(Option<Arc<Hub>>);
        impl Drop for Leave {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _leave = Leave(CURRENT.replace(Some(Arc::clone(self))));
        f()
    }

    /// The identity that the application was given.
    pub(crate) fn peer(&self) -> PeerId {
        self.peer
    }

    /// Whether the application has wrapped no DHT so far.
    pub(crate) fn is_hidden(&self) -> bool {
        !self.state().was_open
    }

    /// Works on what is known of the swarm; `None` if the harness does not see it.
    pub(crate) fn facts<R>(&self, f: impl FnOnce(&SwarmFacts) -> R) -> Option<R> {
        let state = self.state();
        state.window.is_some().then(|| f(&state.facts))
    }

    /// Looks at the DHT, without waking the application. `false` if the harness
    /// cannot see it now.
    pub(crate) fn peek(&self, mut work: impl FnMut(&mut dyn AnyDht)) -> bool {
        let window = self.state().window.clone();
        window.is_some_and(|window| window.peek(&mut work))
    }

    /// Works on the DHT, and lets the swarm be polled. `false` if the harness
    /// cannot see it now.
    pub(crate) fn work(&self, work: impl FnMut(&mut dyn AnyDht)) -> bool {
        self.state().uses += 1;
        let worked = self.peek(work);
        self.wake();
        worked
    }

    /// How often the harness has worked on the DHT.
    pub(crate) fn uses(&self) -> u64 {
        self.state().uses
    }

    /// Lets the swarm be polled.
    pub(crate) fn wake(&self) {
        let window = self.state().window.clone();
        if let Some(window) = window {
            window.wake();
        }
    }

    /// Lets the swarm dial.
    pub(crate) fn dial(
        &self,
        opts: DialOpts,
    ) -> Result<oneshot::Receiver<Result<PeerId, HostError>>, HostError> {
        let (sender, receiver) = oneshot::channel();
        let window = self.window()?;
        self.state()
            .waiting
            .dials
            .insert(opts.connection_id(), sender);
        window.order(Order::Dial(opts));
        Ok(receiver)
    }

    /// Lets the swarm close all connections to a peer.
    pub(crate) fn disconnect(
        &self,
        remote: PeerId,
    ) -> Result<oneshot::Receiver<Result<(), HostError>>, HostError> {
        let window = self.window()?;
        let mut state = self.state();
        if state.facts.connections_to(&remote) == 0 {
            return Err(HostError::NotConnected {
                peer: self.peer,
                remote,
            });
        }
        let (sender, receiver) = oneshot::channel();
        state.waiting.disconnects.push((remote, sender));
        drop(state);
        window.order(Order::Disconnect(remote));
        Ok(receiver)
    }

    /// Lets the swarm listen.
    pub(crate) fn listen(
        &self,
        address: Multiaddr,
    ) -> Result<oneshot::Receiver<Result<Multiaddr, HostError>>, HostError> {
        let window = self.window()?;
        let opts = ListenOpts::new(address);
        let (sender, receiver) = oneshot::channel();
        let listens = &mut self.state().waiting.listens;
        listens.push((opts.listener_id(), sender));
        window.order(Order::Listen(opts));
        Ok(receiver)
    }

    /// Lets the swarm stop listening.
    pub(crate) fn unlisten(&self) -> Result<(), HostError> {
        let window = self.window()?;
        let mut listeners: Vec<ListenerId> = Vec::new();
        for (id, _) in self.state().facts.listeners() {
            if !listeners.contains(id) {
                listeners.push(*id);
            }
        }
        for id in listeners {
            window.order(Order::Unlisten(id));
        }
        Ok(())
    }

    fn window(&self) -> Result<Arc<dyn AnyWindow>, HostError> {
        let window = self.state().window.clone();
        window.ok_or(HostError::NotReachable { peer: self.peer })
    }

    /// Takes the window of the DHT. Only the first one is used.
    pub(super) fn open(&self, window: Arc<dyn AnyWindow>) -> bool {
        let mut state = self.state();
        let is_first = state.window.is_none();
        if is_first {
            state.window = Some(window);
            state.was_open = true;
        }
        is_first
    }

    /// Notes that the swarm is being polled. `false` if it must not continue.
    pub(super) fn touch(&self) -> bool {
        engine::touch(self.host)
    }

    /// Takes in what happens in the swarm.
    pub(super) fn report(&self, sighting: Sighting<'_>) {
        let listener = {
            let mut state = self.state();
            state.facts.note(&sighting);
            state.waiting.answer(self.peer, &sighting);
            if let Sighting::Dropped = sighting {
                state.window = None;
                state.waiting.close(self.peer);
            }
            state.listener.take()
        };
        // Called without the lock: it reads the facts, and the DHT.
        let Some(mut listener) = listener else { return };
        let facts = std::mem::take(&mut self.state().facts);
        listener(sighting, &facts);
        let mut state = self.state();
        state.facts = facts;
        state.listener = Some(listener);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn answer(&mut self, local: PeerId, sighting: &Sighting<'_>) {
        let Sighting::Swarm(event) = sighting else {
            return;
        };
        match event {
            FromSwarm::ConnectionEstablished(established) => {
                if let Some(dial) = self.dials.swap_remove(&established.connection_id) {
                    // A caller that no longer waits is no error.
                    let _ = dial.send(Ok(established.peer_id));
                }
            }
            FromSwarm::DialFailure(failure) => {
                if let Some(dial) = self.dials.swap_remove(&failure.connection_id) {
                    let _ = dial.send(dial_result(local, failure.peer_id, failure.error));
                }
            }
            FromSwarm::NewListenAddr(new) => {
                let waits = |(id, _): &(ListenerId, _)| *id == new.listener_id;
                if let Some(position) = self.listens.iter().position(waits) {
                    let (_, listen) = self.listens.swap_remove(position);
                    let _ = listen.send(Ok(new.addr.clone()));
                }
            }
            FromSwarm::ListenerClosed(closed) => {
                let waits = |(id, _): &(ListenerId, _)| *id == closed.listener_id;
                if let Some(position) = self.listens.iter().position(waits) {
                    let (_, listen) = self.listens.swap_remove(position);
                    let reason = match closed.reason {
                        Ok(()) => "the listener closed".to_owned(),
                        Err(error) => error_chain(error),
                    };
                    let _ = listen.send(Err(HostError::Listen {
                        peer: local,
                        address: Multiaddr::empty(),
                        reason,
                    }));
                }
            }
            FromSwarm::ConnectionClosed(closed) if closed.remaining_established == 0 => {
                let waits = |(peer, _): &mut (PeerId, _)| *peer == closed.peer_id;
                for (_, disconnect) in self.disconnects.extract_if(.., waits) {
                    let _ = disconnect.send(Ok(()));
                }
            }
            _ => {}
        }
    }

    /// Answers all callers: the swarm is gone.
    fn close(&mut self, local: PeerId) {
        let closed = HostError::HostClosed { peer: local };
        for (_, dial) in self.dials.drain(..) {
            let _ = dial.send(Err(closed.clone()));
        }
        for (_, listen) in self.listens.drain(..) {
            let _ = listen.send(Err(closed.clone()));
        }
        for (_, disconnect) in self.disconnects.drain(..) {
            let _ = disconnect.send(Ok(()));
        }
    }
}

/// What a dial that came to nothing means for its caller: a peer that is connected
/// already is no failure.
fn dial_result(
    local: PeerId,
    remote: Option<PeerId>,
    error: &DialError,
) -> Result<PeerId, HostError> {
    use libp2p::swarm::dial_opts::PeerCondition::{Disconnected, DisconnectedAndNotDialing};
    match (error, remote) {
        (
            DialError::DialPeerConditionFalse(Disconnected | DisconnectedAndNotDialing),
            Some(remote),
        ) => Ok(remote),
        _ => Err(HostError::Dial {
            peer: local,
            remote,
            reason: error_chain(error),
        }),
    }
}
