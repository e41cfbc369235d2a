//! Messages that a host drops by itself.

use std::cell::RefCell;

use dht_harness_clock::{self as clock, VirtualInstant};
use libp2p::PeerId;

use super::MessageRole;
use crate::{dht::wire::MessageType, net::HostId};

/// The way of a message through the host that drops it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropSide {
    /// It has come in: it is dropped after its arrival.
    In,
    /// It was to go out: it is never sent.
    Out,
}

/// A message of the DHT that a host has dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DroppedMessage {
    pub(crate) at: VirtualInstant,
    /// The host that has dropped it.
    pub(crate) host: HostId,
    pub(crate) peer: PeerId,
    pub(crate) side: DropSide,
    pub(crate) part: MessageRole,
    pub(crate) kind: MessageType,
}

thread_local! {
    /// Those of the simulation of this thread. `None` without a tap.
    static DROPPED: RefCell<Option<Vec<DroppedMessage>>> = const { RefCell::new(None) };
}

/// Notes that the host whose code calls this drops a message that it has received from `peer`
/// or was about to send to it, so that [pictures](crate::view) of the run show that. For
/// transports that lose messages on purpose. It does nothing outside of a simulation.
pub fn note_dropped(peer: PeerId, side: DropSide, part: MessageRole, kind: MessageType) {
    let (Some(at), Some(owner)) = (clock::now(), clock::owner()) else {
        return;
    };
    DROPPED.with_borrow_mut(|dropped| {
        if let Some(dropped) = dropped {
            dropped.push(DroppedMessage {
                at,
                host: HostId(owner.0),
                peer,
                side,
                part,
                kind,
            });
        }
    });
}

/// Begins to keep the notes of this thread.
pub(super) fn keep() {
    DROPPED.set(Some(Vec::new()));
}

/// The notes of this thread so far.
pub(super) fn all() -> Vec<DroppedMessage> {
    DROPPED.with_borrow(|dropped| dropped.clone().unwrap_or_default())
}
