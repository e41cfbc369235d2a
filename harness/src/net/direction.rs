//! What one side of a connection sends: frames in segments.
//!
//! Responsible for the segments in flight and for the order in which their frames may
//! arrive. It must not know what a frame does where it arrives.

use std::collections::VecDeque;
use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;

use super::heap::EventKey;
use super::link::LinkId;

/// The content of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Frame {
    Syn,
    SynAck,
    Reset,
    /// A SYN has met one of the receiver's own, and both sides begin the handshake.
    Crossed,
    /// The dialler has taken the connection, rather than one by another address.
    Taken,
    /// A retransmission of lost data, to find out whether the remote is still
    /// alive.
    Probe,
    /// A muxed connection ends in an orderly way.
    Close,
    /// The sender has a new ip.
    Moved(Ipv4Addr),
    Open(u32),
    Data(u32, u32),
    Fin(u32),
    ResetStream(u32),
    Credit(u32, u32),
}

impl Frame {
    /// The substream that it is about.
    fn stream(self) -> Option<u32> {
        match self {
            Frame::Open(stream)
            | Frame::Data(stream, _)
            | Frame::Fin(stream)
            | Frame::ResetStream(stream)
            | Frame::Credit(stream, _) => Some(stream),
            Frame::Syn
            | Frame::SynAck
            | Frame::Reset
            | Frame::Crossed
            | Frame::Taken
            | Frame::Probe
            | Frame::Close
            | Frame::Moved(_) => None,
        }
    }

    /// Whether it is not sent again once it is lost: a SYN, its answer or a reset.
    pub(super) fn is_sent_once(self) -> bool {
        matches!(
            self,
            Frame::Syn | Frame::SynAck | Frame::Reset | Frame::Crossed
        )
    }

    /// Whether another frame that was sent earlier may arrive later over QUIC.
    fn may_overtake(self, other: Frame) -> bool {
        match (self.stream(), other.stream()) {
            (Some(one), Some(other)) => one != other,
            _ => false,
        }
    }
}

/// Frames that travel together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) arrival: VirtualInstant,
    pub(super) sent_at: VirtualInstant,
    pub(super) sequence: u64,
    pub(super) frames: u32,
    pub(super) bytes: u32,
    pub(super) hash: u64,
    /// The segment is lost, and its connection is reset at the arrival time.
    pub(super) resets: bool,
    /// A router on its way has forgotten the connection: it arrives from a port that the
    /// receiver does not know.
    pub(super) stray: bool,
}

impl Segment {
    /// Without content, sent at this time.
    pub(super) fn at(now: VirtualInstant) -> Self {
        Segment {
            arrival: now,
            sent_at: now,
            sequence: 0,
            frames: 0,
            bytes: 0,
            hash: 0,
            resets: false,
            stray: false,
        }
    }
}

/// The initial capacity of a direction, in frames.
const FRAMES: usize = 8;

/// The data that one side sends.
#[derive(Debug)]
pub(super) struct Direction {
    pub(super) link: LinkId,
    pub(super) last_arrival: VirtualInstant,
    /// Segments in flight, oldest first; only the oldest is in the event heap, but over QUIC
    /// each. The last ones may still wait for an access link that connections share, without a
    /// time of arrival.
    pub(super) segments: VecDeque<Segment>,
    /// The frames of the segments, then those of `held`.
    pub(super) frames: VecDeque<Frame>,
    /// Sent while a fault cuts the direction; waits for the fault to heal.
    pub(super) held: Option<Segment>,
    /// Something was sent to an address without a live host.
    pub(super) lost: bool,
    /// Something arrived that could not be acknowledged.
    pub(super) ack_cut: bool,
    /// When the oldest held, lost or unacknowledged data was sent.
    pub(super) unacked_since: Option<VirtualInstant>,
}

impl Direction {
    pub(super) fn new(link: LinkId) -> Self {
        Direction {
            link,
            last_arrival: VirtualInstant::default(),
            segments: VecDeque::new(),
            frames: VecDeque::with_capacity(FRAMES),
            held: None,
            lost: false,
            ack_cut: false,
            unacked_since: None,
        }
    }

    /// The position of a segment in flight.
    pub(super) fn position(&self, sequence: u64) -> Option<usize> {
        let mut segments = self.segments.iter();
        segments.position(|segment| segment.sequence == sequence)
    }

    /// The payload of a segment in flight, in bytes.
    pub(super) fn bytes(&self, sequence: u64) -> u32 {
        let position = self.position(sequence);
        let segment = position.and_then(|position| self.segments.get(position));
        segment.map_or(0, |segment| segment.bytes)
    }

    /// Whether an earlier segment than that of an event has arrived and was not received.
    pub(super) fn follows_arrived(&self, arrives: EventKey) -> bool {
        let segments = self.segments.iter();
        let mut earlier = segments.take_while(|segment| segment.sequence != arrives.sequence);
        earlier.any(|segment| segment.arrival <= arrives.at)
    }

    /// Before which time a segment of QUIC does not arrive: frames of one substream arrive in
    /// their order.
    pub(super) fn earliest(&self, position: usize) -> VirtualInstant {
        let (before, frames) = self.frames_at(position);
        let new = self.frames.range(before..before + frames);
        self.overtaken_by_none(position, |sent| {
            new.clone().any(|frame| !frame.may_overtake(sent))
        })
    }

    /// The number of frames before a segment, and that of its own.
    fn frames_at(&self, position: usize) -> (usize, usize) {
        let before = self.segments.iter().take(position);
        let before = before.map(|segment| segment.frames as usize).sum();
        let segment = self.segments.get(position);
        (before, segment.map_or(0, |segment| segment.frames as usize))
    }

    /// Whether a frame can be added to the last segment in flight over QUIC.
    pub(super) fn may_join_last(&self, frame: Frame) -> bool {
        let all = self.segments.len();
        let earliest = self.overtaken_by_none(all, |sent| !frame.may_overtake(sent));
        let last = self.segments.back();
        last.is_some_and(|last| earliest <= last.arrival)
    }

    /// The last arrival of a segment with such a frame, among the first ones.
    fn overtaken_by_none(&self, first: usize, waits_for: impl Fn(Frame) -> bool) -> VirtualInstant {
        let mut frames = self.frames.iter();
        let mut latest = VirtualInstant::default();
        for segment in self.segments.iter().take(first) {
            let of_segment = frames.by_ref().take(segment.frames as usize);
            // All of them are read, so that those of the next segment follow.
            if of_segment.filter(|frame| waits_for(**frame)).count() > 0 {
                latest = latest.max(segment.arrival);
            }
        }
        latest
    }

    /// Takes a segment out of those in flight. Its frames become the first ones.
    pub(super) fn take(&mut self, position: usize) -> Option<Segment> {
        let (before, frames) = self.frames_at(position);
        let segment = self.segments.remove(position)?;
        if before > 0 {
            let range = before..before + frames;
            let taken: Vec<Frame> = self.frames.drain(range).collect();
            taken
                .into_iter()
                .rev()
                .for_each(|frame| self.frames.push_front(frame));
        }
        Some(segment)
    }

    /// Drops what waits for a fault to heal.
    pub(super) fn drop_held(&mut self) {
        if let Some(held) = self.held.take() {
            self.frames
                .truncate(self.frames.len() - held.frames as usize);
        }
        self.lost = false;
        self.ack_cut = false;
        self.unacked_since = None;
    }
}
