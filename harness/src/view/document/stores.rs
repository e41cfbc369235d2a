//! The records in the stores of the hosts over time.

use dht_harness_clock::VirtualInstant;
use serde::Serialize;

use super::{
    messages::Keys,
    names::{Names, Peer},
    queries::QuerySpan,
};
use crate::{
    dht::wire::{Message, MessageType},
    recording::{Recording, StoreSpan, Stored},
    tap::MessageRole,
};

/// The most characters of a value that are shown.
const VALUE: usize = 60;

/// A record in the store of a host.
#[derive(Debug, Serialize)]
pub(super) struct StoreBar {
    host: u32,
    key: usize,
    what: &'static str,
    value: String,
    provider: Option<Peer>,
    from: u64,
    /// Whether `from` is only when it was first seen there.
    first_seen: bool,
    /// The first time that it was seen to be gone, or when its host went down.
    to: Option<u64>,
}

/// The records, each from when it has arrived, or from the begin of the query by which its host
/// stores it itself, if one of these is known.
pub(super) fn bars(
    recording: &Recording,
    names: &Names,
    keys: &mut Keys,
    queries: &[QuerySpan],
) -> Vec<StoreBar> {
    let spans = recording.stores.iter();
    spans
        .map(|span| {
            let key = keys.index(&span.stored.key);
            let begin = begin(recording, span, key, queries);
            bar(span, key, begin, names)
        })
        .collect()
}

/// When a record came into a store, between the look that saw it first and the one before.
fn begin(
    recording: &Recording,
    span: &StoreSpan,
    key: usize,
    queries: &[QuerySpan],
) -> Option<u64> {
    let (stored, seen) = (&span.stored, span.from);
    let before = recording.reads.partition_point(|at| *at < seen);
    let before = before.checked_sub(1).map(|index| recording.reads[index]);
    let in_time = |at: VirtualInstant| at <= seen && before.is_none_or(|before| at >= before);
    let kinds: &[&str] = match stored.provider {
        Some(_) => &["provide"],
        None => &["put"],
    };
    let own = queries.iter().filter(|query| {
        query.host == stored.host.0
            && query.key == Some(key)
            && kinds.contains(&&*query.kind)
            && !query.first_report
    });
    let mut own = own.map(|query| VirtualInstant::from_nanos(query.from));
    let began = own.find(|at| in_time(*at));
    let sent = recording.messages.as_ref().map_or(&[][..], |all| &all.sent);
    let mut brought = sent.iter().filter(|message| {
        message.to == stored.host
            && message.part == MessageRole::Request
            && message
                .message
                .as_ref()
                .is_some_and(|content| brings(content, stored))
    });
    let arrived = brought.find_map(|message| message.arrived.filter(|at| in_time(*at)));
    began
        .into_iter()
        .chain(arrived)
        .min()
        .map(VirtualInstant::as_nanos)
}

/// Whether a request asks to store this.
fn brings(request: &Message, stored: &Stored) -> bool {
    if request.key != stored.key {
        return false;
    }
    match (MessageType::try_from(request.r#type), stored.provider) {
        (Ok(MessageType::PutValue), None) => {
            let record = request.record.as_ref();
            record.is_some_and(|record| record.value == stored.value)
        }
        (Ok(MessageType::AddProvider), Some(provider)) => {
            let mut named = request.provider_peers.iter();
            named.any(|peer| peer.peer_id() == Some(provider))
        }
        _ => false,
    }
}

fn bar(span: &StoreSpan, key: usize, begin: Option<u64>, names: &Names) -> StoreBar {
    StoreBar {
        host: span.stored.host.0,
        key,
        what: match span.stored.provider {
            Some(_) => "provider",
            None => "record",
        },
        value: text(&span.stored.value),
        provider: span.stored.provider.map(|peer| names.peer(&peer)),
        from: begin.unwrap_or(span.from.as_nanos()),
        first_seen: begin.is_none(),
        to: span.to.map(|to| to.as_nanos()),
    }
}

/// The start of a value as text.
fn text(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}.. ({} bytes)", &text[..end], value.len()),
        None => text.into_owned(),
    }
}
