//! What programs send on substreams, as they sent it, for whoever listens in.
//!
//! Responsible for the record's form. It must not know what the bytes mean.
//! Byte pipes are not recorded: they carry what the user's encryption made.

use dht_harness_clock::VirtualInstant;

use super::event::ConnId;
use super::host::HostId;

/// Something that happened on a substream of a muxed connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WireEvent {
    /// The network took bytes from a program.
    Sent {
        /// When.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream, by a number that its connection does not use again.
        substream: u32,
        /// Who sent them.
        from: HostId,
        /// Whom they are for.
        to: HostId,
        /// Whether the sender is the side that opened the substream.
        by_opener: bool,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The program that opened the substream lets go of it: it waits for no
    /// answer any more.
    GivenUp {
        /// When.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream.
        substream: u32,
    },
    /// No program will send on the substream again.
    Ended {
        /// When.
        at: VirtualInstant,
        /// The connection.
        conn: ConnId,
        /// The substream.
        substream: u32,
    },
}

/// The record since it was last drained.
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
