//! Leaves out what is far from the focus, so that a document has a limited size.

use serde::Serialize;

use super::{Connection, Document, FailedDial, LeftOut, QuerySpan, RelayedConnection, tables};

/// The room for telling what is left out, in bytes.
const TOLD: usize = 1000;

const FAR: &str = "it is far from where to look first";

/// The times of something that is shown.
#[derive(Clone, Copy)]
struct Span {
    from: u64,
    to: u64,
}

impl Span {
    fn moment(at: u64) -> Self {
        Span { from: at, to: at }
    }

    fn of_connection(connection: &Connection, end: u64) -> Self {
        Span {
            from: connection.dialled,
            to: connection.ended().unwrap_or(end),
        }
    }

    fn of_relayed(connection: &RelayedConnection, end: u64) -> Self {
        Span {
            from: connection.began(),
            to: connection.ended().unwrap_or(end),
        }
    }

    fn of_dial(dial: &FailedDial) -> Self {
        Span {
            from: dial.dialled,
            to: dial.failed,
        }
    }

    fn of_query(query: &QuerySpan, end: u64) -> Self {
        Span {
            from: query.from,
            to: query.to.unwrap_or(end),
        }
    }

    /// How far it is from a time: 0 if it includes it.
    fn distance(self, at: u64) -> u64 {
        self.from.saturating_sub(at).max(at.saturating_sub(self.to))
    }
}

/// Leaves out what is farthest from the focus, until the document has at most this many
/// bytes. Hosts, faults, steps, checks and keys are always kept.
pub(super) fn keep(document: &mut Document, most: usize) {
    let all = size(document);
    if all <= most {
        return;
    }
    let at = document.focus.at;
    let mut parts: Vec<(u64, usize)> = Vec::new();
    let mut removable = 0;
    let mut add = |span: Span, bytes: usize| {
        removable += bytes;
        parts.push((span.distance(at), bytes));
    };
    for message in &document.messages {
        add(Span::moment(message.sent), size(message));
    }
    for line in &document.log {
        add(Span::moment(line.at), size(line));
    }
    let end = document.end;
    for connection in &document.connections {
        add(Span::of_connection(connection, end), size(connection));
    }
    for connection in &document.relayed {
        add(Span::of_relayed(connection, end), size(connection));
    }
    for dial in &document.dials {
        add(Span::of_dial(dial), size(dial));
    }
    for query in &document.queries {
        add(Span::of_query(query, end), size(query));
    }
    for look in document.tables.iter().flat_map(|table| &table.looks) {
        add(Span::moment(look.at), size(look));
    }
    // A part of the room is for the tables at the edge of what is kept.
    let edge: usize = document
        .tables
        .iter()
        .map(|table| size(&tables::joined(&table.looks)))
        .sum();
    let mut room = most
        .saturating_sub(all - removable)
        .saturating_sub(edge + TOLD);
    parts.sort_unstable();
    let mut within = 0;
    for (distance, bytes) in parts {
        if bytes > room {
            break;
        }
        room -= bytes;
        within = distance;
    }
    cut(document, at, within);
}

/// Keeps what is at most this far from the focus.
fn cut(document: &mut Document, at: u64, within: u64) {
    let is_near = |span: Span| span.distance(at) <= within;
    let mut left_out = Vec::new();
    left_out.extend(retain(
        &mut document.messages,
        "messages",
        |message| Span::moment(message.sent),
        &is_near,
    ));
    left_out.extend(retain(
        &mut document.log,
        "events",
        |line| Span::moment(line.at),
        &is_near,
    ));
    let end = document.end;
    let connection = |connection: &Connection| Span::of_connection(connection, end);
    left_out.extend(retain(
        &mut document.connections,
        "connections",
        connection,
        &is_near,
    ));
    left_out.extend(retain(
        &mut document.relayed,
        "relayed connections",
        |connection| Span::of_relayed(connection, end),
        &is_near,
    ));
    left_out.extend(retain(
        &mut document.dials,
        "failed dials",
        Span::of_dial,
        &is_near,
    ));
    let query = |query: &QuerySpan| Span::of_query(query, end);
    // Messages refer to queries by their index.
    let kept: Vec<bool> = document
        .queries
        .iter()
        .map(|span| is_near(query(span)))
        .collect();
    let mut next = 0;
    let numbers: Vec<Option<usize>> = kept
        .iter()
        .map(|kept| {
            kept.then(|| {
                next += 1;
                next - 1
            })
        })
        .collect();
    for message in &mut document.messages {
        message.query = std::mem::take(&mut message.query).renumbered(&numbers);
    }
    left_out.extend(retain(&mut document.queries, "queries", query, &is_near));
    for table in &mut document.tables {
        let (from, to) = (at.saturating_sub(within), at.saturating_add(within));
        let first = table.looks.partition_point(|look| look.at < from);
        let after = table.looks.partition_point(|look| look.at <= to);
        let before = tables::joined(&table.looks[..first]);
        let near = table.looks[first..after].to_vec();
        table.looks = before.into_iter().chain(near).collect();
    }
    document.left_out.extend(left_out);
}

fn retain<T>(
    list: &mut Vec<T>,
    what: &'static str,
    span: impl Fn(&T) -> Span,
    is_near: &impl Fn(Span) -> bool,
) -> Option<LeftOut> {
    let far = || list.iter().map(&span).filter(|span| !is_near(*span));
    let (count, from, to) = (
        far().count() as u64,
        far().map(|span| span.from).min()?,
        far().map(|span| span.to).max()?,
    );
    list.retain(|item| is_near(span(item)));
    Some(LeftOut {
        what,
        count,
        from,
        to,
        why: FAR,
    })
}

/// How many bytes a `<` has more in a page, where it is escaped.
const ESCAPED: usize = "\\u003c".len() - 1;

/// The bytes of JSON in a page.
fn size(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() + ESCAPED * bytes.iter().filter(|byte| **byte == b'<').count();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A document has no map with keys other than texts, and the counter never fails.
    let _ = serde_json::to_writer(&mut count, value);
    // With the comma.
    count.0 + 1
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::{
        net::{ConnId, HostId},
        recording::{Check, Messages, Recording},
        tap::{MessageRole, TappedMessage},
        trace::{TraceEntry, TraceEvent},
    };

    const MESSAGES: u64 = 100_000;

    /// A message and an event each second, and a failed check at half time.
    fn long() -> Recording {
        let at = |second: u64| VirtualInstant::from_nanos(second * 1_000_000_000);
        let mut recording = Recording {
            end: at(MESSAGES),
            ..Recording::default()
        };
        let messages = (0..MESSAGES).map(|number| TappedMessage {
            at: at(number),
            arrived: Some(at(number)),
            from: HostId(0),
            to: HostId(1),
            conn: ConnId(1),
            substream: number as u32,
            protocol: None,
            part: MessageRole::Request,
            message: None,
            bytes: 10,
        });
        recording.messages = Some(Messages {
            sent: messages.collect(),
            ..Messages::default()
        });
        for number in 0..MESSAGES {
            recording.trace.add(&TraceEntry {
                seq: number,
                at: at(number).as_nanos(),
                host: Some(0),
                event: TraceEvent::Incoming { connection: 1 },
            });
        }
        recording.checks.push(Check {
            at: at(MESSAGES / 2),
            since: None,
            step: None,
            invariant: "no-panic".to_owned(),
            kind: String::new(),
            hosts: Vec::new(),
            expected: String::new(),
            seen: String::new(),
        });
        recording
    }

    #[test]
    fn what_is_escaped_in_a_page_counts() {
        let text = "<<a";
        let json = serde_json::to_string(text).unwrap();
        assert_eq!(size(&text), json.replace('<', "\\u003c").len() + 1);
    }

    #[test]
    fn what_is_near_the_failure_is_kept() {
        let recording = long();
        let whole = Document::of(&recording, usize::MAX);
        assert!(whole.left_out.is_empty());
        let room = 1_000_000;
        let document = Document::of(&recording, room);
        let bytes = size(&document);
        assert!(bytes <= room && bytes > room / 10 * 9, "{bytes}");
        let kept = document.messages.len() as u64;
        let middle = MESSAGES / 2 * 1_000_000_000;
        let (first, last) = (&document.messages[0], document.messages.last().unwrap());
        assert_eq!(middle - first.sent, last.sent - middle);
        let gone: Vec<_> = document
            .left_out
            .iter()
            .map(|gone| (gone.what, gone.count))
            .collect();
        assert_eq!(
            gone,
            [("messages", MESSAGES - kept), ("events", MESSAGES - kept)]
        );
    }
}
