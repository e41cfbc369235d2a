//! Messages that a host drops or delays by itself.

use std::{cell::RefCell, time::Duration};

use dht_harness_clock::{self as clock, VirtualInstant};
use libp2p::PeerId;

use super::MessageRole;
use crate::{dht::wire::MessageType, net::HostId};

/// The way of a message through the host that drops or delays it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropSide {
    /// It has come in: this happens after its arrival.
    In,
    /// It was to go out: it is sent later, or never.
    Out,
}

/// A message of the DHT that a host has dropped or delayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FilteredMessage {
    pub(crate) at: VirtualInstant,
    /// The host that has done it.
    pub(crate) host: HostId,
    pub(crate) peer: PeerId,
    pub(crate) side: DropSide,
    pub(crate) part: MessageRole,
    pub(crate) kind: MessageType,
    /// How long it is held back; `None` if it is dropped.
    pub(crate) delay: Option<Duration>,
}

thread_local! {
    /// Those of the simulation of this thread. `None` without a tap.
    static FILTERED: RefCell<Option<Vec<FilteredMessage>>> = const { RefCell::new(None) };
}

/// Notes that the host whose code calls this drops a message that it has received from `peer`
/// or was about to send to it, so that [pictures](crate::view) of the run show that. For
/// transports that lose messages on purpose. It does nothing outside of a simulation.
pub fn note_dropped(peer: PeerId, side: DropSide, part: MessageRole, kind: MessageType) {
    note(peer, side, part, kind, None);
}

/// As [`note_dropped`], of a message that the host holds back for this long: before it is
/// sent, or after its arrival.
pub fn note_delayed(
    peer: PeerId,
    side: DropSide,
    part: MessageRole,
    kind: MessageType,
    by: Duration,
) {
    note(peer, side, part, kind, Some(by));
}

fn note(
    peer: PeerId,
    side: DropSide,
    part: MessageRole,
    kind: MessageType,
    delay: Option<Duration>,
) {
    let (Some(at), Some(owner)) = (clock::now(), clock::owner()) else {
        return;
    };
    FILTERED.with_borrow_mut(|filtered| {
        if let Some(filtered) = filtered {
            filtered.push(FilteredMessage {
                at,
                host: HostId(owner.0),
                peer,
                side,
                part,
                kind,
                delay,
            });
        }
    });
}

/// Begins to keep the notes of this thread.
pub(super) fn keep() {
    FILTERED.set(Some(Vec::new()));
}

/// The notes of this thread so far.
pub(super) fn all() -> Vec<FilteredMessage> {
    FILTERED.with_borrow(|filtered| filtered.clone().unwrap_or_default())
}
