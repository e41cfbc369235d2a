//! Asks peers for the lengths of texts, and answers such requests.

use std::{
    iter,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId, StreamProtocol,
    core::{Endpoint, transport::PortUse},
    request_response::{self, Event, Message, OutboundRequestId, ProtocolSupport},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
    },
};

use crate::codec::LengthCodec;

/// The behaviour of the protocol. The swarm only receives events of responses.
pub struct Length {
    messages: request_response::Behaviour<LengthCodec>,
    answers: Vec<LengthEvent>,
}

/// A peer has responded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LengthEvent {
    pub peer: PeerId,
    pub request: OutboundRequestId,
    pub length: u64,
}

impl Default for Length {
    fn default() -> Self {
        Length {
            messages: request_response::Behaviour::new(
                iter::once((StreamProtocol::new("/length/1"), ProtocolSupport::Full)),
                request_response::Config::default(),
            ),
            answers: Vec::new(),
        }
    }
}

impl Length {
    /// Asks a peer for the length of a text.
    pub fn ask(&mut self, peer: &PeerId, text: &str) -> OutboundRequestId {
        self.messages.send_request(peer, text.to_owned())
    }

    /// The responses so far.
    pub fn answers(&self) -> &[LengthEvent] {
        &self.answers
    }

    fn on_message(&mut self, peer: PeerId, message: Message<String, u64>) -> Option<LengthEvent> {
        match message {
            Message::Request {
                request, channel, ..
            } => {
                // The requesting peer may be gone.
                let _ = self.messages.send_response(channel, request.len() as u64);
                None
            }
            Message::Response {
                request_id,
                response,
            } => {
                let answer = LengthEvent {
                    peer,
                    request: request_id,
                    length: response,
                };
                self.answers.push(answer.clone());
                Some(answer)
            }
        }
    }
}

impl NetworkBehaviour for Length {
    type ConnectionHandler = THandler<request_response::Behaviour<LengthCodec>>;
    type ToSwarm = LengthEvent;

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.messages
            .handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.messages
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.messages
            .handle_established_outbound_connection(connection, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.messages.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.messages
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        while let Poll::Ready(event) = self.messages.poll(cx) {
            match event {
                ToSwarm::GenerateEvent(Event::Message { peer, message, .. }) => {
                    if let Some(answer) = self.on_message(peer, message) {
                        return Poll::Ready(ToSwarm::GenerateEvent(answer));
                    }
                }
                // Failures: the request stays without a response.
                ToSwarm::GenerateEvent(_) => {}
                other => {
                    return Poll::Ready(
                        other.map_out(|_| unreachable!("events are handled above")),
                    );
                }
            }
        }
        Poll::Pending
    }
}
