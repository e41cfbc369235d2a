//! Errors of operations on a host.

use std::{error::Error, fmt, io};

use libp2p::{Multiaddr, PeerId, TransportError, swarm::DialError};

use crate::net::{EveryAttempt, NameError};

/// The error of an operation on a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host is closing or closed, has crashed or has panicked.
    #[error("host {peer} is closed: a closed host does nothing more; spawn or restart one")]
    HostClosed {
        /// The identity of the host.
        peer: PeerId,
    },
    /// The host cannot listen on the address.
    #[error("host {peer} cannot listen on {address}: {reason}")]
    Listen {
        /// The identity of the host.
        peer: PeerId,
        /// The requested address.
        address: Multiaddr,
        /// The error of the transport.
        reason: String,
    },
    /// A dial failed.
    #[error("host {peer} could not connect{}: {reason}", .remote.map(|remote| format!(" to {remote}")).unwrap_or_default())]
    Dial {
        /// The identity of the host.
        peer: PeerId,
        /// The dialled peer, if it is known.
        remote: Option<PeerId>,
        /// Why it failed.
        reason: DialReason,
    },
    /// The swarm belongs to an application that has not wrapped its DHT in
    /// [`Observed`](crate::Observed), or has not built it yet.
    #[error(
        "the swarm of {peer} cannot be reached: its application owns it; construct its DHT with \
         `dht_harness::kad`, or ask the application through its own handle"
    )]
    NotReachable {
        /// Its identity.
        peer: PeerId,
    },
    /// The host is not connected to the peer that it should disconnect from.
    #[error("host {peer} is not connected to {remote}")]
    NotConnected {
        /// The identity of the host.
        peer: PeerId,
        /// The peer that it should disconnect from.
        remote: PeerId,
    },
}

impl HostError {
    /// The peers that the error concerns, the host itself first.
    pub(crate) fn peers(&self) -> Vec<PeerId> {
        match self {
            HostError::HostClosed { peer }
            | HostError::NotReachable { peer }
            | HostError::Listen { peer, .. } => vec![*peer],
            HostError::Dial { peer, remote, .. } => [*peer].into_iter().chain(*remote).collect(),
            HostError::NotConnected { peer, remote } => vec![*peer, *remote],
        }
    }
}

/// Why a dial failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DialReason {
    /// No connection at any of these addresses, in the order of the swarm.
    Addresses(Vec<AddressError>),
    /// The dial came to no address, or to another peer: the error of the swarm with all causes.
    Other(String),
}

/// Why a dial failed at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressError {
    /// As it was dialled, with `/p2p/…` if the dial named a peer.
    pub address: Multiaddr,
    /// The error of the transport with all causes. `None` if no transport of the host dials
    /// addresses of this kind.
    pub reason: Option<String>,
    /// The error of the resolver, if that is the cause.
    pub name: Option<NameError>,
    /// Which router has dropped the dial, and why, if one has.
    pub router: Option<String>,
}

impl DialReason {
    /// The errors of the addresses that were tried; none if the dial came to no address.
    pub fn addresses(&self) -> &[AddressError] {
        match self {
            DialReason::Addresses(addresses) => addresses,
            DialReason::Other(_) => &[],
        }
    }
}

impl From<&DialError> for DialReason {
    fn from(error: &DialError) -> Self {
        let DialError::Transport(tried) = error else {
            return DialReason::Other(chain(error));
        };
        let addresses = tried.iter().map(|(address, error)| {
            let error = match error {
                TransportError::MultiaddrNotSupported(_) => None,
                TransportError::Other(error) => Some(error),
            };
            AddressError {
                address: address.clone(),
                reason: error.map(|error| chain(error)),
                name: error.and_then(|error| name_error(error)),
                router: None,
            }
        });
        DialReason::Addresses(addresses.collect())
    }
}

impl fmt::Display for DialReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let addresses = match self {
            DialReason::Other(reason) => return f.write_str(reason),
            DialReason::Addresses(addresses) => addresses,
        };
        for (i, address) in addresses.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{address}")?;
        }
        Ok(())
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = &self.address;
        match &self.reason {
            None => write!(f, "no transport of this host dials {address}")?,
            Some(reason) => write!(f, "{address}: {reason}")?,
        }
        match &self.router {
            None => Ok(()),
            Some(router) => write!(f, ": {router}"),
        }
    }
}

/// The error of the resolver among the causes of an error.
fn name_error(error: &(dyn Error + 'static)) -> Option<NameError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<NameError>() {
            return Some(found.clone());
        }
        if let Some(every) = error.downcast_ref::<EveryAttempt>() {
            return every.errors().iter().find_map(|error| name_error(error));
        }
        // `io::Error` leaves out the error that it wraps from its sources.
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// An error with all of its causes on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many libp2p errors repeat their source in their own text, and some have none.
        if !text.contains(&more) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_the_resolver_is_found_among_the_causes() {
        let unknown = NameError::NoSuchName("boot.example".to_owned());
        let told = io::Error::other(TransportError::Other(io::Error::other(unknown.clone())));
        assert_eq!(name_error(&told), Some(unknown));
        assert_eq!(name_error(&io::Error::other("no name")), None);
        assert_eq!(name_error(&io::Error::from(io::ErrorKind::NotFound)), None);
    }

    #[test]
    fn each_address_is_told_with_its_error_and_router() {
        let address = |text: &str| text.parse::<Multiaddr>().unwrap();
        let quic = address("/ip4/10.0.0.1/udp/1/quic-v1");
        let mut reason = DialReason::from(&DialError::Transport(vec![
            (
                address("/ip4/10.0.0.2/tcp/1"),
                TransportError::Other(io::Error::other("timeout")),
            ),
            (quic.clone(), TransportError::MultiaddrNotSupported(quic)),
        ]));
        if let DialReason::Addresses(addresses) = &mut reason {
            addresses[0].router = Some("router home filters".to_owned());
        }
        assert_eq!(
            reason.to_string(),
            "/ip4/10.0.0.2/tcp/1: timeout: router home filters, no transport of this host dials \
             /ip4/10.0.0.1/udp/1/quic-v1"
        );
    }

    #[test]
    fn errors_without_a_text_leave_no_colons() {
        let refused = io::Error::other("refused");
        let nested = TransportError::Other(TransportError::Other(refused));
        assert_eq!(chain(&nested), "refused");
    }

    #[test]
    fn causes_follow_their_error() {
        #[derive(Debug, thiserror::Error)]
        #[error("no listener")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("refused"));
        assert_eq!(chain(&error), "no listener: refused");
    }
}
