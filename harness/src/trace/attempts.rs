//! The target of a dial, and the addresses that a failed dial has tried.

use std::error::Error;

use libp2p::{Multiaddr, core::transport::TransportError, swarm::DialError};
use serde::{Deserialize, Serialize};

use super::PeerTag;

/// The target of a dial that a test starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderedDial {
    /// This peer.
    Peer(PeerTag),
    /// An address: the dial names no peer.
    Address,
}

/// An address that a failed dial has tried, and why it has failed there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialAttempt {
    /// As it was dialled, with `/p2p/…` if the dial named a peer.
    pub address: String,
    /// Why it has failed, in one line; empty if the transport does not say.
    pub reason: String,
}

impl DialAttempt {
    /// Those of a dial that has failed with this error; none if it has come to no address.
    /// `dropped` says which router has dropped the dial of an address, and why.
    pub(crate) fn of(
        error: &DialError,
        dropped: impl Fn(&Multiaddr) -> Option<String>,
    ) -> Vec<DialAttempt> {
        let DialError::Transport(tried) = error else {
            return Vec::new();
        };
        let tried = tried.iter().map(|(address, error)| DialAttempt {
            address: address.to_string(),
            reason: match error {
                TransportError::MultiaddrNotSupported(_) => {
                    "the host does not dial addresses of this kind".to_owned()
                }
                TransportError::Other(error) => match dropped(address) {
                    Some(router) => format!("{}: {router}", reason(error)),
                    None => reason(error),
                },
            },
        });
        tried.collect()
    }

    /// The address without the peer that it ends with.
    pub(crate) fn place(&self) -> &str {
        match self.address.rsplit_once("/p2p/") {
            Some((place, peer)) if !peer.contains('/') && !place.is_empty() => place,
            _ => &self.address,
        }
    }
}

/// An error and its causes in one line, each part once: errors repeat their causes.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        next = error.source();
        let text = error.to_string();
        let line: Vec<_> = text.split_whitespace().collect();
        let line = line.join(" ");
        for part in line.split(": ").filter(|part| !part.is_empty()) {
            if !parts.iter().any(|known| known == part) {
                parts.push(part.to_owned());
            }
        }
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_its_reason() {
        let address = |text: &str| text.parse::<Multiaddr>().unwrap();
        let error = |text: &str| TransportError::Other(std::io::Error::other(text.to_owned()));
        let (named, ip6) = (
            "/dns4/boot.example/tcp/4001",
            "/ip6/fd00::a00:1/udp/4001/quic-v1",
        );
        let tried = vec![
            (address(named), error("there is no name (any more)")),
            (
                address(ip6),
                TransportError::MultiaddrNotSupported(address(ip6)),
            ),
        ];
        let dropped = |dialled: &Multiaddr| {
            let is_named = dialled.to_string() == named;
            is_named.then(|| "router home filters".to_owned())
        };
        let read = DialAttempt::of(&DialError::Transport(tried), dropped);
        let read: Vec<_> = read
            .into_iter()
            .map(|one| (one.address, one.reason))
            .collect();
        let unsupported = "the host does not dial addresses of this kind".to_owned();
        assert_eq!(
            read,
            [
                (
                    named.to_owned(),
                    "there is no name (any more): router home filters".to_owned()
                ),
                (ip6.to_owned(), unsupported)
            ]
        );
        assert_eq!(DialAttempt::of(&DialError::NoAddresses, dropped), []);
        assert_eq!(
            DialAttempt::of(&DialError::Transport(Vec::new()), dropped),
            []
        );
    }

    #[test]
    fn the_place_is_without_the_peer_at_its_end() {
        fn place(address: &str) -> String {
            let attempt = DialAttempt {
                address: address.to_owned(),
                reason: String::new(),
            };
            attempt.place().to_owned()
        }
        assert_eq!(place("/ip4/10.0.0.1/tcp/1/p2p/x"), "/ip4/10.0.0.1/tcp/1");
        assert_eq!(place("/ip4/10.0.0.1/tcp/1"), "/ip4/10.0.0.1/tcp/1");
        let circuit = "/ip4/10.0.0.1/tcp/1/p2p/x/p2p-circuit";
        assert_eq!(place(circuit), circuit);
        assert_eq!(place(&format!("{circuit}/p2p/y")), circuit);
        assert_eq!(place("/p2p/x"), "/p2p/x");
    }

    #[test]
    fn a_cause_that_is_told_twice_is_read_once() {
        let error = std::io::Error::other("connection refused: connection refused");
        assert_eq!(reason(&error), "connection refused");
    }
}
