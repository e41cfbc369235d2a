//! A run in the trace event format, which Perfetto and chrome://tracing open.
//!
//! A process is a host, and its threads are what it does. Times are virtual. Messages are
//! slices at the sender and the receiver, with a flow from one to the other.
//!
//! Source: "Trace Event Format", the document that
//! <https://perfetto.dev/docs/getting-started/other-formats> refers to.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::document::Document;

/// The longest slice of a message, in nanoseconds. A message takes no time at its ends.
const MOMENT: u64 = 1000;

/// The threads of a process.
const MESSAGES: u32 = 1;
const EVENTS: u32 = 2;

/// The number of the process of the test itself.
const TEST: u32 = 0;

/// The JSON text.
pub(super) fn trace(document: &Document) -> String {
    let mut events = Vec::new();
    names(document, &mut events);
    spans(document, &mut events);
    messages(document, &mut events);
    moments(document, &mut events);
    let trace = json!({
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "title": document.title,
            "harness": document.harness,
            "digest": document.digest,
        },
    });
    trace.to_string()
}

/// A time in microseconds.
fn micros(nanos: u64) -> Value {
    json!(nanos as f64 / 1000.0)
}

fn process(host: u32) -> u32 {
    host + 1
}

fn names(document: &Document, events: &mut Vec<Value>) {
    let mut named = |pid: u32, name: &str| {
        events.push(json!({"ph": "M", "name": "process_name", "pid": pid, "args": {"name": name}}));
        events.push(
            json!({"ph": "M", "name": "process_sort_index", "pid": pid, "args": {"sort_index": pid}}),
        );
        for (tid, name) in [(MESSAGES, "messages"), (EVENTS, "events")] {
            events.push(json!({
                "ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": {"name": name},
            }));
        }
    };
    named(TEST, "test and network");
    for (host, lane) in document.hosts.iter().enumerate() {
        let routers = lane.routers.iter();
        let behind: String = routers
            .map(|router| format!(" behind {}", router.name))
            .collect();
        named(process(host as u32), &format!("{}{behind}", lane.name));
    }
}

/// Whatever lasts: each in a track of its own, because such spans overlap.
fn spans(document: &Document, events: &mut Vec<Value>) {
    let mut next = 0;
    let mut span = |pid: u32, cat: &str, name: &str, (from, to): (u64, u64), args: Value| {
        next += 1;
        let id = format!("{next:x}");
        events.push(json!({
            "ph": "b", "cat": cat, "name": name, "id": id, "pid": pid, "tid": EVENTS,
            "ts": micros(from), "args": args,
        }));
        events.push(json!({
            "ph": "e", "cat": cat, "name": name, "id": id, "pid": pid, "tid": EVENTS,
            "ts": micros(to),
        }));
    };
    let end = document.end;
    for (host, lane) in document.hosts.iter().enumerate() {
        for life in &lane.lives {
            let times = (life.from, life.to.unwrap_or(end));
            let args = json!({"ended": life.end, "peer": lane.peer});
            span(process(host as u32), "life", "up", times, args);
        }
    }
    for connection in &document.connections {
        let to = connection
            .to
            .and_then(|to| document.hosts.get(to as usize))
            .map_or("no host", |lane| lane.name.as_str());
        let name = format!("connection {} to {to}", connection.n);
        let times = (connection.dialled, connection.ended().unwrap_or(end));
        let args = json!({"ended": connection.end, "why": connection.why});
        span(process(connection.from), "connection", &name, times, args);
    }
    for connection in &document.relayed {
        let name = |host: Option<u32>| {
            let lane = host.and_then(|host| document.hosts.get(host as usize));
            lane.map_or("a peer that is no host", |lane| lane.name.as_str())
        };
        let (to, relay) = (name(Some(connection.to)), name(connection.relay()));
        let name = format!("relayed connection to {to} by {relay}");
        let times = (connection.began(), connection.ended().unwrap_or(end));
        let args = json!({"why": connection.why});
        span(process(connection.from), "connection", &name, times, args);
    }
    for dial in &document.dials {
        let to = dial.to().and_then(|to| document.hosts.get(to as usize));
        let to = to.map_or("an address", |lane| lane.name.as_str());
        let args = json!({"ended": "failed", "why": dial.why});
        let times = (dial.dialled, dial.failed);
        span(
            process(dial.from),
            "connection",
            &format!("failed dial to {to}"),
            times,
            args,
        );
    }
    for query in &document.queries {
        let name = match query.name.as_str() {
            "" => format!("{} {}", query.kind, query.number),
            name => format!("{} {name}", query.kind),
        };
        let times = (query.from, query.to.unwrap_or(end));
        let ok = query.to.is_some() && query.steps.iter().all(|step| step.ok);
        span(
            process(query.host),
            "query",
            &name,
            times,
            json!({"ok": ok}),
        );
    }
    for fault in &document.faults {
        let times = (fault.from, fault.to.unwrap_or(end));
        let args = json!({"kind": fault.kind, "what": fault.says});
        span(TEST, "fault", fault.name(), times, args);
    }
}

fn messages(document: &Document, events: &mut Vec<Value>) {
    // The two ends of each message, by host and time.
    let mut ends: BTreeMap<(u32, u64), Vec<(usize, bool)>> = BTreeMap::new();
    let messages = document.messages.iter().enumerate();
    for (number, message) in messages.filter(|(_, message)| !message.is_opening()) {
        let sent = ends.entry((message.from, message.sent)).or_default();
        sent.push((number, true));
        if let Some(at) = message.arrived.at() {
            let arrived = ends.entry((message.to, at)).or_default();
            arrived.push((number, false));
        }
    }
    let mut ends_of_flows = Vec::new();
    let mut following = ends.keys().skip(1);
    for ((host, at), here) in &ends {
        // Slices of a thread have to be nested, so that one ends before the next begins.
        let next = following.next().filter(|(other, _)| other == host);
        let length = next.map_or(MOMENT, |(_, next)| MOMENT.min(next - at));
        for (number, is_sent) in here {
            let message = &document.messages[*number];
            let mut event = json!({
                "ph": "X", "cat": "message", "name": message.what(),
                "pid": process(*host), "tid": MESSAGES, "ts": micros(*at), "dur": micros(length),
            });
            // Viewers join the arguments of both ends of a flow, and warn of those given twice.
            if *is_sent {
                event["args"] = json!({
                    "connection": message.connection,
                    "stream": message.stream,
                    "bytes": message.bytes,
                });
            }
            if message.arrived.at().is_some() {
                event["bind_id"] = json!(format!("{:x}", number + 1));
                event[if *is_sent { "flow_out" } else { "flow_in" }] = json!(true);
            }
            ends_of_flows.push((*at, !is_sent, event));
        }
    }
    // A flow begins before it ends, also at one time.
    ends_of_flows.sort_by_key(|(at, is_end, _)| (*at, *is_end));
    events.extend(ends_of_flows.into_iter().map(|(.., event)| event));
}

fn moments(document: &Document, events: &mut Vec<Value>) {
    for line in &document.log {
        let pid = line.host.map_or(TEST, process);
        events.push(json!({
            "ph": "i", "s": "t", "cat": line.kind, "name": line.says, "pid": pid, "tid": EVENTS,
            "ts": micros(line.at),
        }));
    }
    for step in &document.steps {
        events.push(json!({
            "ph": "i", "s": "g", "cat": "step", "name": step.says, "pid": TEST, "tid": EVENTS,
            "ts": micros(step.at),
        }));
    }
    for check in &document.checks {
        let pid = check.hosts.first().map_or(TEST, |host| process(*host));
        events.push(json!({
            "ph": "i", "s": "p", "cat": "check", "name": format!("violated: {}", check.invariant),
            "pid": pid, "tid": EVENTS, "ts": micros(check.at),
            "args": {"expected": check.expected, "seen": check.seen},
        }));
    }
}
