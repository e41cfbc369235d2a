//! The bytes that programs send on substreams, recorded for the tap.
//!
//! Responsible for the form of the record. It must not know what the bytes
//! mean. Byte pipes are not recorded, because their content is encrypted by the
//! user.

use dht_harness_clock::VirtualInstant;

use super::event::ConnId;
use super::host::HostId;

/// An event on a substream of a muxed connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WireEvent {
    /// The network accepted bytes from a program.
    Sent {
        /// The virtual time of the write.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream's number, which its connection does not reuse.
        substream: u32,
        /// The sender.
        from: HostId,
        /// The receiver.
        to: HostId,
        /// Whether the sender is the side that opened the substream.
        by_opener: bool,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Bytes reached a side whose program still holds the substream.
    Arrived {
        /// The virtual time of the arrival.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream.
        substream: u32,
        /// Whether the side that opened the substream had sent them.
        by_opener: bool,
        /// How many.
        bytes: u32,
    },
    /// The program that opened the substream drops it: it no longer waits for
    /// an answer.
    GivenUp {
        /// The virtual time of the event.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream.
        substream: u32,
    },
    /// No program will send on the substream again.
    Ended {
        /// The virtual time of the event.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream.
        substream: u32,
    },
}

/// The events since the last drain.
#[derive(Debug, Default)]
pub(super) struct WireLog {
    pub(super) events: Vec<WireEvent>,
    pub(super) enabled: bool,
}

impl WireLog {
    pub(super) fn given_up(&mut self, at: VirtualInstant, conn: ConnId, substream: u32) {
        if self.enabled {
            self.events.push(WireEvent::GivenUp {
                at,
                conn,
                substream,
            });
        }
    }

    pub(super) fn ended(&mut self, at: VirtualInstant, conn: ConnId, substream: u32) {
        if self.enabled {
            self.events.push(WireEvent::Ended {
                at,
                conn,
                substream,
            });
        }
    }
}
