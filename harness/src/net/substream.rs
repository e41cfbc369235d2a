//! One byte stream inside a connection: the only one of a pipe, or one of a
//! muxer's substreams.
//!
//! Responsible for what each side has received, may still send and has
//! announced about its end. It must not know how frames travel.

use std::collections::VecDeque;

use super::error::ConnError;
use super::side::Side;

/// The number of the substream that a pipe consists of.
pub(super) const PIPE: u32 = 0;

/// The side that opens the substream of this number: a connection assigns odd
/// numbers to its dialer and even ones to its listener.
pub(super) fn opener(number: u32) -> Side {
    match number % 2 {
        1 => Side::Dialer,
        _ => Side::Listener,
    }
}

/// The holder of one side of a substream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    /// The remote's first frame has not arrived.
    NotArrived,
    /// Arrived, not accepted yet.
    Queued,
    /// A program.
    Program,
    /// Released: no holder any more.
    Released,
}

/// One side of a substream.
#[derive(Debug)]
pub(super) struct HalfStream<T> {
    pub(super) holder: Holder,
    /// Bytes from the other side: first those that have arrived, then those in
    /// flight. `ready` marks the boundary, so that delivery does not copy.
    pub(super) inbound: VecDeque<u8>,
    /// Bytes that have arrived and are unread.
    pub(super) ready: usize,
    /// Bytes this side may still send.
    pub(super) credit: usize,
    /// Bytes read here for which no credit has been returned to the other side.
    pub(super) unreported: usize,
    /// The other side's end of data has arrived.
    pub(super) ended: bool,
    /// This side has announced the end of its data.
    pub(super) finished: bool,
    /// The error with which this side failed, if it did.
    pub(super) error: Option<ConnError>,
    pub(super) reader: Option<T>,
    pub(super) writer: Option<T>,
}

impl<T> HalfStream<T> {
    pub(super) fn new(holder: Holder, window: usize, inbound: VecDeque<u8>) -> Self {
        HalfStream {
            holder,
            inbound,
            ready: 0,
            credit: window,
            unreported: 0,
            ended: false,
            finished: false,
            error: None,
            reader: None,
            writer: None,
        }
    }

    /// Whether dropping this side now would lose data of the other side, or
    /// leave it without an end of data.
    pub(super) fn unfinished(&self) -> bool {
        !self.finished || !self.ended || self.ready > 0
    }

    /// Moves arrived bytes out.
    pub(super) fn read(&mut self, buf: &mut [u8]) -> usize {
        let wanted = buf.len().min(self.ready);
        let buf = &mut buf[..wanted];
        let (head, tail) = self.inbound.as_slices();
        match head.get(..wanted) {
            Some(bytes) => buf.copy_from_slice(bytes),
            None => {
                let (first, second) = buf.split_at_mut(head.len());
                first.copy_from_slice(head);
                second.copy_from_slice(&tail[..second.len()]);
            }
        }
        // An emptied buffer starts over and so stays contiguous.
        match wanted == self.inbound.len() {
            true => self.inbound.clear(),
            false => drop(self.inbound.drain(..wanted)),
        }
        self.ready -= wanted;
        self.unreported += wanted;
        wanted
    }

    /// Credit to return now, if it is due: once the other side, as seen from
    /// here, has less than half of its window left.
    pub(super) fn due_credit(&mut self, window: usize) -> Option<u32> {
        if self.unreported == 0 || (self.ready + self.unreported) * 2 <= window {
            return None;
        }
        Some(std::mem::take(&mut self.unreported) as u32)
    }
}

/// Both sides of a substream.
#[derive(Debug)]
pub(super) struct Substream<T> {
    pub(super) halves: [HalfStream<T>; 2],
    /// Whether the opener has sent its first frame.
    pub(super) announced: bool,
}

impl<T> Substream<T> {
    pub(super) fn half(&mut self, side: Side) -> &mut HalfStream<T> {
        &mut self.halves[side.index()]
    }

    /// Whether no program can use it any more.
    pub(super) fn is_over(&self) -> bool {
        let gone = |half: &HalfStream<T>| match half.holder {
            Holder::Released => true,
            Holder::NotArrived => !self.announced,
            Holder::Queued | Holder::Program => false,
        };
        self.halves.iter().all(gone)
    }
}
