//! What happens in a swarm, as its events say it, or as it tells its behaviours.

use std::{error::Error, io};

use libp2p::{
    Multiaddr, PeerId,
    core::{ConnectedPoint, transport::ListenerId},
    swarm::{ConnectionError, ConnectionId, DialError, FromSwarm, ListenError, SwarmEvent},
};

use crate::net::relay_in;

/// Something that has happened in a swarm.
///
/// Made of a [`SwarmEvent`] where the harness polls the swarm, and of a
/// [`FromSwarm`] where an application does.
pub(crate) enum Notice<'a> {
    /// A dial has started.
    Dialing {
        connection: ConnectionId,
        peer: Option<PeerId>,
    },
    DialFailed {
        connection: ConnectionId,
        peer: Option<PeerId>,
        error: &'a DialError,
    },
    /// An inbound connection is being negotiated.
    Incoming {
        connection: ConnectionId,
    },
    IncomingFailed {
        connection: ConnectionId,
        peer: Option<PeerId>,
        error: &'a ListenError,
    },
    Established {
        connection: ConnectionId,
        peer: PeerId,
        dialer: bool,
        /// The address of the remote, as the transport gives it.
        remote: &'a Multiaddr,
        /// Whether the connection leads through a relay.
        relayed: bool,
        /// That relay, if an address of the connection names it.
        relay: Option<PeerId>,
        /// The connections to the peer, this one included.
        count: u32,
    },
    Closed {
        connection: ConnectionId,
        peer: PeerId,
        /// The connections to the peer that are left.
        remaining: u32,
        cause: Option<&'a ConnectionError>,
    },
    Listening {
        listener: ListenerId,
        address: &'a Multiaddr,
    },
    NotListening {
        listener: ListenerId,
        address: &'a Multiaddr,
    },
    ListenerClosed {
        listener: ListenerId,
        /// Behaviours are not told the addresses.
        addresses: Option<&'a [Multiaddr]>,
        reason: Result<(), &'a io::Error>,
    },
    ListenerError {
        listener: ListenerId,
        error: &'a (dyn Error + 'static),
    },
    ExternalCandidate {
        address: &'a Multiaddr,
    },
    ExternalConfirmed {
        address: &'a Multiaddr,
    },
    ExternalExpired {
        address: &'a Multiaddr,
    },
    ExternalOfPeer {
        peer: PeerId,
        address: &'a Multiaddr,
    },
    /// Something else, by its name in libp2p.
    Other(&'static str),
}

impl<'a> Notice<'a> {
    /// What an event of a swarm says.
    pub(crate) fn of_event<E>(event: &'a SwarmEvent<E>) -> Self {
        match event {
            SwarmEvent::Dialing {
                peer_id,
                connection_id,
            } => Notice::Dialing {
                connection: *connection_id,
                peer: *peer_id,
            },
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                peer_id,
                error,
            } => Notice::DialFailed {
                connection: *connection_id,
                peer: *peer_id,
                error,
            },
            SwarmEvent::IncomingConnection { connection_id, .. } => Notice::Incoming {
                connection: *connection_id,
            },
            SwarmEvent::IncomingConnectionError {
                connection_id,
                #[cfg(not(any(feature = "libp2p-0-54", feature = "libp2p-0-55")))]
                peer_id,
                error,
                ..
            } => Notice::IncomingFailed {
                connection: *connection_id,
                // Before libp2p 0.56 the event does not say who it was.
                #[cfg(any(feature = "libp2p-0-54", feature = "libp2p-0-55"))]
                peer: None,
                #[cfg(not(any(feature = "libp2p-0-54", feature = "libp2p-0-55")))]
                peer: *peer_id,
                error,
            },
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                num_established,
                ..
            } => Notice::Established {
                connection: *connection_id,
                peer: *peer_id,
                dialer: endpoint.is_dialer(),
                remote: endpoint.get_remote_address(),
                relayed: endpoint.is_relayed(),
                relay: relay(endpoint),
                count: num_established.get(),
            },
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                num_established,
                cause,
                ..
            } => Notice::Closed {
                connection: *connection_id,
                peer: *peer_id,
                remaining: *num_established,
                cause: cause.as_ref(),
            },
            SwarmEvent::NewListenAddr {
                listener_id,
                address,
            } => Notice::Listening {
                listener: *listener_id,
                address,
            },
            SwarmEvent::ExpiredListenAddr {
                listener_id,
                address,
            } => Notice::NotListening {
                listener: *listener_id,
                address,
            },
            SwarmEvent::ListenerClosed {
                listener_id,
                addresses,
                reason,
            } => Notice::ListenerClosed {
                listener: *listener_id,
                addresses: Some(addresses),
                reason: match reason {
                    Ok(()) => Ok(()),
                    Err(error) => Err(error),
                },
            },
            SwarmEvent::ListenerError { listener_id, error } => Notice::ListenerError {
                listener: *listener_id,
                error,
            },
            SwarmEvent::NewExternalAddrCandidate { address } => {
                Notice::ExternalCandidate { address }
            }
            SwarmEvent::ExternalAddrConfirmed { address } => Notice::ExternalConfirmed { address },
            SwarmEvent::ExternalAddrExpired { address } => Notice::ExternalExpired { address },
            SwarmEvent::NewExternalAddrOfPeer { peer_id, address } => Notice::ExternalOfPeer {
                peer: *peer_id,
                address,
            },
            SwarmEvent::Behaviour(_) => Notice::Other("Behaviour"),
            _ => Notice::Other("unknown"),
        }
    }

    /// What a swarm has told its behaviours. Dials and inbound connections that begin
    /// are not among it.
    pub(crate) fn of_swarm(event: FromSwarm<'a>) -> Self {
        match event {
            FromSwarm::DialFailure(failure) => Notice::DialFailed {
                connection: failure.connection_id,
                peer: failure.peer_id,
                error: failure.error,
            },
            FromSwarm::ListenFailure(failure) => Notice::IncomingFailed {
                connection: failure.connection_id,
                peer: failure.peer_id,
                error: failure.error,
            },
            FromSwarm::ConnectionEstablished(new) => Notice::Established {
                connection: new.connection_id,
                peer: new.peer_id,
                dialer: new.endpoint.is_dialer(),
                remote: new.endpoint.get_remote_address(),
                relayed: new.endpoint.is_relayed(),
                relay: relay(new.endpoint),
                count: new.other_established as u32 + 1,
            },
            FromSwarm::ConnectionClosed(closed) => Notice::Closed {
                connection: closed.connection_id,
                peer: closed.peer_id,
                remaining: closed.remaining_established as u32,
                cause: closed.cause,
            },
            FromSwarm::NewListenAddr(new) => Notice::Listening {
                listener: new.listener_id,
                address: new.addr,
            },
            FromSwarm::ExpiredListenAddr(expired) => Notice::NotListening {
                listener: expired.listener_id,
                address: expired.addr,
            },
            FromSwarm::ListenerClosed(closed) => Notice::ListenerClosed {
                listener: closed.listener_id,
                addresses: None,
                reason: closed.reason,
            },
            FromSwarm::ListenerError(error) => Notice::ListenerError {
                listener: error.listener_id,
                error: error.err,
            },
            FromSwarm::NewExternalAddrCandidate(candidate) => Notice::ExternalCandidate {
                address: candidate.addr,
            },
            FromSwarm::ExternalAddrConfirmed(confirmed) => Notice::ExternalConfirmed {
                address: confirmed.addr,
            },
            FromSwarm::ExternalAddrExpired(expired) => Notice::ExternalExpired {
                address: expired.addr,
            },
            FromSwarm::NewExternalAddrOfPeer(new) => Notice::ExternalOfPeer {
                peer: new.peer_id,
                address: new.addr,
            },
            FromSwarm::NewListener(_) => Notice::Other("NewListener"),
            FromSwarm::AddressChange(_) => Notice::Other("AddressChange"),
            _ => Notice::Other("unknown"),
        }
    }
}

/// The relay through which a connection leads.
fn relay(endpoint: &ConnectedPoint) -> Option<PeerId> {
    let address = match endpoint {
        ConnectedPoint::Dialer { address, .. } => address,
        ConnectedPoint::Listener { local_addr, .. } => local_addr,
    };
    relay_in(address)
}

#[cfg(test)]
mod tests {
    use libp2p::{
        core::{Endpoint, transport::PortUse},
        identity::Keypair,
    };

    use super::*;

    #[test]
    fn the_relay_is_the_peer_before_the_circuit() {
        let peer = |byte| {
            let keypair = Keypair::ed25519_from_bytes([byte; 32]).unwrap();
            keypair.public().to_peer_id()
        };
        let (near, far) = (peer(1), peer(2));
        let dialled = |address: String| ConnectedPoint::Dialer {
            address: address.parse().unwrap(),
            role_override: Endpoint::Dialer,
            port_use: PortUse::Reuse,
        };
        let by = |text: String| relay(&dialled(text));
        assert_eq!(by(format!("/ip4/11.0.0.1/tcp/1/p2p/{far}")), None);
        assert_eq!(
            by(format!(
                "/ip4/11.0.0.1/tcp/1/p2p/{near}/p2p-circuit/p2p/{far}"
            )),
            Some(near)
        );
    }
}
