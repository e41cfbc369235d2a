//! Where the harness and an application's swarm meet.

use std::{
    cell::RefCell,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::channel::oneshot::Receiver;
use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    kad,
    swarm::{ListenOpts, dial_opts::DialOpts},
};

use super::{order::Order, swarm_facts::SwarmFacts, window::AnyWindow};
use crate::{
    dht::AnyDht,
    engine,
    host::{HostError, Notice, Pending, is_connected_already},
    net::HostId,
};

/// What a behaviour inside an application learns of its swarm, or emits.
pub(crate) enum Sighting<'a> {
    /// Something has happened in the swarm.
    Notice(&'a Notice<'a>),
    /// The DHT has emitted an event.
    Kad(&'a kad::Event),
}

/// Is shown what happens in the swarm of an application.
pub(crate) type Listener = Box<dyn FnMut(Sighting<'_>, &SwarmFacts) + Send>;

/// Where the harness and the swarm of one application meet.
pub(crate) struct Hub {
    host: HostId,
    peer: PeerId,
    state: Mutex<State>,
}

struct State {
    window: Option<Arc<dyn AnyWindow>>,
    /// Whether the application has ever wrapped a DHT.
    was_open: bool,
    /// Whether the application is said to have no DHT.
    has_none: bool,
    /// Whether the application has ever run.
    was_polled: bool,
    listener: Listener,
    facts: SwarmFacts,
    /// Calls that wait for something that was ordered.
    pending: Pending,
    /// How often the harness has worked on the DHT.
    uses: u64,
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
                window: None,
                was_open: false,
                has_none: false,
                was_polled: false,
                listener,
                facts: SwarmFacts::default(),
                pending: Pending::default(),
                uses: 0,
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

    /// Says that the application has no DHT.
    pub(crate) fn expect_no_dht(&self) {
        self.state().has_none = true;
    }

    /// Notes that the application runs.
    pub(super) fn polled(&self) {
        self.state().was_polled = true;
    }

    /// Whether the application has run and wrapped no DHT so far, although it is not said
    /// to have none.
    pub(crate) fn lacks_dht(&self) -> bool {
        let state = self.state();
        state.was_polled && !state.was_open && !state.has_none
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
    ) -> Result<Receiver<Result<PeerId, HostError>>, HostError> {
        let window = self.window()?;
        let answer = self.state().pending.dial(opts.connection_id());
        window.order(Order::Dial(opts));
        Ok(answer)
    }

    /// Lets the swarm close all connections to a peer.
    pub(crate) fn disconnect(
        &self,
        remote: PeerId,
    ) -> Result<Receiver<Result<(), HostError>>, HostError> {
        let window = self.window()?;
        if self.state().facts.connections_to(&remote) == 0 {
            return Err(HostError::NotConnected {
                peer: self.peer,
                remote,
            });
        }
        let answer = self.state().pending.disconnect(remote);
        window.order(Order::Disconnect(remote));
        Ok(answer)
    }

    /// Lets the swarm listen.
    pub(crate) fn listen(
        &self,
        address: Multiaddr,
    ) -> Result<Receiver<Result<Multiaddr, HostError>>, HostError> {
        let window = self.window()?;
        let opts = ListenOpts::new(address.clone());
        let answer = self.state().pending.listen(opts.listener_id(), address);
        window.order(Order::Listen(opts));
        Ok(answer)
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

    /// Lets the swarm confirm an external address.
    pub(crate) fn add_external(&self, address: Multiaddr) -> Result<(), HostError> {
        self.window()?.order(Order::ConfirmExternal(address));
        Ok(())
    }

    /// Lets the swarm withdraw an external address.
    pub(crate) fn remove_external(&self, address: Multiaddr) -> Result<(), HostError> {
        self.window()?.order(Order::ExpireExternal(address));
        Ok(())
    }

    /// Lets the swarm tell its behaviours an address of a peer.
    pub(crate) fn add_peer_address(
        &self,
        peer: PeerId,
        address: Multiaddr,
    ) -> Result<(), HostError> {
        self.window()?.order(Order::TellPeerAddress(peer, address));
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
    pub(super) fn notice(&self, notice: &Notice<'_>) {
        let mut state = self.state();
        let state = &mut *state;
        state.facts.note(notice);
        if let Notice::Dialing { connection, .. } = notice
            && state.pending.is_dialling(*connection)
        {
            // A dial that was ordered is none of the application's behaviours.
            return;
        }
        match notice {
            Notice::DialFailed {
                connection,
                peer: Some(peer),
                error,
            } if is_connected_already(error, state.facts.connections_to(peer) > 0) => {
                state.pending.connected(*connection, *peer);
            }
            Notice::ListenerError { listener, error } => {
                state.pending.not_added(self.peer, *listener, *error);
            }
            _ => state.pending.on_notice(self.peer, notice),
        }
        (state.listener)(Sighting::Notice(notice), &state.facts);
    }

    /// Takes in an event of the DHT.
    pub(super) fn kad_event(&self, event: &kad::Event) {
        let mut state = self.state();
        let state = &mut *state;
        (state.listener)(Sighting::Kad(event), &state.facts);
    }

    /// Closes the window: the swarm is being dropped.
    pub(super) fn close(&self) {
        let mut state = self.state();
        state.window = None;
        state.pending.close(self.peer);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
