//! The names and identities of the hosts of a recorded run.

use indexmap::IndexMap;
use libp2p::PeerId;
use serde::Serialize;

use crate::{net::HostId, recording::Recording, trace::TraceEvent};

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

    pub(super) fn peer(&self, peer: &PeerId) -> Peer {
        match self.host_of(peer) {
            Some(host) => Peer::Host(host),
            None => Peer::Foreign(peer.to_string()),
        }
    }
}
