//! An application with its own event loop, as the simulation sees it.

use std::rc::Rc;

use futures::{FutureExt, channel::oneshot::Receiver, future::BoxFuture};
use libp2p::{Multiaddr, PeerId, swarm::dial_opts::DialOpts};

use super::member::{AnyHost, DhtWork, SwarmView};
use crate::{
    application::{App, Hub, SwarmFacts},
    dht::TableSnapshot,
    host::{HostError, HostState, wait},
};

/// An application and how it is asked to end.
pub(crate) struct RunningApplication {
    pub(crate) app: App,
    /// `None`: its future is dropped.
    pub(crate) close: Option<Rc<dyn Fn()>>,
}

impl RunningApplication {
    fn is_open(&self) -> bool {
        self.app.state() == HostState::Open
    }

    /// Calls `work` with the DHT without waking the application.
    pub(crate) fn read_dht(&self, work: DhtWork<'_>) -> Result<(), HostError> {
        let hub = self.open()?;
        match hub.peek(|dht| work(dht)) {
            true => Ok(()),
            false => Err(HostError::NotReachable { peer: hub.peer() }),
        }
    }

    /// The hub, while the application takes orders.
    pub(crate) fn open(&self) -> Result<&Hub, HostError> {
        match self.is_open() {
            true => Ok(&self.app.hub),
            false => Err(HostError::HostClosed {
                peer: self.app.hub.peer(),
            }),
        }
    }

    /// Gives an order, and waits for the answer.
    fn ordered<T: Send + 'static>(
        &self,
        order: impl FnOnce(&Hub) -> Result<Receiver<Result<T, HostError>>, HostError>,
    ) -> BoxFuture<'static, Result<T, HostError>> {
        wait(self.app.hub.peer(), self.open().and_then(order)).boxed()
    }
}

impl AnyHost for RunningApplication {
    fn state(&self) -> HostState {
        self.app.state()
    }

    fn view(&self) -> Option<SwarmView> {
        self.app.hub.facts(|facts| {
            let listeners = facts.listeners().iter();
            let mut listeners: Vec<_> = listeners.map(|(_, address)| address.clone()).collect();
            listeners.sort();
            SwarmView {
                connected: facts.connected().collect(),
                listeners,
                external: facts.external().to_vec(),
                established: facts.established(),
                pending: facts.pending() as u32,
            }
        })
    }

    fn attempts(&self) -> Option<u32> {
        let count = |facts: &SwarmFacts| facts.established() + facts.pending() as u32;
        self.app.hub.facts(count)
    }

    fn established(&self) -> Option<u32> {
        self.app.hub.facts(SwarmFacts::established)
    }

    fn is_connected(&self, peer: &PeerId) -> Option<bool> {
        self.app.hub.facts(|facts| facts.connections_to(peer) > 0)
    }

    fn read_table(&self) -> Option<TableSnapshot> {
        if !self.is_open() {
            return None;
        }
        let (local, mut table) = (self.app.hub.peer(), None);
        self.app.hub.peek(|dht| table = Some(dht.read_table(local)));
        table
    }

    fn wake(&self) {
        self.app.hub.wake();
    }

    fn uses(&self) -> u64 {
        self.app.hub.uses()
    }

    fn peek_dht(&self, work: DhtWork<'_>) {
        self.app.hub.peek(|dht| work(dht));
    }

    fn with_dht(&self, work: DhtWork<'_>) -> Result<(), HostError> {
        let hub = self.open()?;
        match hub.work(|dht| work(dht)) {
            true => Ok(()),
            false => Err(HostError::NotReachable { peer: hub.peer() }),
        }
    }

    fn close(&self) -> BoxFuture<'static, ()> {
        if self.is_open() {
            self.app.start_closing();
            match &self.close {
                Some(close) => close(),
                None => self.app.abort(),
            }
        }
        self.app.ended().boxed()
    }

    fn abort(&self) {
        self.app.abort();
    }

    fn connect(&self, opts: DialOpts) -> BoxFuture<'static, Result<PeerId, HostError>> {
        self.ordered(|hub| hub.dial(opts))
    }

    fn disconnect(&self, peer: PeerId) -> BoxFuture<'static, Result<(), HostError>> {
        self.ordered(|hub| hub.disconnect(peer))
    }

    fn listen(&self, address: Multiaddr) -> BoxFuture<'static, Result<Multiaddr, HostError>> {
        self.ordered(|hub| hub.listen(address))
    }

    fn unlisten(&self) -> Result<(), HostError> {
        self.open()?.unlisten()
    }

    fn application(&self) -> Option<&App> {
        Some(&self.app)
    }
}
