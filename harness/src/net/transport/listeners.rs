//! The listeners of one transport.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll, Waker};

use libp2p::core::transport::{ListenerId, TransportError, TransportEvent};
use libp2p::{Multiaddr, PeerId};

use crate::net::{
    address_kinds::AddressKinds, connection::ConnRef, endpoint::Endpoint, error::NetError,
    event::ConnKind, fabric::Fabric, host::HostId, network::ListenerEvent,
};

/// The listeners of one host and transport kind. Dropping them closes them and
/// resets connections that have not been accepted.
#[derive(Debug)]
pub(super) struct Listeners {
    pub(super) fabric: Fabric,
    pub(super) host: HostId,
    pub(super) incarnation: u32,
    kind: ConnKind,
    pub(super) identity: Option<PeerId>,
    kinds: AddressKinds,
    open: Vec<(ListenerId, u32)>,
    /// Closed by the program; the event for it has not been returned yet.
    closed: VecDeque<ListenerId>,
    /// Woken because the swarm may add or remove a listener after it has
    /// polled.
    task: Option<Waker>,
}

pub(super) type Event<F> = TransportEvent<F, io::Error>;

impl Listeners {
    pub(super) fn new(
        fabric: Fabric,
        host: HostId,
        incarnation: u32,
        kind: ConnKind,
        identity: Option<PeerId>,
        kinds: AddressKinds,
    ) -> Self {
        Listeners {
            fabric,
            host,
            incarnation,
            kind,
            identity,
            kinds,
            open: Vec::new(),
            closed: VecDeque::new(),
            task: None,
        }
    }

    pub(super) fn listen_on(
        &mut self,
        id: ListenerId,
        address: &Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        let bind = self
            .endpoint(address)
            .ok_or_else(|| TransportError::MultiaddrNotSupported(address.clone()))?;
        let listener = self
            .fabric
            .with(|network| {
                network.listen(self.host, self.incarnation, bind, self.kind, self.identity)
            })
            .map_err(|error| TransportError::Other(error.into()))?;
        self.open.push((id, listener));
        self.wake();
        Ok(())
    }

    /// The endpoint in an address, if the transport carries it.
    fn endpoint(&self, address: &Multiaddr) -> Option<Endpoint> {
        Endpoint::of(address).filter(|endpoint| self.kinds.cover(endpoint))
    }

    /// The target of an address, if the transport can dial it.
    pub(super) fn target(
        &self,
        address: &Multiaddr,
    ) -> Result<Endpoint, TransportError<io::Error>> {
        self.endpoint(address)
            .filter(|endpoint| endpoint.port() != 0 && !endpoint.ip().is_unspecified())
            .ok_or_else(|| TransportError::MultiaddrNotSupported(address.clone()))
    }

    pub(super) fn remove(&mut self, id: ListenerId) -> bool {
        let Some(position) = self.open.iter().position(|(open, _)| *open == id) else {
            return false;
        };
        let (_, listener) = self.open.remove(position);
        self.fabric.with(|network| network.close_listener(listener));
        self.closed.push_back(id);
        self.wake();
        true
    }

    /// The next event; `accept` creates the upgrade of an inbound connection.
    pub(super) fn poll<F>(
        &mut self,
        cx: &mut Context<'_>,
        accept: impl FnOnce(&Fabric, ConnRef) -> F,
    ) -> Poll<Event<F>> {
        if let Some(listener_id) = self.closed.pop_front() {
            return Poll::Ready(TransportEvent::ListenerClosed {
                listener_id,
                reason: Ok(()),
            });
        }
        for position in 0..self.open.len() {
            let (listener_id, listener) = self.open[position];
            let polled = self
                .fabric
                .with(|network| network.poll_listener(listener, cx.waker()));
            return Poll::Ready(match polled {
                Some(Poll::Pending) => continue,
                Some(Poll::Ready(ListenerEvent::Address(address))) => TransportEvent::NewAddress {
                    listener_id,
                    listen_addr: address.multiaddr(),
                },
                Some(Poll::Ready(ListenerEvent::Expired(address))) => {
                    TransportEvent::AddressExpired {
                        listener_id,
                        listen_addr: address.multiaddr(),
                    }
                }
                Some(Poll::Ready(ListenerEvent::Incoming {
                    conn,
                    local,
                    remote,
                })) => TransportEvent::Incoming {
                    listener_id,
                    upgrade: accept(&self.fabric, conn),
                    local_addr: local.multiaddr(),
                    send_back_addr: remote.multiaddr(),
                },
                None => {
                    self.open.remove(position);
                    TransportEvent::ListenerClosed {
                        listener_id,
                        reason: Err(NetError::HostDown { host: self.host }.into()),
                    }
                }
            });
        }
        self.task = Some(cx.waker().clone());
        Poll::Pending
    }

    fn wake(&mut self) {
        if let Some(task) = self.task.take() {
            task.wake();
        }
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        for (_, listener) in self.open.drain(..) {
            self.fabric.with(|network| network.close_listener(listener));
        }
    }
}
