//! The forms for other viewers.

use std::{collections::BTreeMap, fs};

use dht_harness::{TransportKind, view::ViewFormat};
use serde_json::Value;

use super::{Folder, list, story};
use crate::sim::on;

fn made(test: &str, format: ViewFormat) -> String {
    let folder = Folder::new(test);
    let file = folder.file("run");
    on(TransportKind::Mux).view(format, &file).test(story);
    fs::read_to_string(file).unwrap()
}

/// What Perfetto warns of: slices of one thread that overlap without being nested, spans
/// without an end, and flows without one.
#[test]
fn slices_are_nested_and_everything_that_begins_ends() {
    let trace: Value = serde_json::from_str(&made("perfetto", ViewFormat::Perfetto)).unwrap();
    let events = list(&trace, "traceEvents");
    let mut slices: BTreeMap<(u64, u64), Vec<(f64, f64)>> = BTreeMap::new();
    let mut spans: BTreeMap<&str, i32> = BTreeMap::new();
    let mut flows: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    let mut processes = Vec::new();
    for event in events {
        let number = |key: &str| event[key].as_u64().unwrap_or_default();
        match event["ph"].as_str().unwrap() {
            "X" => {
                let (from, length) = (
                    event["ts"].as_f64().unwrap(),
                    event["dur"].as_f64().unwrap(),
                );
                let thread = slices.entry((number("pid"), number("tid"))).or_default();
                thread.push((from, from + length));
                if let Some(flow) = event["bind_id"].as_str() {
                    let (out, into) = flows.entry(flow).or_default();
                    *out += u32::from(event["flow_out"] == true);
                    *into += u32::from(event["flow_in"] == true);
                }
            }
            "b" => *spans.entry(event["id"].as_str().unwrap()).or_default() += 1,
            "e" => *spans.entry(event["id"].as_str().unwrap()).or_default() -= 1,
            "i" => assert!(event["ts"].is_number()),
            "M" if event["name"] == "process_name" => processes.push(&event["args"]["name"]),
            "M" => {}
            other => panic!("{other} is not expected"),
        }
    }
    assert_eq!(processes, ["test and network", "a", "b"]);
    assert!(!slices.is_empty() && !flows.is_empty());
    for slices in slices.values_mut() {
        slices.sort_by(|one, other| one.partial_cmp(other).unwrap());
        for pair in slices.windows(2) {
            let ((from, end), (next, next_end)) = (pair[0], pair[1]);
            assert!(end <= next || from <= next && next_end <= end, "{pair:?}");
        }
    }
    assert!(spans.values().all(|open| *open == 0), "{spans:?}");
    assert!(flows.values().all(|ends| *ends == (1, 1)), "{flows:?}");
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
