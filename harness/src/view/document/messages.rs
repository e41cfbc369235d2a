//! The messages of a run.

use indexmap::IndexMap;
use libp2p::{PeerId, kad::KBucketKey};
use serde::{Serialize, Serializer};

use super::{Key, names::Names, queries::QuerySpan};
use crate::{
    dht::wire::MessageType,
    net::NetEvent,
    recording::Recording,
    tap::{MessageRole, TappedMessage},
    trace::TraceEvent,
};

/// The names of the kinds. The last two are of messages that could not be read, and of
/// bytes that could not be seen.
pub(super) const KINDS: [&str; 8] = [
    "put-value",
    "get-value",
    "add-provider",
    "get-providers",
    "find-node",
    "ping",
    "malformed",
    "bytes",
];

const MALFORMED: usize = 6;
const BYTES: usize = 7;

/// A message. To keep documents small it is written as a list of its fields.
#[derive(Clone, Copy, Debug)]
pub(in crate::view) struct Message {
    pub(in crate::view) sent: u64,
    /// `None` if it never arrived.
    pub(in crate::view) arrived: Option<u64>,
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
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let or_none = |index: Option<usize>| index.map_or(-1, |index| index as i64);
        (
            self.sent,
            self.arrived.map_or(-1, |arrived| arrived as i64),
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
            Some(host) => format!("peer:{}", names.name(crate::net::HostId(host))),
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
    let mut exchanges: IndexMap<(u32, u32), Option<usize>> = IndexMap::new();
    let mut rows = Vec::with_capacity(messages.len());
    for message in messages {
        let content = message.message.as_ref();
        let key = content.filter(|content| !content.key.is_empty());
        let key = key.map(|content| keys.index(&content.key));
        let exchange = (message.conn.0, message.substream);
        let query = match message.part {
            MessageRole::Answer => exchanges.get(&exchange).copied().flatten(),
            MessageRole::Request => {
                let of_sender = of_host.get(&message.from.0).map_or(&[][..], Vec::as_slice);
                let kind = kind_of(message);
                let query = sender(queries, of_sender, message.at.as_nanos(), (key, kind));
                exchanges.insert(exchange, query);
                query
            }
        };
        rows.push(row(message, key, query));
    }
    rows
}

fn row(message: &TappedMessage, key: Option<usize>, query: Option<usize>) -> Message {
    let content = message.message.as_ref();
    Message {
        sent: message.at.as_nanos(),
        arrived: message.arrived.map(|arrived| arrived.as_nanos()),
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
        "put" | "republish" => request == "put-value" || request == "find-node",
        "provide" | "republish-provider" => request == "add-provider" || request == "find-node",
        _ => request == "find-node",
    }
}

/// The query that has sent a request about this key at this time. A bootstrap also looks
/// up keys that it does not tell.
fn sender(
    queries: &[QuerySpan],
    of_sender: &[usize],
    at: u64,
    (key, kind): (Option<usize>, usize),
) -> Option<usize> {
    let latest = of_sender.iter().rev().copied();
    let mut running = latest.filter(|index| {
        let query = &queries[*index];
        query.from <= at && query.to.is_none_or(|to| at <= to)
    });
    let exact = running.clone().find(|index| {
        let query = &queries[*index];
        key.is_some() && query.key == key && sends(&query.kind, KINDS[kind])
    });
    exact.or_else(|| running.find(|index| queries[*index].kind == "bootstrap"))
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
            arrived: Some(entry.at),
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
