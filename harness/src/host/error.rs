//! What can go wrong when a host is asked to do something.

use libp2p::{Multiaddr, PeerId};
use thiserror::Error;

/// Why a host did not do what it was asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HostError {
    /// The host is closing or closed, has crashed or has panicked.
    #[error("host {peer} is closed: a closed host does nothing more; spawn or restart one")]
    HostClosed {
        /// Its identity.
        peer: PeerId,
    },
    /// The host cannot listen there.
    #[error("host {peer} cannot listen on {address}: {reason}")]
    Listen {
        /// Its identity.
        peer: PeerId,
        /// The address asked for.
        address: Multiaddr,
        /// What the transport said.
        reason: String,
    },
    /// A dial failed.
    #[error("host {peer} could not connect: {reason}")]
    Dial {
        /// Its identity.
        peer: PeerId,
        /// What the swarm said, cause by cause.
        reason: String,
    },
    /// The host is not connected to the peer it was to disconnect from.
    #[error("host {peer} is not connected to {remote}")]
    NotConnected {
        /// Its identity.
        peer: PeerId,
        /// The peer it was to disconnect from.
        remote: PeerId,
    },
}

impl HostError {
    /// The peers that it is about: the host itself first.
    pub(crate) fn peers(&self) -> Vec<PeerId> {
        match self {
            HostError::HostClosed { peer }
            | HostError::Listen { peer, .. }
            | HostError::Dial { peer, .. } => vec![*peer],
            HostError::NotConnected { peer, remote } => vec![*peer, *remote],
        }
    }
}

/// An error with all of its causes on one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        // Many libp2p errors repeat their source in their own text.
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
