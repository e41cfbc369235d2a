//! The records in the stores of the hosts over time.

use serde::Serialize;

use super::{
    messages::Keys,
    names::{Names, Peer},
};
use crate::recording::Recording;

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
    to: Option<u64>,
}

pub(super) fn bars(recording: &Recording, names: &Names, keys: &mut Keys) -> Vec<StoreBar> {
    let spans = recording.stores.iter();
    spans
        .map(|span| StoreBar {
            host: span.stored.host.0,
            key: keys.index(&span.stored.key),
            what: match span.stored.provider {
                Some(_) => "provider",
                None => "record",
            },
            value: text(&span.stored.value),
            provider: span.stored.provider.map(|peer| names.peer(&peer)),
            from: span.from.as_nanos(),
            to: span.to.map(|to| to.as_nanos()),
        })
        .collect()
}

/// The start of a value as text.
fn text(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{}.. ({} bytes)", &text[..end], value.len()),
        None => text.into_owned(),
    }
}
