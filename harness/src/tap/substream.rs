//! One substream: the negotiation, followed by the frames of the protocol.
//!
//! Responsible for multistream-select as seen by both sides. That includes its
//! lazy form, in which the opener continues without waiting for the answer.
//!
//! Source: <https://github.com/multiformats/multistream-select>.

use std::rc::Rc;

use libp2p::StreamProtocol;

use super::{
    MessageRole,
    frames::{Frames, Next},
};
use crate::dht::wire::Message;

/// The first frame of each side.
const HEADER: &[u8] = b"/multistream/1.0.0\n";

/// The answer to a protocol that is not supported.
const NOT_AVAILABLE: &[u8] = b"na\n";

/// Contained in the names of the protocols that are always decoded.
const KAD: &[u8] = b"/kad/";

/// The progress of one side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// It has not sent its first frame.
    #[default]
    Header,
    /// It is negotiating.
    Negotiating,
    /// It uses a protocol that is decoded.
    Speaking,
    /// It uses a protocol that is not decoded.
    Opaque,
}

#[derive(Debug, Default)]
struct Direction {
    stage: Stage,
    frames: Frames,
}

/// The bytes sent on one substream so far.
#[derive(Debug, Default)]
pub(super) struct Substream {
    opener: Direction,
    acceptor: Direction,
    /// The protocol proposed last, and whether it has been answered.
    proposed: Option<Vec<u8>>,
    /// The name of the protocol proposed last, if it is one.
    protocol: Option<StreamProtocol>,
    /// Whether the acceptor does not speak the latest protocol that is decoded.
    refused: bool,
    /// The names of other protocols that are decoded.
    others: Rc<[String]>,
}

/// A message on a substream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) part: MessageRole,
    pub(super) protocol: Option<StreamProtocol>,
    pub(super) message: Option<Message>,
    pub(super) bytes: usize,
}

impl Substream {
    /// A substream that is decoded if its protocol is kad, or one of these.
    pub(super) fn new(others: Rc<[String]>) -> Self {
        Substream {
            others,
            ..Substream::default()
        }
    }

    /// Processes bytes that one side has sent.
    pub(super) fn sent(&mut self, part: MessageRole, bytes: &[u8], found: &mut dyn FnMut(Found)) {
        if self.direction(part).stage == Stage::Opaque {
            return;
        }
        self.direction(part).frames.push(bytes);
        while self.direction(part).stage != Stage::Opaque {
            match self.direction(part).frames.next() {
                Next::Frame(frame, size) => self.frame(part, &frame, size, found),
                Next::Partial => return,
                Next::Broken => self.give_up(part, found),
            }
        }
        self.direction(part).frames.take_rest();
    }

    /// Whether its opener has proposed a protocol that is decoded, and has not sent a message.
    pub(super) fn is_opening(&self) -> bool {
        self.opener.stage == Stage::Negotiating && self.spoken() == Stage::Speaking
    }

    /// Whether its acceptor has refused a protocol that is decoded, and no other was proposed
    /// since.
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Ends the substream. Returns the messages that were truncated.
    pub(super) fn ended(mut self) -> Vec<Found> {
        let mut cut_short = Vec::new();
        for part in [MessageRole::Request, MessageRole::Answer] {
            let direction = self.direction(part);
            let rest = direction.frames.take_rest();
            if direction.stage == Stage::Speaking && !rest.is_empty() {
                cut_short.push(Found {
                    part,
                    protocol: self.protocol.clone(),
                    message: None,
                    bytes: rest.len(),
                });
            }
        }
        cut_short
    }

    fn direction(&mut self, part: MessageRole) -> &mut Direction {
        match part {
            MessageRole::Request => &mut self.opener,
            MessageRole::Answer => &mut self.acceptor,
        }
    }

    fn frame(
        &mut self,
        part: MessageRole,
        frame: &[u8],
        size: usize,
        found: &mut dyn FnMut(Found),
    ) {
        match (self.direction(part).stage, part) {
            (Stage::Header, _) => {
                self.direction(part).stage = match frame == HEADER {
                    true => Stage::Negotiating,
                    false => Stage::Opaque,
                };
            }
            (Stage::Negotiating, MessageRole::Request) if self.proposed.is_none() => {
                let name = frame.strip_suffix(b"\n").unwrap_or(frame);
                let name = String::from_utf8_lossy(name).into_owned();
                self.protocol = StreamProtocol::try_from_owned(name).ok();
                self.proposed = Some(frame.to_vec());
                self.refused = false;
            }
            (Stage::Negotiating, MessageRole::Request) => {
                // There was no answer yet: an opener that continues negotiates
                // lazily.
                self.opener.stage = self.spoken();
                self.speak(part, frame, size, found);
            }
            (Stage::Negotiating, MessageRole::Answer) => self.answer(frame),
            (Stage::Speaking | Stage::Opaque, _) => self.speak(part, frame, size, found),
        }
    }

    fn answer(&mut self, frame: &[u8]) {
        if frame == NOT_AVAILABLE {
            self.refused = self.spoken() == Stage::Speaking;
            self.proposed = None;
        } else if self.proposed.as_deref() == Some(frame) {
            self.opener.stage = self.spoken();
            self.acceptor.stage = self.spoken();
        } else {
            self.opener.stage = Stage::Opaque;
            self.acceptor.stage = Stage::Opaque;
        }
    }

    /// The stage that the proposed protocol leads to.
    fn spoken(&self) -> Stage {
        let is_read = |line: &Vec<u8>| {
            let name = line.strip_suffix(b"\n").unwrap_or(line);
            name.windows(KAD.len()).any(|part| part == KAD)
                || self.others.iter().any(|other| other.as_bytes() == name)
        };
        match self.proposed.as_ref().is_some_and(is_read) {
            true => Stage::Speaking,
            false => Stage::Opaque,
        }
    }

    fn speak(
        &mut self,
        part: MessageRole,
        frame: &[u8],
        size: usize,
        found: &mut dyn FnMut(Found),
    ) {
        if self.direction(part).stage == Stage::Speaking {
            found(Found {
                part,
                protocol: self.protocol.clone(),
                message: Message::from_frame(frame),
                bytes: size,
            });
        }
    }

    /// What follows has no frames, so the start of the next one is unknown.
    fn give_up(&mut self, part: MessageRole, found: &mut dyn FnMut(Found)) {
        let protocol = self.protocol.clone();
        let direction = self.direction(part);
        let rest = direction.frames.take_rest();
        if direction.stage == Stage::Speaking {
            found(Found {
                part,
                protocol,
                message: None,
                bytes: rest.len(),
            });
        }
        direction.stage = Stage::Opaque;
    }
}
