//! Pictures of recorded traces, and reading them.

use std::fs;

use dht_harness::{
    TransportKind,
    trace::{TraceReadError, TraceReader},
    view::{Recording, ViewFormat},
};

use super::{Folder, document, list, story};
use crate::sim::on;

#[test]
fn a_trace_is_read_back_as_it_was_recorded() {
    let folder = Folder::new("read");
    let file = folder.file("trace.jsonl");
    let seen = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = std::sync::Arc::clone(&seen);
    let sim = on(TransportKind::Stream).trace(&file);
    sim.on_event(move |entry| {
        noted
            .lock()
            .unwrap()
            .push(serde_json::to_string(entry).unwrap())
    })
    .test(story);
    let read: Vec<_> = TraceReader::open(&file)
        .unwrap()
        .map(|entry| serde_json::to_string(&entry.unwrap()).unwrap())
        .collect();
    assert_eq!(read, *seen.lock().unwrap());
}

#[test]
fn a_trace_has_a_picture() {
    let folder = Folder::new("of-trace");
    let (file, page) = (folder.file("trace.jsonl"), folder.file("run.html"));
    let sim = on(TransportKind::Mux).trace(&file);
    sim.view(ViewFormat::Html, &page).test(story);
    let live = document(&fs::read_to_string(page).unwrap());
    let recording = Recording::of_trace(&file).unwrap();
    let read = document(&recording.render(ViewFormat::Html));
    for same in ["connections", "faults", "end", "events"] {
        assert_eq!(live[same], read[same], "{same}");
    }
    for (live, read) in list(&live, "hosts").iter().zip(list(&read, "hosts")) {
        assert_eq!(
            (&live["name"], &live["lives"]),
            (&read["name"], &read["lives"])
        );
    }
    // A trace does not know of a query that has reported nothing, nor when one began.
    let ended = list(&live, "queries").iter();
    let ended = ended.filter(|query| query["to"].is_u64()).count();
    assert_eq!(ended, list(&read, "queries").len());
    for (document, is_trace) in [(&live, false), (&read, true)] {
        assert_eq!(document["has_contents"], !is_trace);
        let mut queries = list(document, "queries").iter();
        assert!(queries.all(|query| query["first_report"] == is_trace));
    }
    // Deliveries in place of messages.
    assert!(!list(&read, "messages").is_empty());
}

#[test]
fn what_is_no_trace_is_told() {
    let folder = Folder::new("no-trace");
    let file = folder.file("trace.jsonl");
    for (text, wanted) in [
        ("", "is no trace of dht-harness"),
        ("{}\n", "is no trace of dht-harness"),
        (
            "{\"format\":1,\"harness\":\"0.0.0\"}\n",
            "has the trace format 1",
        ),
    ] {
        fs::write(&file, text).unwrap();
        let error = TraceReader::open(&file).err().expect("it is no trace");
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let sim = on(TransportKind::Mux).trace(&file);
    sim.test(story);
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("{\"seq\":");
    fs::write(&file, text).unwrap();
    let error = Recording::of_trace(&file).expect_err("the last line is incomplete");
    assert!(matches!(error, TraceReadError::Line { .. }), "{error}");
}
