//! The peer that a word of a command names.

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

/// Splits a contact into the id and the address of the peer.
pub(super) fn split(contact: &str) -> Result<(PeerId, Multiaddr), String> {
    let mut address: Multiaddr = contact
        .parse()
        .map_err(|error| format!("`{contact}` is not an address ({error}): write `@HOST`"))?;
    match address.pop() {
        Some(Protocol::P2p(peer)) => Ok((peer, address)),
        _ => Err(format!(
            "`{contact}` has no peer id: write `@HOST`, or add `/p2p/..` at the end"
        )),
    }
}
