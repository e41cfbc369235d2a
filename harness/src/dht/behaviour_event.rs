//! Events of the behaviours beside the DHT.

use libp2p::PeerId;

/// What an event of a behaviour beside the DHT says.
///
/// Diagnoses of tables read it of the protocol `identify`: that an exchange was `received` from a
/// peer, or has `failed` although the peer supports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BehaviourEvent {
    /// The protocol, such as `relay` or `dcutr`.
    pub protocol: &'static str,
    /// What has happened and what came of it, such as `circuit accepted`.
    pub what: &'static str,
    /// Whether it has succeeded, if it can fail.
    pub ok: Option<bool>,
    /// The peers concerned: of a circuit its source and its destination.
    pub peers: Vec<PeerId>,
    /// A reason, an address or the like; empty if there is none.
    pub detail: String,
}
