//! Operations that wait for an event of the swarm.

use futures::channel::oneshot;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    swarm::{ConnectionId, SwarmEvent},
};

use super::error::{HostError, chain};

/// Callers that wait for a dial or a listener.
#[derive(Default)]
pub(super) struct Pending {
    dials: IndexMap<ConnectionId, oneshot::Sender<Result<PeerId, HostError>>>,
    listens: IndexMap<ListenerId, oneshot::Sender<Result<Multiaddr, HostError>>>,
    disconnects: IndexMap<PeerId, Vec<oneshot::Sender<Result<(), HostError>>>>,
}

impl Pending {
    pub(super) fn dial(
        &mut self,
        id: ConnectionId,
    ) -> oneshot::Receiver<Result<PeerId, HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.dials.insert(id, sender);
        receiver
    }

    pub(super) fn listen(
        &mut self,
        id: ListenerId,
    ) -> oneshot::Receiver<Result<Multiaddr, HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.listens.insert(id, sender);
        receiver
    }

    pub(super) fn disconnect(
        &mut self,
        remote: PeerId,
    ) -> oneshot::Receiver<Result<(), HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.disconnects.entry(remote).or_default().push(sender);
        receiver
    }

    /// Completes the calls that wait for this event.
    pub(super) fn on_event<E>(&mut self, local: PeerId, event: &SwarmEvent<E>) {
        match event {
            SwarmEvent::ConnectionEstablished {
                connection_id,
                peer_id,
                ..
            } => answer(self.dials.swap_remove(connection_id), Ok(*peer_id)),
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                peer_id,
                error,
            } => answer(
                self.dials.swap_remove(connection_id),
                Err(HostError::Dial {
                    peer: local,
                    remote: *peer_id,
                    reason: chain(error),
                }),
            ),
            SwarmEvent::NewListenAddr {
                listener_id,
                address,
            } => answer(self.listens.swap_remove(listener_id), Ok(address.clone())),
            SwarmEvent::ListenerClosed {
                listener_id,
                addresses,
                reason,
            } => answer(
                self.listens.swap_remove(listener_id),
                Err(HostError::Listen {
                    peer: local,
                    address: addresses.first().cloned().unwrap_or_else(Multiaddr::empty),
                    reason: match reason {
                        Ok(()) => "the listener closed".to_owned(),
                        Err(error) => chain(error),
                    },
                }),
            ),
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => {
                for waiting in self.disconnects.swap_remove(peer_id).into_iter().flatten() {
                    answer(Some(waiting), Ok(()));
                }
            }
            _ => {}
        }
    }

    /// Completes all calls because the host is closed.
    pub(super) fn close(&mut self, local: PeerId) {
        let closed = HostError::HostClosed { peer: local };
        for (_, waiting) in self.dials.drain(..) {
            answer(Some(waiting), Err(closed.clone()));
        }
        for (_, waiting) in self.listens.drain(..) {
            answer(Some(waiting), Err(closed.clone()));
        }
        for (_, waiting) in self.disconnects.drain(..) {
            for waiting in waiting {
                answer(Some(waiting), Ok(()));
            }
        }
    }
}

fn answer<T>(waiting: Option<oneshot::Sender<T>>, result: T) {
    if let Some(waiting) = waiting {
        // The caller may no longer be waiting.
        let _ = waiting.send(result);
    }
}
