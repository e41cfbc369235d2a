//! Errors of operations on a host.

use std::io;

use libp2p::{Multiaddr, PeerId, TransportError, swarm::DialError};
use thiserror::Error;

use crate::net::{Attempts, NameError};

/// The error of an operation on a host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
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
        /// The error of the swarm, with all causes.
        reason: String,
        /// Why a name in an address was not resolved, if that is among the causes.
        unresolved: Option<NameError>,
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
    /// The error of a dial of the host `peer` that the swarm ended with this error.
    pub(super) fn of_dial(peer: PeerId, remote: Option<PeerId>, error: &DialError) -> Self {
        HostError::Dial {
            peer,
            remote,
            reason: dial_failure(error),
            unresolved: unresolved(error),
        }
    }

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

/// Why a name in one of the addresses of a dial was not resolved.
fn unresolved(error: &DialError) -> Option<NameError> {
    let DialError::Transport(tried) = error else {
        return None;
    };
    tried.iter().find_map(|(_, error)| match error {
        TransportError::Other(error) => of_resolver(error),
        TransportError::MultiaddrNotSupported(_) => None,
    })
}

/// The error of the resolver that is the cause of an error of a transport.
fn of_resolver(error: &io::Error) -> Option<NameError> {
    let cause = error.get_ref()?;
    if let Some(name) = cause.downcast_ref::<NameError>() {
        return Some(name.clone());
    }
    if let Some(attempts) = cause.downcast_ref::<Attempts>() {
        return attempts.0.iter().find_map(of_resolver);
    }
    cause.downcast_ref::<io::Error>().and_then(of_resolver)
}

/// Why a dial failed: for each address that was tried, the causes of its failure.
fn dial_failure(error: &DialError) -> String {
    let DialError::Transport(tried) = error else {
        return chain(error);
    };
    let tried: Vec<String> = tried
        .iter()
        .map(|(address, error)| match error {
            TransportError::MultiaddrNotSupported(_) => {
                format!("no transport of this host dials {address}")
            }
            TransportError::Other(error) => format!("{address}: {}", chain(error)),
        })
        .collect();
    tried.join(", ")
}

/// An error with all of its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
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
    use std::io;

    use super::*;

    #[test]
    fn errors_without_a_text_leave_no_colons() {
        let refused = io::Error::other("refused");
        let nested = TransportError::Other(TransportError::Other(refused));
        assert_eq!(chain(&nested), "refused");
    }

    #[test]
    fn an_unresolved_name_is_found_among_the_causes() {
        let unknown = NameError::NoSuchName("boot.example".to_owned());
        let refused = || io::Error::other("refused");
        let several = Attempts(vec![refused(), io::Error::other(unknown.clone())]);
        let boxed = |error: io::Error| io::Error::other(error);
        assert_eq!(
            of_resolver(&boxed(io::Error::other(unknown.clone()))),
            Some(unknown.clone())
        );
        assert_eq!(
            of_resolver(&boxed(io::Error::other(several))),
            Some(unknown)
        );
        assert_eq!(of_resolver(&boxed(refused())), None);
    }

    #[test]
    fn causes_follow_their_error() {
        #[derive(Debug, Error)]
        #[error("no listener")]
        struct Outer(#[source] io::Error);
        let error = Outer(io::Error::other("refused"));
        assert_eq!(chain(&error), "no listener: refused");
    }
}
