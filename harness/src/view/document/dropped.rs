//! The messages that hosts have dropped by themselves.

use indexmap::IndexMap;

use super::{
    messages::{Arrival, Message},
    names::Names,
};
use crate::{
    recording::Messages,
    tap::{DropSide, DroppedMessage, MessageRole},
};

/// Marks the messages that a host has dropped. One that was to go out is on no wire: its stream
/// is among the rows as one without a request, or has no answer.
pub(super) fn mark(rows: &mut Vec<Message>, messages: &Messages, names: &Names) {
    let mut between: IndexMap<(u32, u32), Vec<usize>> = IndexMap::new();
    for (index, row) in rows.iter().enumerate() {
        between.entry((row.from, row.to)).or_default().push(index);
    }
    for dropped in &messages.dropped {
        let (host, kind) = (dropped.host.0, dropped.kind as usize);
        let Some(peer) = names.host_of(&dropped.peer) else {
            continue;
        };
        let way = match (dropped.side, dropped.part) {
            (DropSide::In, _) | (DropSide::Out, MessageRole::Answer) => (peer, host),
            (DropSide::Out, MessageRole::Request) => (host, peer),
        };
        let present = between.get(&way).map_or(&[][..], Vec::as_slice).iter();
        let latest = present.rev().copied().find(|index| {
            let row = &rows[*index];
            row.dropped.is_none() && is_meant(row, dropped)
        });
        let Some(index) = latest else { continue };
        match (dropped.side, dropped.part) {
            (DropSide::In, _) => rows[index].dropped = Some(host),
            (DropSide::Out, MessageRole::Request) => {
                rows[index].dropped = Some(host);
                rows[index].kind = kind;
            }
            (DropSide::Out, MessageRole::Answer) => {
                let request = &mut rows[index];
                request.answer_dropped = true;
                let answer = Message {
                    sent: dropped.at.as_nanos(),
                    arrived: Arrival::Never,
                    from: host,
                    to: peer,
                    is_answer: true,
                    bytes: 0,
                    peers: 0,
                    has_record: false,
                    dropped: Some(host),
                    answer_dropped: false,
                    ..request.clone()
                };
                rows.push(answer);
            }
        }
    }
}

/// Whether a row can be the message that was dropped, or the request of which the answer was.
fn is_meant(row: &Message, dropped: &DroppedMessage) -> bool {
    let at = dropped.at.as_nanos();
    let has_come = row.arrived.at().is_some_and(|arrived| arrived <= at);
    let is_kind = row.kind == dropped.kind as usize;
    match (dropped.side, dropped.part) {
        (DropSide::In, part) => {
            has_come && is_kind && row.is_answer == (part == MessageRole::Answer)
        }
        (DropSide::Out, MessageRole::Request) => row.is_unopened() && row.sent <= at,
        (DropSide::Out, MessageRole::Answer) => {
            has_come && is_kind && !row.is_answer && !row.answer_dropped
        }
    }
}
