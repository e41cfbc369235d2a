//! The forms for other viewers.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use dht_harness::{TransportKind, view::ViewFormat};
use serde_json::{Value, json};

use super::{Folder, list, story};
use crate::sim::on;

fn made(test: &str, format: ViewFormat) -> String {
    let folder = Folder::new(test);
    let file = folder.file("run");
    on(TransportKind::Mux).view(format, &file).test(story);
    fs::read_to_string(file).unwrap()
}

/// The keys that an event of this phase must have, and those that it can have, by the *Trace
/// Event Format*. Other phases are not written.
fn keys(event: &Value) -> (&'static [&'static str], &'static [&'static str]) {
    match event["ph"].as_str() {
        Some("X") => (
            &["ph", "cat", "name", "pid", "tid", "ts", "dur"],
            &["args", "bind_id", "flow_in", "flow_out"],
        ),
        Some("b") => (&["ph", "cat", "name", "id", "pid", "tid", "ts"], &["args"]),
        Some("e") => (&["ph", "cat", "name", "id", "pid", "tid", "ts"], &[]),
        Some("i") => (&["ph", "cat", "name", "pid", "tid", "ts", "s"], &["args"]),
        Some("M") if event["name"] == "thread_name" => (&["ph", "name", "pid", "tid", "args"], &[]),
        Some("M") => (&["ph", "name", "pid", "args"], &[]),
        other => panic!("the phase {other:?} is not expected: {event}"),
    }
}

/// What is wrong with the form of one event.
fn wrong(event: &Value) -> Option<String> {
    let (must, can) = keys(event);
    let object = event.as_object().expect("an event is an object");
    let missing = must.iter().find(|key| !object.contains_key(**key));
    let unknown = object
        .keys()
        .find(|key| !must.contains(&key.as_str()) && !can.contains(&key.as_str()));
    let is_of_type = |key: &String, value: &Value| match key.as_str() {
        "ph" | "cat" | "id" | "bind_id" => value.as_str().is_some_and(|text| !text.is_empty()),
        "name" => value.is_string(),
        "pid" | "tid" => value.is_u64(),
        "ts" | "dur" => value
            .as_f64()
            .is_some_and(|time| time.is_finite() && time >= 0.0),
        "s" => ["g", "p", "t"].contains(&value.as_str().unwrap_or_default()),
        "flow_in" | "flow_out" => value == true,
        _ => value.is_object(),
    };
    let of_type = object.iter().find(|(key, value)| !is_of_type(key, value));
    let metadata = match (event["name"].as_str(), &event["args"]) {
        _ if event["ph"] != "M" => true,
        (Some("process_name" | "thread_name"), args) => args["name"].is_string(),
        (Some("process_sort_index"), args) => args["sort_index"].is_u64(),
        _ => false,
    };
    let wrong = missing.map(|key| format!("without {key}"));
    let wrong = wrong.or(unknown.map(|key| format!("with {key}")));
    let wrong = wrong.or(of_type.map(|(key, _)| format!("with another type of {key}")));
    wrong.or((!metadata).then(|| "other metadata".to_owned()))
}

/// The slices of threads, by process and thread; spans, by category and id; flows, by id.
#[derive(Default)]
struct Tracks<'a> {
    names: BTreeSet<(u64, Option<u64>)>,
    used: BTreeSet<(u64, Option<u64>)>,
    slices: BTreeMap<(u64, u64), Vec<(f64, f64)>>,
    spans: BTreeMap<(&'a str, &'a str), Vec<&'a Value>>,
    flows: BTreeMap<&'a str, Vec<&'a Value>>,
}

impl<'a> Tracks<'a> {
    fn of(events: &'a [Value]) -> Self {
        let mut tracks = Tracks::default();
        for event in events {
            assert_eq!(wrong(event), None, "{event}");
            let text = |key: &str| event[key].as_str().unwrap_or_default();
            let (pid, tid) = (event["pid"].as_u64().unwrap(), event["tid"].as_u64());
            match (text("ph"), text("name")) {
                ("M", "process_name" | "thread_name") => {
                    let is_new = tracks.names.insert((pid, tid));
                    assert!(is_new, "named twice: {event}");
                    continue;
                }
                ("M", _) => continue,
                ("X", _) => {
                    let from = event["ts"].as_f64().unwrap();
                    let to = from + event["dur"].as_f64().unwrap();
                    let thread = (pid, tid.unwrap());
                    tracks.slices.entry(thread).or_default().push((from, to));
                    if !event["bind_id"].is_null() {
                        tracks.flows.entry(text("bind_id")).or_default().push(event);
                    }
                }
                ("b" | "e", _) => {
                    let span = (text("cat"), text("id"));
                    tracks.spans.entry(span).or_default().push(event);
                }
                _ => {}
            }
            tracks.used.extend([(pid, None), (pid, tid)]);
        }
        tracks
    }
}

/// What viewers of the format warn of: events of another form, names that are missing or given
/// twice, slices of one thread that overlap without being nested, spans and flows without an
/// end, and arguments that both ends of a flow give.
#[test]
fn the_trace_keeps_the_rules_of_its_format() {
    let trace: Value = serde_json::from_str(&made("perfetto", ViewFormat::Perfetto)).unwrap();
    let members: Vec<_> = trace.as_object().unwrap().keys().collect();
    assert_eq!(members, ["displayTimeUnit", "otherData", "traceEvents"]);
    assert_eq!(trace["displayTimeUnit"], "ms");
    let events = list(&trace, "traceEvents");
    let mut tracks = Tracks::of(events);
    let processes = events
        .iter()
        .filter(|event| event["name"] == "process_name");
    let processes: Vec<_> = processes.map(|event| &event["args"]["name"]).collect();
    assert_eq!(processes, ["test and network", "a", "b"]);
    let nameless: Vec<_> = tracks.used.difference(&tracks.names).collect();
    assert!(nameless.is_empty(), "{nameless:?}");
    assert!(!tracks.slices.is_empty() && !tracks.spans.is_empty() && !tracks.flows.is_empty());
    for slices in tracks.slices.values_mut() {
        slices.sort_by(|one, other| one.partial_cmp(other).unwrap());
        for pair in slices.windows(2) {
            let ((from, end), (next, next_end)) = (pair[0], pair[1]);
            assert!(end <= next || from <= next && next_end <= end, "{pair:?}");
        }
    }
    for span in tracks.spans.values() {
        let [begin, end] = span[..] else {
            panic!("{span:?}")
        };
        assert_eq!((&begin["ph"], &end["ph"]), (&json!("b"), &json!("e")));
        for key in ["name", "pid", "tid"] {
            assert_eq!(begin[key], end[key], "{span:?}");
        }
        assert!(begin["ts"].as_f64() <= end["ts"].as_f64(), "{span:?}");
    }
    for flow in tracks.flows.values() {
        let [out, into] = flow[..] else {
            panic!("{flow:?}")
        };
        assert_eq!(
            (&out["flow_out"], &out["flow_in"]),
            (&json!(true), &Value::Null)
        );
        assert_eq!(
            (&into["flow_in"], &into["flow_out"]),
            (&json!(true), &Value::Null)
        );
        assert!(out["ts"].as_f64() <= into["ts"].as_f64(), "{flow:?}");
        let given = |event: &Value| -> BTreeSet<String> {
            let args = event["args"].as_object();
            args.into_iter()
                .flatten()
                .map(|(key, _)| key.clone())
                .collect()
        };
        assert!(given(out).is_disjoint(&given(into)), "{flow:?}");
    }
}

/// The checks of the form are some.
#[test]
fn an_event_of_another_form_is_told() {
    let sound =
        json!({"ph": "i", "s": "t", "cat": "c", "name": "n", "pid": 1, "tid": 2, "ts": 0.5});
    assert_eq!(wrong(&sound), None);
    for (key, value, told) in [
        ("ts", json!(-1.0), "with another type of ts"),
        ("pid", json!("1"), "with another type of pid"),
        ("s", json!("x"), "with another type of s"),
        ("dur", json!(1), "with dur"),
    ] {
        let mut broken = sound.clone();
        broken[key] = value;
        assert_eq!(wrong(&broken).as_deref(), Some(told));
    }
    let named = json!({"ph": "M", "name": "process_name", "pid": 1, "args": {}});
    assert_eq!(wrong(&named).as_deref(), Some("other metadata"));
    let cut = json!({"ph": "X", "cat": "c", "name": "n", "pid": 1, "tid": 2, "ts": 1});
    assert_eq!(wrong(&cut).as_deref(), Some("without dur"));
}

/// Whoever receives a message knows all that its sender knew.
#[test]
fn vector_clocks_follow_the_messages() {
    let log = made("shiviz", ViewFormat::ShiViz);
    let mut lines = log.lines();
    assert!(lines.next().unwrap().starts_with("(?<host>"));
    assert_eq!(lines.next(), Some(""));
    let lines: Vec<&str> = lines.collect();
    let mut clocks: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let mut sent = Vec::new();
    let mut received = 0;
    for pair in lines.chunks(2) {
        let (host, clock) = pair[0].split_once(' ').unwrap();
        let clock: BTreeMap<String, u64> = serde_json::from_str(clock).unwrap();
        let before = clocks
            .insert(host.to_owned(), clock.clone())
            .unwrap_or_default();
        let own = before.get(host).copied().unwrap_or(0);
        assert_eq!(
            clock[host],
            own + 1,
            "an event advances the clock of its host"
        );
        if pair[1].contains(" sends a find-node request to b") {
            sent.push(clock.clone());
        }
        if pair[1].contains(" receives a find-node request from a") {
            let knows = |of: &BTreeMap<String, u64>| {
                of.iter()
                    .all(|(host, count)| clock.get(host) >= Some(count))
            };
            assert!(sent.iter().any(knows), "{pair:?}");
            received += 1;
        }
    }
    assert!(received > 0 && received < sent.len(), "one request is lost");
}
