//! An application with its own event loop, as the simulation sees it.

use std::{
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
};

use dht_harness_clock as clock;
use futures::{FutureExt, future::BoxFuture};
use libp2p::{
    Multiaddr, PeerId,
    swarm::{DialError, FromSwarm, dial_opts::DialOpts},
};

use super::{
    member::{AnyHost, DhtWork, SwarmView},
    observe::{bare, dht_event, named, note_kad},
    swarm_log::{DialEnd, SwarmLog},
};
use crate::{
    application::{App, Listener, Sighting, SwarmFacts},
    dht::TableSnapshot,
    engine,
    host::{HostError, HostState},
    net::HostId,
    trace::{Journal, TraceEvent},
};

/// An application and how it is asked to end.
pub(crate) struct RunningApplication {
    pub(crate) app: App,
    /// `None`: its future is dropped.
    pub(crate) close: Option<Rc<dyn Fn()>>,
}

impl RunningApplication {
    fn closed(&self) -> HostError {
        HostError::HostClosed {
            peer: self.app.hub.peer(),
        }
    }

    fn is_open(&self) -> bool {
        self.app.state() == HostState::Open
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
        if !self.is_open() {
            return Err(self.closed());
        }
        match self.app.hub.work(|dht| work(dht)) {
            true => Ok(()),
            false => Err(HostError::NotReachable {
                peer: self.app.hub.peer(),
            }),
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
        if !self.is_open() {
            return std::future::ready(Err(self.closed())).boxed();
        }
        answered(self.app.hub.peer(), self.app.hub.dial(opts))
    }

    fn disconnect(&self, peer: PeerId) -> BoxFuture<'static, Result<(), HostError>> {
        if !self.is_open() {
            return std::future::ready(Err(self.closed())).boxed();
        }
        answered(self.app.hub.peer(), self.app.hub.disconnect(peer))
    }

    fn listen(&self, address: Multiaddr) -> BoxFuture<'static, Result<Multiaddr, HostError>> {
        if !self.is_open() {
            return std::future::ready(Err(self.closed())).boxed();
        }
        answered(self.app.hub.peer(), self.app.hub.listen(address))
    }

    fn unlisten(&self) -> Result<(), HostError> {
        match self.is_open() {
            true => self.app.hub.unlisten(),
            false => Err(self.closed()),
        }
    }

    fn ended_by_itself(&self) -> bool {
        self.app.ended_by_itself()
    }

    fn is_hidden(&self) -> bool {
        self.app.hub.is_hidden()
    }

    fn is_application(&self) -> bool {
        true
    }
}

/// Waits for the answer to an order.
fn answered<T: Send + 'static>(
    peer: PeerId,
    ordered: Result<futures::channel::oneshot::Receiver<Result<T, HostError>>, HostError>,
) -> BoxFuture<'static, Result<T, HostError>> {
    async move {
        match ordered?.await {
            Ok(answer) => answer,
            Err(_) => Err(HostError::HostClosed { peer }),
        }
    }
    .boxed()
}

/// Keeps `swarm_log` and the journal for the application that runs as `host`.
pub(crate) fn listener(host: HostId, peer: PeerId, swarm_log: Arc<Mutex<SwarmLog>>) -> Listener {
    Box::new(move |sighting, facts| {
        let mut swarm_log = swarm_log.lock().unwrap_or_else(PoisonError::into_inner);
        if let Sighting::Dropped = sighting {
            return;
        }
        note(&mut swarm_log, &sighting, peer, facts);
        engine::record(host, |journal| {
            trace_event(journal, &mut swarm_log, &sighting)
        });
    })
}

fn note(swarm_log: &mut SwarmLog, sighting: &Sighting<'_>, local: PeerId, facts: &SwarmFacts) {
    let now = clock::now().unwrap_or_default();
    let event = match sighting {
        Sighting::Incoming(_) => {
            swarm_log.incoming += 1;
            return;
        }
        Sighting::Dialling(connection, peer) => {
            let number = swarm_log.number(*connection);
            swarm_log.dialing(number, *peer, now);
            return;
        }
        Sighting::Kad(event) => return note_kad(swarm_log, event, now),
        Sighting::Dropped => return,
        Sighting::Swarm(event) => event,
    };
    match event {
        FromSwarm::ConnectionEstablished(new) => {
            let number = swarm_log.number(new.connection_id);
            swarm_log.opened(number, new.peer_id, new.endpoint.is_dialer(), now);
            swarm_log.counted(&new.peer_id, new.other_established as u32 + 1);
        }
        FromSwarm::ConnectionClosed(closed) => {
            let number = swarm_log.number(closed.connection_id);
            swarm_log.closed(number, now);
            swarm_log.counted(&closed.peer_id, closed.remaining_established as u32);
        }
        FromSwarm::DialFailure(failure) => {
            let number = swarm_log.number(failure.connection_id);
            swarm_log.dial_ended(number, DialEnd::Failed);
            swarm_log.dial_failed(failure.peer_id, failure.error);
            if dialled_itself(local, facts, failure.error) {
                swarm_log.self_dials += 1;
            }
        }
        FromSwarm::ListenFailure(failure) => swarm_log.inbound_failures.push(failure.peer_id),
        FromSwarm::NewExternalAddrCandidate(_) => swarm_log.candidates += 1,
        FromSwarm::NewExternalAddrOfPeer(new) => {
            let told = swarm_log.told.entry(new.peer_id).or_default();
            told.insert(new.addr.clone());
        }
        _ => {}
    }
}

/// Whether a dial that failed has led to the application itself.
fn dialled_itself(local: PeerId, facts: &SwarmFacts, error: &DialError) -> bool {
    let own = |address: &Multiaddr| {
        let bare = bare(address);
        facts.listeners().iter().any(|(_, own)| *own == bare)
    };
    match error {
        DialError::LocalPeerId { .. } => true,
        DialError::WrongPeerId { obtained, .. } => *obtained == local,
        DialError::Transport(tried) => tried.iter().any(|(address, _)| own(address)),
        _ => false,
    }
}

fn trace_event(journal: &Journal, swarm_log: &mut SwarmLog, sighting: &Sighting<'_>) -> TraceEvent {
    let tag = |peer: &PeerId| journal.tag(peer);
    let event = match sighting {
        Sighting::Kad(event) => return dht_event(journal, swarm_log, event),
        Sighting::Incoming(connection) => {
            return TraceEvent::Incoming {
                connection: swarm_log.number(*connection),
            };
        }
        Sighting::Dialling(connection, peer) => {
            return TraceEvent::Dialing {
                peer: peer.as_ref().map(tag),
                connection: swarm_log.number(*connection),
            };
        }
        Sighting::Dropped => return named("Dropped"),
        Sighting::Swarm(event) => event,
    };
    match event {
        FromSwarm::ConnectionEstablished(new) => TraceEvent::ConnectionEstablished {
            peer: tag(&new.peer_id),
            connection: swarm_log.number(new.connection_id),
            dialer: new.endpoint.is_dialer(),
            established: new.other_established as u32 + 1,
        },
        FromSwarm::ConnectionClosed(closed) => TraceEvent::ConnectionClosed {
            peer: tag(&closed.peer_id),
            connection: swarm_log.number(closed.connection_id),
            remaining: closed.remaining_established as u32,
            cause: closed.cause.map(ToString::to_string),
        },
        FromSwarm::DialFailure(failure) => TraceEvent::DialFailed {
            peer: failure.peer_id.as_ref().map(tag),
            connection: swarm_log.number(failure.connection_id),
            error: failure.error.into(),
        },
        FromSwarm::ListenFailure(failure) => TraceEvent::IncomingFailed {
            peer: failure.peer_id.as_ref().map(tag),
            connection: swarm_log.number(failure.connection_id),
            error: failure.error.to_string(),
        },
        FromSwarm::NewListenAddr(new) => TraceEvent::Listening {
            address: new.addr.to_string(),
        },
        FromSwarm::ExpiredListenAddr(expired) => TraceEvent::NotListening {
            address: expired.addr.to_string(),
        },
        FromSwarm::NewListener(_) => named("NewListener"),
        FromSwarm::ListenerClosed(_) => named("ListenerClosed"),
        FromSwarm::ListenerError(_) => named("ListenerError"),
        FromSwarm::AddressChange(_) => named("AddressChange"),
        FromSwarm::NewExternalAddrCandidate(_) => named("NewExternalAddrCandidate"),
        FromSwarm::ExternalAddrConfirmed(_) => named("ExternalAddrConfirmed"),
        FromSwarm::ExternalAddrExpired(_) => named("ExternalAddrExpired"),
        FromSwarm::NewExternalAddrOfPeer(_) => named("NewExternalAddrOfPeer"),
        _ => named("unknown"),
    }
}
