//! The messages of a run.

use indexmap::IndexMap;
use libp2p::{PeerId, kad::KBucketKey};
use serde::{Serialize, Serializer};

use super::{Key, names::Names, queries::QuerySpan};
use crate::{
    dht::wire::MessageType,
    net::{HostId, NetEvent},
    recording::Recording,
    tap::{MessageRole, Opening, TappedMessage},
    trace::TraceEvent,
};

/// The names of the kinds. The last three are of messages that could not be read, of bytes
/// that could not be seen, and of streams on which no request was sent.
pub(super) const KINDS: [&str; 9] = [
    "put-value",
    "get-value",
    "add-provider",
    "get-providers",
    "find-node",
    "ping",
    "malformed",
    "bytes",
    "unopened stream",
];

const MALFORMED: usize = 6;
const BYTES: usize = 7;
const OPENING: usize = 8;

/// For how long after its end a query may still send requests, as their streams open: the
/// time that libp2p-kad gives a query.
const LATE: u64 = 60_000_000_000;

/// When a message arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::view) enum Arrival {
    At(u64),
    /// It never arrived.
    Never,
    /// It was under way at the end of the run.
    UnderWay,
}

impl Arrival {
    pub(in crate::view) fn at(self) -> Option<u64> {
        match self {
            Arrival::At(at) => Some(at),
            Arrival::Never | Arrival::UnderWay => None,
        }
    }

    /// Its number in the document.
    fn code(self) -> i64 {
        match self {
            Arrival::At(at) => at as i64,
            Arrival::Never => -1,
            Arrival::UnderWay => -2,
        }
    }
}

/// A message. To keep documents small it is written as a list of its fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Message {
    pub(in crate::view) sent: u64,
    pub(in crate::view) arrived: Arrival,
    pub(in crate::view) from: u32,
    pub(in crate::view) to: u32,
    pub(in crate::view) connection: u32,
    pub(in crate::view) stream: u32,
    kind: usize,
    pub(in crate::view) is_answer: bool,
    key: Option<usize>,
    pub(in crate::view) bytes: u64,
    /// The number of peers that it names.
    peers: usize,
    has_record: bool,
    /// The index of the query that has sent it.
    pub(super) query: Option<usize>,
}

impl Message {
    /// The name of its kind, and whether it is the request or the answer.
    pub(in crate::view) fn what(&self) -> String {
        let part = if self.is_answer { "answer" } else { "request" };
        format!("{} {part}", KINDS[self.kind])
    }

    /// Whether it is no message, but a stream on which none was sent.
    pub(in crate::view) fn is_opening(&self) -> bool {
        self.kind == OPENING
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let or_none = |index: Option<usize>| index.map_or(-1, |index| index as i64);
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
            or_none(self.query),
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
    keys: &mut Keys,
    queries: &[QuerySpan],
) -> Vec<Message> {
    let Some(messages) = &recording.messages else {
        return deliveries(recording);
    };
    let mut of_host: IndexMap<u32, Vec<usize>> = IndexMap::new();
    for (index, query) in queries.iter().enumerate() {
        of_host.entry(query.host).or_default().push(index);
    }
    let of_sender = |host: HostId| of_host.get(&host.0).map_or(&[][..], Vec::as_slice);
    let mut exchanges: IndexMap<(u32, u32), Option<usize>> = IndexMap::new();
    let mut rows = Vec::with_capacity(messages.sent.len());
    for message in &messages.sent {
        let content = message.message.as_ref();
        let key = content.filter(|content| !content.key.is_empty());
        let key = key.map(|content| keys.index(&content.key));
        let exchange = (message.conn.0, message.substream);
        let query = match message.part {
            MessageRole::Answer => exchanges.get(&exchange).copied().flatten(),
            MessageRole::Request => {
                let kind = kind_of(message);
                let of_sender = of_sender(message.from);
                let query = sender(queries, of_sender, message.at.as_nanos(), (key, kind));
                exchanges.insert(exchange, query);
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
        let at = opening.at.as_nanos();
        opened(opening, only(queries, of_sender(opening.from), at))
    }));
    rows.sort_by_key(|row| row.sent);
    rows
}

fn row(
    message: &TappedMessage,
    arrived: Arrival,
    key: Option<usize>,
    query: Option<usize>,
) -> Message {
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
    }
}

/// A stream on which no request was sent.
fn opened(opening: &Opening, query: Option<usize>) -> Message {
    Message {
        sent: opening.at.as_nanos(),
        arrived: match opening.is_over {
            true => Arrival::Never,
            false => Arrival::UnderWay,
        },
        from: opening.from.0,
        to: opening.to.0,
        connection: opening.conn.0,
        stream: opening.substream,
        kind: OPENING,
        is_answer: false,
        key: None,
        bytes: 0,
        peers: 0,
        has_record: false,
        query,
    }
}

/// The index of the kind of a message.
fn kind_of(message: &TappedMessage) -> usize {
    let content = message.message.as_ref();
    let kind = content.and_then(|content| MessageType::try_from(content.r#type).ok());
    kind.map_or(MALFORMED, |kind| kind as usize)
}

/// Whether a kind of query sends such requests. A query that stores first looks for the
/// closest peers.
fn sends(query: &str, request: &str) -> bool {
    match query {
        "get" => request == "get-value",
        "get-providers" => request == "get-providers",
        "replicate" => request == "put-value",
        "put" | "republish" => request == "put-value" || request == "find-node",
        "provide" | "republish-provider" => request == "add-provider" || request == "find-node",
        _ => request == "find-node",
    }
}

/// The query that has sent a request about this key at this time: one that runs, or one that
/// has ended before the stream of its request was open. A bootstrap of which the keys are not
/// known may have sent any.
fn sender(
    queries: &[QuerySpan],
    of_sender: &[usize],
    at: u64,
    (key, kind): (Option<usize>, usize),
) -> Option<usize> {
    let key = key?;
    let latest = of_sender.iter().rev().copied();
    let mut running = latest.clone().filter(|index| queries[*index].runs_at(at));
    let has_sent = |index: &usize| {
        let query = &queries[*index];
        query.is_about(key) && sends(&query.kind, KINDS[kind])
    };
    let mut ended = latest.filter(|index| {
        let query = &queries[*index];
        let late = query.to.and_then(|to| at.checked_sub(to));
        late.is_some_and(|late| late <= LATE)
    });
    let exact = running.clone().find(has_sent);
    let unknown = |index: &usize| {
        let query = &queries[*index];
        query.kind == "bootstrap" && query.aims.is_empty()
    };
    exact
        .or_else(|| ended.find(has_sent))
        .or_else(|| running.find(unknown))
}

/// The query that runs at this time, if it is the only one of its host.
fn only(queries: &[QuerySpan], of_sender: &[usize], at: u64) -> Option<usize> {
    let mut running = of_sender
        .iter()
        .filter(|index| queries[**index].runs_at(at));
    match (running.next(), running.next()) {
        (Some(only), None) => Some(*only),
        _ => None,
    }
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
            query: None,
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
