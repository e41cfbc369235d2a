//! The page shows what the trace of the same run has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Checked, LIMIT, Stop, Subject, applies, holds, same};

/// The kinds of queries that count a success for each answer.
const ANSWERED: [&str; 4] = ["bootstrap", "closest-peers", "get", "get-providers"];

/// What a trace has that a page draws.
#[derive(Default)]
struct Counts {
    events: u64,
    hosts: BTreeSet<u64>,
    dials: usize,
    /// The deliveries: when, on which connection, from which host to which.
    deliveries: BTreeSet<[u64; 4]>,
    /// By query, how many of its requests were answered.
    answers: BTreeMap<String, u64>,
}

impl Counts {
    fn of(trace: &[Value]) -> Self {
        let mut counts = Self::default();
        for entry in trace {
            counts.events += 1;
            let host = entry["host"].as_u64();
            match entry["event"].as_str().unwrap_or_default() {
                "spawned" => counts.hosts.extend(host),
                "net" => counts.net(&entry["net"]),
                "query_step" => counts.query_step(entry),
                _ => {}
            }
        }
        counts
    }

    fn net(&mut self, net: &Value) {
        self.dials += usize::from(net["Dialled"].is_object());
        let delivered = &net["Delivered"];
        let part = |name: &str| delivered[name].as_u64().unwrap_or(u64::MAX);
        if delivered.is_object() {
            self.deliveries
                .insert([part("at"), part("conn"), part("from"), part("to")]);
        }
    }

    fn query_step(&mut self, entry: &Value) {
        let kind = entry["kind"].as_str().unwrap_or_default();
        let successes = entry["successes"].as_u64().unwrap_or(0);
        if !ANSWERED.contains(&kind) {
            return;
        }
        let query = format!("{} {}", entry["host"], entry["query"]);
        let count = self.answers.entry(query).or_default();
        // A step of a bootstrap is about one of its keys, those of other queries add up.
        *count = match kind {
            "bootstrap" => *count + successes,
            _ => successes.max(*count),
        };
    }
}

/// Hosts, connections and messages are those of the trace that the same run has written.
pub(super) fn is_drawn(subject: &mut Subject<'_>) -> Checked {
    let Some(trace) = subject.trace()? else {
        return applies(false, "there is no trace beside the page");
    };
    let counts = Counts::of(&trace);
    let events = subject.document["events"].as_u64().unwrap_or(0);
    same("events of the run", events, counts.events)?;
    let rows = subject.list("messages");
    applies(
        rows.len() <= LIMIT,
        "there are too many messages to draw each",
    )?;
    applies(subject.list("left_out").is_empty(), "a part is left out")?;
    let unsent = subject.list("dials").len();
    let hash = subject.whole("");
    let mut page = subject.open(&hash)?;
    same("lanes", page.count("#marks .lane")?, counts.hosts.len())?;
    same(
        "connections",
        page.count("#marks .connection:not(.relayed)")?,
        counts.dials + unsent,
    )?;
    let drawn = page.value(
        "[...document.querySelectorAll('#marks .message')].map((e) => Number(e.dataset.n))",
    )?;
    let drawn = drawn.as_array().into_iter().flatten();
    let mut answers = 0;
    for number in drawn {
        let index = usize::try_from(number.as_u64().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let row = rows
            .get(index)
            .ok_or_else(|| Stop::Failed(format!("there is no message {number}")))?;
        answers += u64::from(row[7] == 1 && row[1].as_i64() >= Some(0));
        let part = |column: usize| row[column].as_u64().unwrap_or(u64::MAX);
        let delivery = [part(1), part(4), part(2), part(3)];
        // A relayed connection is none of the network's, and a lost message has no delivery.
        let is_of_network = row[1].as_i64() >= Some(0) && row[4].as_u64() > Some(0);
        holds(
            &format!("the trace has no delivery of message {number}: {row}"),
            !is_of_network || counts.deliveries.contains(&delivery),
        )?;
    }
    let counted: u64 = counts.answers.values().sum();
    holds(
        &format!("the trace has {counted} answers of queries, and the page draws {answers}"),
        answers >= counted,
    )
}
