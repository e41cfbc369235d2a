//! The messages of a run.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{PeerId, kad::KBucketKey};
use serde::{Serialize, Serializer};

use super::{
    Connection, Key,
    delays::Delay,
    filtered,
    names::Names,
    queries::QuerySpan,
    senders::{Sender, Senders, Sending},
};
use crate::{
    dht::wire::MessageType,
    net::{ConnId, HostId, NetEvent},
    recording::Recording,
    tap::{MessageRole, Opening, TappedMessage},
    trace::TraceEvent,
};

/// The names of the kinds. The last four are of messages that could not be read, of bytes
/// that could not be seen, and of streams on which no request was sent: those that were never
/// agreed on, and those that the other host has refused.
pub(super) const KINDS: [&str; 10] = [
    "put-value",
    "get-value",
    "add-provider",
    "get-providers",
    "find-node",
    "ping",
    "malformed",
    "bytes",
    "unopened stream",
    "refused stream",
];

const MALFORMED: usize = 6;
const BYTES: usize = 7;
const UNOPENED: usize = 8;
const REFUSED: usize = 9;

/// When a message arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) enum Arrival {
    At(u64),
    /// It never arrived.
    Never,
    /// It was under way at the end of the run.
    UnderWay,
    /// Its host held it back at the end of the run, and had not sent it.
    Held,
}

impl Arrival {
    pub(in crate::view) fn at(self) -> Option<u64> {
        match self {
            Arrival::At(at) => Some(at),
            Arrival::Never | Arrival::UnderWay | Arrival::Held => None,
        }
    }

    /// Its number in the document.
    fn code(self) -> i64 {
        match self {
            Arrival::At(at) => at as i64,
            Arrival::Never => -1,
            Arrival::UnderWay => -2,
            Arrival::Held => -3,
        }
    }
}

/// A message. To keep documents small it is written as a list of its fields.
#[derive(Clone, Debug)]
pub(in crate::view) struct Message {
    pub(in crate::view) sent: u64,
    pub(in crate::view) arrived: Arrival,
    pub(in crate::view) from: u32,
    pub(in crate::view) to: u32,
    pub(in crate::view) connection: u32,
    pub(in crate::view) stream: u32,
    pub(super) kind: usize,
    pub(in crate::view) is_answer: bool,
    pub(super) key: Option<usize>,
    pub(in crate::view) bytes: u64,
    /// The number of peers that it names.
    pub(super) peers: usize,
    pub(super) has_record: bool,
    /// The query that has sent it, or whose request it answers.
    pub(super) query: Sender,
    /// The host that has dropped it by itself.
    pub(super) dropped: Option<u32>,
    /// Whether the host that got it has dropped its answer.
    pub(super) answer_dropped: bool,
    /// That it is late.
    pub(super) delay: Option<Delay>,
}

impl Message {
    /// The name of its kind, and whether it is the request or the answer, is dropped, or late.
    pub(in crate::view) fn what(&self) -> String {
        let part = if self.is_answer { "answer" } else { "request" };
        let fate = match (self.dropped, self.arrived, self.delay) {
            (Some(_), ..) => ", dropped by its host",
            (None, Arrival::Held, _) => ", held back by its host",
            (None, _, Some(_)) => ", delayed",
            (None, _, None) => "",
        };
        format!("{} {part}{fate}", KINDS[self.kind])
    }

    /// Whether it is no message, but a stream on which none was sent.
    pub(in crate::view) fn is_opening(&self) -> bool {
        self.kind == UNOPENED || self.kind == REFUSED
    }

    /// A request between two hosts, for tests.
    #[cfg(test)]
    pub(super) fn at(sent: u64, arrived: Arrival, (from, to): (u32, u32)) -> Self {
        Message {
            sent,
            arrived,
            from,
            to,
            connection: 1,
            stream: 1,
            kind: 0,
            is_answer: false,
            key: None,
            bytes: 1,
            peers: 0,
            has_record: false,
            query: Sender::Unknown,
            dropped: None,
            answer_dropped: false,
            delay: None,
        }
    }

    /// Whether it is a stream that was never agreed on.
    pub(super) fn is_unopened(&self) -> bool {
        self.kind == UNOPENED
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let or_none = |index: Option<usize>| index.map_or(-1, |index| index as i64);
        let (late_by, late_because) = self.delay.map_or((0, 0), Delay::codes);
        (
            self.sent,
            self.arrived.code(),
            self.from,
            self.to,
            self.connection,
            self.stream,
            self.kind,
            u8::from(self.is_answer),
            or_none(self.key),
            self.bytes,
            self.peers,
            u8::from(self.has_record),
            &self.query,
            self.dropped.map_or(-1, i64::from),
            late_by,
            late_because,
        )
            .serialize(serializer)
    }
}

/// The keys of a document, each once.
#[derive(Debug, Default)]
pub(super) struct Keys(IndexMap<Vec<u8>, ()>);

impl Keys {
    pub(super) fn index(&mut self, key: &[u8]) -> usize {
        match self.0.get_index_of(key) {
            Some(index) => index,
            None => self.0.insert_full(key.to_vec(), ()).0,
        }
    }

    pub(super) fn list(self, names: &Names) -> Vec<Key> {
        let keys = self.0.into_keys().map(|key| Key {
            text: text(&key, names),
            id: hex::encode(KBucketKey::new(key).hashed_bytes()),
        });
        keys.collect()
    }
}

/// A key for people: the host whose id it is, its text, or its bytes.
fn text(key: &[u8], names: &Names) -> String {
    if let Ok(peer) = PeerId::from_bytes(key) {
        return match names.host_of(&peer) {
            Some(host) => format!("peer:{}", names.name(HostId(host))),
            None => format!("peer:{peer}"),
        };
    }
    match std::str::from_utf8(key) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => hex::encode(key),
    }
}

/// The messages, in the order of their sending. Requests are assigned to the queries that
/// sent them.
pub(super) fn messages(
    recording: &Recording,
    names: &Names,
    keys: &mut Keys,
    queries: &[QuerySpan],
    connections: &[Connection],
) -> Vec<Message> {
    let Some(messages) = &recording.messages else {
        return deliveries(recording);
    };
    let mut senders = Senders::new(queries);
    let connections = connections.iter().map(|found| (found.n, found));
    let connections: IndexMap<u32, &Connection> = connections.collect();
    let sending = |from: HostId, to: HostId, at: VirtualInstant, conn: ConnId| Sending {
        from: from.0,
        to: to.0,
        at: at.as_nanos(),
        up: connections.get(&conn.0).and_then(|found| found.up_at(from)),
    };
    let mut exchanges: IndexMap<(u32, u32), Sender> = IndexMap::new();
    let mut rows = Vec::with_capacity(messages.sent.len());
    for message in &messages.sent {
        let content = message.message.as_ref();
        let key = content.filter(|content| !content.key.is_empty());
        let key = key.map(|content| keys.index(&content.key));
        let exchange = (message.conn.0, message.substream);
        let query = match message.part {
            MessageRole::Answer => exchanges.get(&exchange).cloned().unwrap_or_default(),
            MessageRole::Request => {
                let sending = sending(message.from, message.to, message.at, message.conn);
                let query = senders.of_request(sending, KINDS[kind_of(message)], key);
                exchanges.insert(exchange, query.clone());
                query
            }
        };
        let end = (message.conn, message.from, message.substream);
        let arrived = match message.arrived {
            Some(at) => Arrival::At(at.as_nanos()),
            None if messages.under_way.contains(&end) => Arrival::UnderWay,
            None => Arrival::Never,
        };
        rows.push(row(message, arrived, key, query));
    }
    rows.extend(messages.unopened.iter().map(|opening| {
        let sending = sending(opening.from, opening.to, opening.at, opening.conn);
        opened(opening, senders.of_opening(sending))
    }));
    filtered::mark(&mut rows, messages, names, recording.end);
    rows.sort_by_key(|row| row.sent);
    rows
}

fn row(message: &TappedMessage, arrived: Arrival, key: Option<usize>, query: Sender) -> Message {
    let content = message.message.as_ref();
    Message {
        sent: message.at.as_nanos(),
        arrived,
        from: message.from.0,
        to: message.to.0,
        connection: message.conn.0,
        stream: message.substream,
        kind: kind_of(message),
        is_answer: message.part == MessageRole::Answer,
        key,
        bytes: message.bytes as u64,
        peers: content.map_or(0, |content| {
            content.closer_peers.len() + content.provider_peers.len()
        }),
        has_record: content.is_some_and(|content| content.record.is_some()),
        query,
        dropped: None,
        answer_dropped: false,
        delay: None,
    }
}

/// A stream on which no request was sent.
fn opened(opening: &Opening, query: Sender) -> Message {
    Message {
        sent: opening.at.as_nanos(),
        // Of a refusal it is known when it was sent.
        arrived: match (opening.refused, opening.is_over) {
            (Some(at), _) => Arrival::At(at.as_nanos()),
            (None, true) => Arrival::Never,
            (None, false) => Arrival::UnderWay,
        },
        from: opening.from.0,
        to: opening.to.0,
        connection: opening.conn.0,
        stream: opening.substream,
        kind: match opening.refused {
            Some(_) => REFUSED,
            None => UNOPENED,
        },
        is_answer: false,
        key: None,
        bytes: 0,
        peers: 0,
        has_record: false,
        query,
        dropped: None,
        answer_dropped: false,
        delay: None,
    }
}

/// The index of the kind of a message.
fn kind_of(message: &TappedMessage) -> usize {
    let content = message.message.as_ref();
    let kind = content.and_then(|content| MessageType::try_from(content.r#type).ok());
    kind.map_or(MALFORMED, |kind| kind as usize)
}

/// The deliveries of the network, of which only the arrival is known.
fn deliveries(recording: &Recording) -> Vec<Message> {
    let entries = recording.trace.entries.iter();
    let rows = entries.filter_map(|entry| match &entry.event {
        TraceEvent::Net {
            net:
                NetEvent::Delivered {
                    conn,
                    from,
                    to,
                    bytes,
                    ..
                },
        } if *bytes > 0 => Some(Message {
            sent: entry.at,
            arrived: Arrival::At(entry.at),
            from: from.0,
            to: to.0,
            connection: conn.0,
            stream: 0,
            kind: BYTES,
            is_answer: false,
            key: None,
            bytes: u64::from(*bytes),
            peers: 0,
            has_record: false,
            query: Sender::Unknown,
            dropped: None,
            answer_dropped: false,
            delay: None,
        }),
        _ => None,
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_of_message_has_its_name() {
        for (kind, name) in [
            (MessageType::PutValue, "put-value"),
            (MessageType::GetValue, "get-value"),
            (MessageType::AddProvider, "add-provider"),
            (MessageType::GetProviders, "get-providers"),
            (MessageType::FindNode, "find-node"),
            (MessageType::Ping, "ping"),
        ] {
            assert_eq!(KINDS[kind as usize], name);
        }
    }
}
