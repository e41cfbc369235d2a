//! Operations that wait for an event of the swarm.

use std::error::Error;

use futures::channel::oneshot;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    swarm::{ConnectionId, DialError, dial_opts::PeerCondition},
};

use super::{
    error::{HostError, chain},
    notice::Notice,
};

/// Callers that wait for a dial or a listener.
#[derive(Default)]
pub(crate) struct Pending {
    dials: IndexMap<ConnectionId, oneshot::Sender<Result<PeerId, HostError>>>,
    /// Each with the address that was asked for.
    listens: IndexMap<ListenerId, (Multiaddr, oneshot::Sender<Result<Multiaddr, HostError>>)>,
    disconnects: IndexMap<PeerId, Vec<oneshot::Sender<Result<(), HostError>>>>,
}

impl Pending {
    pub(crate) fn dial(
        &mut self,
        id: ConnectionId,
    ) -> oneshot::Receiver<Result<PeerId, HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.dials.insert(id, sender);
        receiver
    }

    /// Whether a caller waits for this dial.
    pub(crate) fn is_dialling(&self, id: ConnectionId) -> bool {
        self.dials.contains_key(&id)
    }

    pub(crate) fn listen(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> oneshot::Receiver<Result<Multiaddr, HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.listens.insert(id, (address, sender));
        receiver
    }

    pub(crate) fn disconnect(
        &mut self,
        remote: PeerId,
    ) -> oneshot::Receiver<Result<(), HostError>> {
        let (sender, receiver) = oneshot::channel();
        self.disconnects.entry(remote).or_default().push(sender);
        receiver
    }

    /// Completes the calls that wait for this.
    pub(crate) fn on_notice(&mut self, local: PeerId, notice: &Notice<'_>) {
        match *notice {
            Notice::Established {
                connection, peer, ..
            } => self.connected(connection, peer),
            Notice::DialFailed {
                connection,
                peer,
                error,
            } => answer(
                self.dials.swap_remove(&connection),
                Err(HostError::of_dial(local, peer, error)),
            ),
            Notice::Listening { listener, address } => {
                let waiting = self.listens.swap_remove(&listener);
                answer(waiting.map(|(_, waiting)| waiting), Ok(address.clone()));
            }
            Notice::ListenerClosed {
                listener, reason, ..
            } => {
                let reason = match reason {
                    Ok(()) => "the listener closed".to_owned(),
                    Err(error) => chain(error),
                };
                self.listen_failed(local, listener, reason);
            }
            Notice::Closed {
                peer, remaining: 0, ..
            } => {
                for waiting in self.disconnects.swap_remove(&peer).into_iter().flatten() {
                    answer(Some(waiting), Ok(()));
                }
            }
            _ => {}
        }
    }

    /// Completes a call to listen: the listener could not be added, or closed before
    /// it had an address.
    fn listen_failed(&mut self, peer: PeerId, listener: ListenerId, reason: String) {
        if let Some((address, waiting)) = self.listens.swap_remove(&listener) {
            let failed = HostError::Listen {
                peer,
                address,
                reason,
            };
            answer(Some(waiting), Err(failed));
        }
    }

    /// Completes a call to listen that was ordered: behaviours are told that it could
    /// not be carried out by an error of a listener that has never listened.
    pub(crate) fn not_added(&mut self, peer: PeerId, listener: ListenerId, error: &dyn Error) {
        self.listen_failed(peer, listener, chain(error));
    }

    /// Completes a dial: the peer is connected.
    pub(crate) fn connected(&mut self, connection: ConnectionId, peer: PeerId) {
        answer(self.dials.swap_remove(&connection), Ok(peer));
    }

    /// Completes all calls because the host is closed.
    pub(crate) fn close(&mut self, local: PeerId) {
        let closed = HostError::HostClosed { peer: local };
        for (_, waiting) in self.dials.drain(..) {
            answer(Some(waiting), Err(closed.clone()));
        }
        for (_, (_, waiting)) in self.listens.drain(..) {
            answer(Some(waiting), Err(closed.clone()));
        }
        for (_, waiting) in self.disconnects.drain(..) {
            for waiting in waiting {
                answer(Some(waiting), Ok(()));
            }
        }
    }
}

/// Whether a dial was refused because the peer is connected, which is what the caller
/// wants.
pub(crate) fn is_connected_already(error: &DialError, is_connected: bool) -> bool {
    is_connected
        && matches!(
            error,
            DialError::DialPeerConditionFalse(
                PeerCondition::Disconnected | PeerCondition::DisconnectedAndNotDialing
            )
        )
}

/// Waits for the end of something that was started.
pub(crate) async fn wait<T>(
    peer: PeerId,
    started: Result<oneshot::Receiver<Result<T, HostError>>, HostError>,
) -> Result<T, HostError> {
    match started?.await {
        Ok(answer) => answer,
        Err(oneshot::Canceled) => Err(HostError::HostClosed { peer }),
    }
}

fn answer<T>(waiting: Option<oneshot::Sender<T>>, result: T) {
    if let Some(waiting) = waiting {
        // The caller may no longer be waiting.
        let _ = waiting.send(result);
    }
}
