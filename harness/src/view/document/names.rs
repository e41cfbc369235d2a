//! The names and identities of the hosts of a recorded run.

use indexmap::IndexMap;
use libp2p::PeerId;
use serde::Serialize;

use crate::{net::HostId, recording::Recording, trace::TraceEvent};

/// How the text of an identity begins: those of hosts are of Ed25519 keys.
const IDENTITY: &str = "12D3KooW";

/// A peer: a host, or an identity that no host has had.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
pub(super) enum Peer {
    Host(u32),
    Foreign(String),
}

/// Maps hosts to names and identities to hosts.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By host number.
    pub(super) hosts: Vec<String>,
    /// All identities, in the order of their first use.
    peers: IndexMap<PeerId, u32>,
}

impl Names {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut names = Names::default();
        for entry in &recording.trace.entries {
            let (Some(host), TraceEvent::Spawned { name, peer, .. }) = (entry.host, &entry.event)
            else {
                continue;
            };
            let index = host as usize;
            if names.hosts.len() <= index {
                names.hosts.resize_with(index + 1, String::new);
            }
            names.hosts[index].clone_from(name);
            if let Ok(peer) = peer.parse() {
                names.peers.insert(peer, host);
            }
        }
        names
    }

    /// The name of a host.
    pub(super) fn name(&self, host: HostId) -> String {
        match self.hosts.get(host.0 as usize) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => host.to_string(),
        }
    }

    /// The host with an identity.
    pub(super) fn host_of(&self, peer: &PeerId) -> Option<u32> {
        self.peers.get(peer).copied()
    }

    /// A text with the names of hosts in place of their identities, except in addresses.
    pub(super) fn spelled(&self, text: &str) -> String {
        if !text.contains(IDENTITY) {
            return text.to_owned();
        }
        let words = text.split(' ').map(|word| {
            let bare = word.trim_matches(|char: char| !char.is_alphanumeric());
            let host = bare.parse().ok().and_then(|peer| self.host_of(&peer));
            match host {
                Some(host) => word.replace(bare, &self.name(HostId(host))),
                None => word.to_owned(),
            }
        });
        words.collect::<Vec<_>>().join(" ")
    }

    pub(super) fn peer(&self, peer: &PeerId) -> Peer {
        match self.host_of(peer) {
            Some(host) => Peer::Host(host),
            None => Peer::Foreign(peer.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_of_hosts_are_spelled_as_their_names() {
        let peer = |byte| {
            let keypair = libp2p::identity::Keypair::ed25519_from_bytes([byte; 32]).unwrap();
            keypair.public().to_peer_id()
        };
        let names = Names {
            hosts: vec!["a".to_owned()],
            peers: IndexMap::from([(peer(1), 0)]),
        };
        let (own, other) = (peer(1), peer(2));
        let text = format!("peer {own}, not {other}, answers at /tcp/1/p2p/{own}");
        assert_eq!(
            names.spelled(&text),
            format!("peer a, not {other}, answers at /tcp/1/p2p/{own}")
        );
    }
}
