//! Records the messages of the DHT at the moment of sending.
//!
//! On the mux transport the network carries substreams in clear text. The tap
//! reassembles the bytes of each substream in both directions, follows its
//! protocol negotiation, and decodes the messages of every protocol whose name
//! contains `/kad/`, and of those named at its creation. On the stream transport
//! the bytes are already encrypted, so the tap sees nothing.
//!
//! It is disabled unless [`SimBuilder::tap`](crate::SimBuilder::tap) is called, and
//! keeps every message of the run. It must not know what the hosts are, nor evaluate
//! their messages.

mod filtered;
mod frames;
mod substream;

use std::{
    collections::{BTreeSet, VecDeque},
    rc::Rc,
};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::StreamProtocol;

pub(crate) use self::filtered::FilteredMessage;
pub use self::filtered::{DropSide, note_delayed, note_dropped};
use self::substream::{Found, Substream};
use crate::{
    dht::wire::Message,
    net::{ConnId, HostId, IdHash, WireEvent},
};

/// The role of a message in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageRole {
    /// From the side that opened the substream.
    Request,
    /// From the other side.
    Answer,
}

/// A message of the DHT as it was sent, whether or not it is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TappedMessage {
    /// When its last byte was sent; for a truncated message, when its substream
    /// ended.
    pub at: VirtualInstant,
    /// When its last byte reached a program that held the substream. `None` if it has
    /// not arrived, and if the message was truncated.
    pub arrived: Option<VirtualInstant>,
    /// The sender.
    pub from: HostId,
    /// The receiver.
    pub to: HostId,
    /// The connection.
    pub conn: ConnId,
    /// The substream's number, which its connection does not reuse.
    pub substream: u32,
    /// The protocol of the substream. `None` if it has no valid name.
    pub protocol: Option<StreamProtocol>,
    /// Whether it is the request or the answer.
    pub part: MessageRole,
    /// The decoded message; `None` if it is malformed or truncated.
    pub message: Option<Message>,
    /// Its size on the wire in bytes, including the length prefix.
    pub bytes: usize,
}

/// Decodes the messages of one simulation.
#[derive(Debug, Default)]
pub(crate) struct Tap {
    substreams: IndexMap<(ConnId, u32), Tapped, IdHash>,
    messages: Vec<TappedMessage>,
    /// The substreams that have ended before their opener could send.
    unopened: Vec<Opening>,
    /// The substreams that their opener has dropped while a message of it was under way.
    abandoned: BTreeSet<(ConnId, u32)>,
    /// The names of protocols that are decoded besides kad.
    others: Rc<[String]>,
}

/// A substream of the DHT on which its opener has not sent a request: the negotiation is
/// under way, or has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) at: VirtualInstant,
    pub(crate) from: HostId,
    pub(crate) to: HostId,
    pub(crate) conn: ConnId,
    pub(crate) substream: u32,
    /// When the acceptor has refused it, because it does not speak the protocol.
    pub(crate) refused: Option<VirtualInstant>,
    /// Whether the opener has given it up.
    pub(crate) is_over: bool,
}

/// A substream and its endpoints.
#[derive(Debug)]
struct Tapped {
    opener: HostId,
    acceptor: HostId,
    content: Substream,
    /// When its opener has proposed the DHT, until it sends a request.
    opening: Option<VirtualInstant>,
    /// When its acceptor has refused the DHT.
    refused: Option<VirtualInstant>,
    /// Whether the opener has dropped it.
    given_up: bool,
    /// What is under way from the opener, and from the acceptor.
    under_way: [UnderWay; 2],
}

/// What one side of a substream has sent.
#[derive(Debug, Default)]
struct UnderWay {
    /// The bytes sent.
    sent: u64,
    /// The bytes that have arrived.
    arrived: u64,
    /// The messages that have not arrived: how many bytes had been sent with the last of
    /// theirs, and their index in the list of messages.
    messages: VecDeque<(u64, usize)>,
}

impl Tap {
    /// A tap that also decodes the protocols with these names.
    pub(crate) fn of(others: Vec<String>) -> Self {
        filtered::keep();
        Tap {
            others: others.into(),
            ..Tap::default()
        }
    }

    /// Processes an event of the network.
    pub(crate) fn hear(&mut self, event: &WireEvent) {
        match *event {
            WireEvent::Sent {
                at,
                conn,
                substream,
                from,
                to,
                by_opener,
                ref bytes,
            } => {
                let (opener, acceptor) = if by_opener { (from, to) } else { (to, from) };
                let tapped = self
                    .substreams
                    .entry((conn, substream))
                    .or_insert_with(|| Tapped {
                        opener,
                        acceptor,
                        content: Substream::new(Rc::clone(&self.others)),
                        opening: None,
                        refused: None,
                        given_up: false,
                        under_way: Default::default(),
                    });
                let part = match by_opener {
                    true => MessageRole::Request,
                    false => MessageRole::Answer,
                };
                let messages = &mut self.messages;
                let under_way = &mut tapped.under_way[side(by_opener)];
                under_way.sent += bytes.len() as u64;
                tapped.content.sent(part, bytes, &mut |found| {
                    under_way
                        .messages
                        .push_back((under_way.sent, messages.len()));
                    messages.push(message(at, conn, substream, (opener, acceptor), found));
                });
                match (tapped.content.is_opening(), by_opener) {
                    (true, true) => {
                        tapped.opening = tapped.opening.or(Some(at));
                        tapped.refused = None;
                    }
                    (false, true) => tapped.opening = None,
                    (_, false) if tapped.content.is_refused() => {
                        tapped.refused = tapped.refused.or(Some(at));
                    }
                    // The acceptor has agreed.
                    (_, false) => {}
                }
            }
            WireEvent::Arrived {
                at,
                conn,
                substream,
                by_opener,
                bytes,
            } => {
                let Some(tapped) = self.substreams.get_mut(&(conn, substream)) else {
                    return;
                };
                let under_way = &mut tapped.under_way[side(by_opener)];
                under_way.arrived += u64::from(bytes);
                while let Some((end, index)) = under_way.messages.front().copied()
                    && end <= under_way.arrived
                {
                    under_way.messages.pop_front();
                    self.messages[index].arrived = Some(at);
                }
            }
            WireEvent::GivenUp {
                conn, substream, ..
            } => {
                if let Some(tapped) = self.substreams.get_mut(&(conn, substream)) {
                    tapped.given_up = true;
                    if !tapped.under_way[side(true)].messages.is_empty() {
                        self.abandoned.insert((conn, substream));
                    }
                }
            }
            WireEvent::Ended {
                at,
                conn,
                substream,
            } => {
                let Some(ended) = self.substreams.swap_remove(&(conn, substream)) else {
                    return;
                };
                self.unopened.extend(ended.opening((conn, substream), true));
                let ends = (ended.opener, ended.acceptor);
                for found in ended.content.ended() {
                    self.messages
                        .push(message(at, conn, substream, ends, found));
                }
            }
        }
    }

    /// Whether the program that opened this substream has sent on it and still
    /// holds it.
    pub(crate) fn is_waited_for(&self, conn: ConnId, substream: u32) -> bool {
        let tapped = self.substreams.get(&(conn, substream));
        tapped.is_some_and(|tapped| !tapped.given_up)
    }

    /// Whether the program that opened this substream has dropped it before its request
    /// arrived.
    pub(crate) fn was_abandoned(&self, conn: ConnId, substream: u32) -> bool {
        self.abandoned.contains(&(conn, substream))
    }

    /// The substreams on which no request was sent, in the order of their opening.
    pub(crate) fn unopened(&self) -> Vec<Opening> {
        let present = self.substreams.iter();
        let present = present.filter_map(|(id, tapped)| tapped.opening(*id, tapped.given_up));
        let mut all: Vec<_> = self.unopened.iter().copied().chain(present).collect();
        all.sort_by_key(|opening| (opening.at, opening.conn, opening.substream));
        all
    }

    /// The messages that hosts have dropped or delayed by themselves, in the order of that.
    pub(crate) fn filtered(&self) -> Vec<FilteredMessage> {
        filtered::all()
    }

    /// Every message so far, in the order of sending.
    pub(crate) fn messages(&self) -> &[TappedMessage] {
        &self.messages
    }
}

impl Tapped {
    /// The opening of a substream on which no request was sent.
    fn opening(&self, (conn, substream): (ConnId, u32), is_over: bool) -> Option<Opening> {
        Some(Opening {
            at: self.opening?,
            from: self.opener,
            to: self.acceptor,
            conn,
            substream,
            refused: self.refused,
            is_over,
        })
    }
}

/// The index of the side that has sent.
fn side(by_opener: bool) -> usize {
    usize::from(!by_opener)
}

fn message(
    at: VirtualInstant,
    conn: ConnId,
    substream: u32,
    (opener, acceptor): (HostId, HostId),
    found: Found,
) -> TappedMessage {
    let (from, to) = match found.part {
        MessageRole::Request => (opener, acceptor),
        MessageRole::Answer => (acceptor, opener),
    };
    TappedMessage {
        at,
        arrived: None,
        from,
        to,
        conn,
        substream,
        protocol: found.protocol,
        part: found.part,
        message: found.message,
        bytes: found.bytes,
    }
}

#[cfg(test)]
mod tests;
