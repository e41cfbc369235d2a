//! Events of behaviours in a trace.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::PeerTag;

/// An event of a behaviour of the swarm other than kad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BehaviourTag {
    /// The protocol, such as `relay` or `dcutr`.
    pub protocol: Cow<'static, str>,
    /// What has happened and what came of it, such as `circuit accepted`.
    pub what: Cow<'static, str>,
    /// Whether it has succeeded, if it can fail.
    pub ok: Option<bool>,
    /// The peers concerned: of a circuit its source and its destination.
    pub peers: Vec<PeerTag>,
    /// A reason, an address or the like; empty if there is none.
    pub detail: String,
}

impl BehaviourTag {
    /// The event in words, such as `relay: circuit accepted, a to b`.
    pub(super) fn words(&self, peer: impl Fn(&PeerTag) -> String) -> String {
        let mut words = format!("{}: {}", self.protocol, self.what);
        let peers: Vec<_> = self.peers.iter().map(peer).collect();
        for more in [peers.join(" to "), self.detail.clone()] {
            if !more.is_empty() {
                words.push_str(", ");
                words.push_str(&more);
            }
        }
        words
    }
}
