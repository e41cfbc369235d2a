//! The messages that hosts have dropped or delayed by themselves.

use dht_harness_clock::VirtualInstant;
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
/// or held back at the end of the run is on no wire: its stream is among the rows as one without
/// a request, or has no answer.
pub(super) fn mark(
    rows: &mut Vec<Message>,
    messages: &Messages,
    names: &Names,
    end: VirtualInstant,
) {
    let mut between: IndexMap<(u32, u32), Vec<usize>> = IndexMap::new();
    for (index, row) in rows.iter().enumerate() {
        between.entry((row.from, row.to)).or_default().push(index);
    }
    for filtered in &messages.filtered {
        let host = filtered.host.0;
        let Some(peer) = names.host_of(&filtered.peer) else {
            continue;
        };
        // One that is to be sent later than the run ends is as one that is never sent.
        let is_held = filtered.side == DropSide::Out
            && filtered
                .delay
                .is_some_and(|by| filtered.at.saturating_add(by) > end);
        let goes_out = match (filtered.side, filtered.part) {
            (DropSide::In, _) => false,
            // An answer that is dropped is found by its request, which has come in.
            (DropSide::Out, MessageRole::Request) => true,
            (DropSide::Out, MessageRole::Answer) => filtered.delay.is_some() && !is_held,
        };
        let way = match goes_out {
            true => (host, peer),
            false => (peer, host),
        };
        let present = between.get(&way).map_or(&[][..], Vec::as_slice);
        match filtered.delay {
            None => keep_back(rows, present, filtered, peer, Fate::Dropped),
            Some(_) if is_held => {
                let by = end.as_nanos() - filtered.at.as_nanos();
                keep_back(rows, present, filtered, peer, Fate::Held(by));
            }
            Some(by) => delay(rows, present, filtered, by.as_nanos() as u64),
        }
    }
}

/// What has become of a message that is not sent.
#[derive(Clone, Copy)]
enum Fate {
    Dropped,
    /// It is held back at the end of the run, since so many nanoseconds.
    Held(u64),
}

impl Fate {
    fn mark(self, row: &mut Message, host: u32) {
        match self {
            Fate::Dropped => row.dropped = Some(host),
            Fate::Held(by) => {
                row.arrived = Arrival::Held;
                row.delay = Some(Delay {
                    by: Some(by),
                    cause: DelayCause::BeforeSending,
                });
            }
        }
    }
}

/// Marks one of the messages with these indices as dropped, or as held back for good.
fn keep_back(
    rows: &mut Vec<Message>,
    present: &[usize],
    dropped: &FilteredMessage,
    peer: u32,
    fate: Fate,
) {
    let (host, kind) = (dropped.host.0, dropped.kind as usize);
    let latest = present.iter().rev().copied().find(|index| {
        let row = &rows[*index];
        row.dropped.is_none() && row.arrived != Arrival::Held && is_dropped(row, dropped)
    });
    let Some(index) = latest else { return };
    match (dropped.side, dropped.part) {
        (DropSide::In, _) => rows[index].dropped = Some(host),
        (DropSide::Out, MessageRole::Request) => {
            let row = &mut rows[index];
            row.kind = kind;
            // The stream was opened before the message was to be sent.
            if matches!(fate, Fate::Held(_)) {
                row.sent = dropped.at.as_nanos();
            }
            fate.mark(row, host);
        }
        (DropSide::Out, MessageRole::Answer) => {
            let request = &mut rows[index];
            request.answer_dropped = true;
            let mut answer = Message {
                sent: dropped.at.as_nanos(),
                arrived: Arrival::Never,
                from: host,
                to: peer,
                is_answer: true,
                bytes: 0,
                peers: 0,
                has_record: false,
                dropped: None,
                delay: None,
                answer_dropped: false,
                ..request.clone()
            };
            fate.mark(&mut answer, host);
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
