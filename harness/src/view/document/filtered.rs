//! The messages that hosts have dropped or delayed by themselves.

use indexmap::IndexMap;

use super::{
    delays::{Delay, DelayCause},
    messages::{Arrival, Message},
    names::Names,
};
use crate::{
    recording::Messages,
    tap::{DropSide, FilteredMessage, MessageRole},
};

/// Marks the messages that a host has dropped or delayed. One that was to go out and was dropped
/// is on no wire: its stream is among the rows as one without a request, or has no answer. One
/// that is still held back at the end of the run is not marked.
pub(super) fn mark(rows: &mut Vec<Message>, messages: &Messages, names: &Names) {
    let mut between: IndexMap<(u32, u32), Vec<usize>> = IndexMap::new();
    for (index, row) in rows.iter().enumerate() {
        between.entry((row.from, row.to)).or_default().push(index);
    }
    for filtered in &messages.filtered {
        let host = filtered.host.0;
        let Some(peer) = names.host_of(&filtered.peer) else {
            continue;
        };
        let goes_out = match (filtered.side, filtered.part) {
            (DropSide::In, _) => false,
            // An answer that is dropped is found by its request, which has come in.
            (DropSide::Out, part) => part == MessageRole::Request || filtered.delay.is_some(),
        };
        let way = match goes_out {
            true => (host, peer),
            false => (peer, host),
        };
        let present = between.get(&way).map_or(&[][..], Vec::as_slice);
        match filtered.delay {
            None => drop(rows, present, filtered, peer),
            Some(by) => delay(rows, present, filtered, by.as_nanos() as u64),
        }
    }
}

/// Marks one of the messages with these indices as dropped.
fn drop(rows: &mut Vec<Message>, present: &[usize], dropped: &FilteredMessage, peer: u32) {
    let (host, kind) = (dropped.host.0, dropped.kind as usize);
    let latest = present.iter().rev().copied().find(|index| {
        let row = &rows[*index];
        row.dropped.is_none() && is_dropped(row, dropped)
    });
    let Some(index) = latest else { return };
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

/// Whether a row can be the message that was dropped, or the request of which the answer was.
fn is_dropped(row: &Message, dropped: &FilteredMessage) -> bool {
    let has_come = has_come(row, dropped.at.as_nanos());
    let is_kind = row.kind == dropped.kind as usize;
    match (dropped.side, dropped.part) {
        (DropSide::In, part) => has_come && is_kind && is_part(row, part),
        (DropSide::Out, MessageRole::Request) => {
            row.is_unopened() && row.sent <= dropped.at.as_nanos()
        }
        (DropSide::Out, MessageRole::Answer) => {
            has_come && is_kind && !row.is_answer && !row.answer_dropped
        }
    }
}

/// Marks one of the messages with these indices as delayed.
fn delay(rows: &mut [Message], present: &[usize], delayed: &FilteredMessage, by: u64) {
    let at = delayed.at.as_nanos();
    let is_meant = |index: &usize| {
        let row = &rows[*index];
        row.delay.is_none()
            && row.kind == delayed.kind as usize
            && is_part(row, delayed.part)
            && match delayed.side {
                DropSide::In => has_come(row, at),
                DropSide::Out => row.sent >= at.saturating_add(by),
            }
    };
    let mut present = present.iter().copied();
    let (found, cause) = match delayed.side {
        DropSide::In => (present.rfind(is_meant), DelayCause::AfterArrival),
        DropSide::Out => (present.find(is_meant), DelayCause::BeforeSending),
    };
    if let Some(index) = found {
        let by = Some(by);
        rows[index].delay = Some(Delay { by, cause });
    }
}

fn has_come(row: &Message, at: u64) -> bool {
    row.arrived.at().is_some_and(|arrived| arrived <= at)
}

fn is_part(row: &Message, part: MessageRole) -> bool {
    row.is_answer == (part == MessageRole::Answer)
}
