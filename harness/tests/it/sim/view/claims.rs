//! What a page claims of messages and queries, and what it leaves open.

use std::{fs, time::Duration};

use dht_harness::{
    Node, Sim, SimError, Skew, TransportKind,
    dht::Query,
    net::{Fault, HostId},
    view::{Verdict, ViewFormat},
};
use libp2p::{Swarm, kad};
use serde_json::{Value, json};

use super::{Folder, document, list};
use crate::sim::{Kad, acquainted, on};

/// What the page of a run shows.
pub(super) fn shown(
    test: &str,
    body: impl FnOnce(&mut Sim) -> Result<(), SimError> + Send + 'static,
) -> Value {
    let folder = Folder::new(test);
    let page = folder.file("run.html");
    on(TransportKind::Mux)
        .view(ViewFormat::Html, &page)
        .test(body);
    document(&fs::read_to_string(page).unwrap())
}

pub(super) fn millis(number: u64) -> Duration {
    Duration::from_millis(number)
}

/// The number of a kind of message.
pub(super) fn kind(shown: &Value, name: &str) -> usize {
    let kinds = list(shown, "kinds").iter();
    kinds
        .enumerate()
        .find(|(_, kind)| **kind == name)
        .expect(name)
        .0
}

/// The number of the first query of a kind.
pub(super) fn query(shown: &Value, kind: &str) -> usize {
    let mut queries = list(shown, "queries").iter();
    queries.position(|query| query["kind"] == kind).expect(kind)
}

#[test]
fn a_message_under_way_at_the_end_is_not_lost() {
    // A stream is agreed on after 20 ms, and the request arrives after 10 ms more.
    let shown = shown("under-way", |sim| {
        let (a, _) = acquainted(sim)?;
        sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(millis(25))
    });
    let rows = list(&shown, "messages");
    let (latest, earlier) = rows.split_last().expect("the request");
    assert_eq!(latest[1], -2);
    assert!(earlier.iter().all(|row| row[1].is_u64()), "{earlier:?}");
}

#[test]
fn a_stream_that_never_opens_is_a_request_that_kad_wanted_to_send() {
    let shown = shown("unopened", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(millis(5))?;
        sim.blackhole(&a, &b).forever();
        sim.run_for(Duration::from_secs(30))
    });
    let unopened = kind(&shown, "unopened stream");
    let rows = list(&shown, "messages").iter();
    let rows: Vec<_> = rows.filter(|row| row[6] == unopened).collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    // Sent by a to b for the only query that runs, and given up.
    let found = [1, 2, 3, 7].map(|column| rows[0][column].as_i64());
    assert_eq!(found, [-1, 0, 1, 0].map(Some));
    assert_eq!(rows[0][12], query(&shown, "closest-peers"));
}

/// A peer whose kad bootstraps by itself, and is in the mode that libp2p chooses.
fn bootstrapping(node: &Node) -> Swarm<Kad> {
    let store = kad::store::MemoryStore::new(node.peer_id());
    let config = kad::Config::new(kad::PROTOCOL_NAME);
    let kad = kad::Behaviour::with_config(node.peer_id(), store, config);
    Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
}

#[test]
fn a_query_that_kad_starts_begins_before_its_first_report() {
    let shown = shown("automatic", |sim| {
        let a = sim.spawn("a", bootstrapping);
        let b = sim.spawn("b", crate::sim::peer);
        sim.add_address(&a, &b)?;
        sim.connect(&a, &b)?;
        sim.run_for(Duration::from_secs(5))
    });
    let automatic = query(&shown, "bootstrap");
    let query = &list(&shown, "queries")[automatic];
    assert_eq!(query["first_report"], false);
    let first = query["steps"][0]["at"].as_u64().unwrap();
    // A request and its answer take 40 ms, with the opening of the stream.
    assert!(
        query["from"].as_u64().unwrap() + 40_000_000 <= first,
        "{query}"
    );
    let requests = list(&shown, "messages").iter();
    let mut requests = requests.filter(|row| row[7] == 0).peekable();
    assert!(requests.peek().is_some());
    assert!(requests.all(|row| row[12] == automatic), "{query}");
}

#[test]
fn requests_after_the_end_of_a_query_belong_to_it() {
    let shown = shown("provide", |sim| {
        let (a, _) = acquainted(sim)?;
        sim.start_providing(&a, b"song".to_vec())?;
        sim.run_for(Duration::from_secs(1))
    });
    let provide = query(&shown, "provide");
    let query = &list(&shown, "queries")[provide];
    let add_provider = kind(&shown, "add-provider");
    let rows = list(&shown, "messages").iter();
    let told: Vec<_> = rows.filter(|row| row[6] == add_provider).collect();
    assert_eq!(told.len(), 1);
    assert!(told[0][0].as_u64() > query["to"].as_u64(), "{query}");
    assert_eq!(told[0][12], provide);
}

#[test]
fn the_modes_of_a_host_are_shown_with_their_changes() {
    let shown = shown("modes", |sim| {
        let a = sim.spawn("a", bootstrapping);
        sim.run_for(Duration::from_secs(1))?;
        a.with(|swarm| swarm.behaviour_mut().set_mode(Some(kad::Mode::Server)))?;
        sim.run_for(Duration::from_secs(1))
    });
    let modes = &list(&shown, "hosts")[0]["modes"];
    assert_eq!(modes, &json!([[0, "client"], [1_000_000_000, "server"]]));
}

#[test]
fn what_hinders_a_host_has_a_band() {
    let shown = shown("bands", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.pause(&a);
        sim.slow(&b, millis(3));
        sim.mark_disturbed([&a, &b], "drop-messages", "all is dropped");
        sim.skew(
            &b,
            Skew {
                wall_offset_nanos: 1_000_000_000,
                ..Skew::default()
            },
        );
        sim.run_for(Duration::from_secs(1))?;
        sim.resume(&a);
        sim.slow(&b, None);
        sim.mark_calm([&a], "drop-messages");
        sim.run_for(Duration::from_secs(1))
    });
    let bands = list(&shown, "faults").iter();
    let bands: Vec<_> = bands
        .map(|band| {
            let from = band["from"].as_u64().expect("a time");
            let lasted = band["to"].as_u64().map(|to| (to - from) / 1_000_000_000);
            (band["kind"].as_str(), band["hosts"].clone(), lasted)
        })
        .collect();
    assert_eq!(
        bands,
        [
            (Some("pause"), json!([0]), Some(1)),
            (Some("slow"), json!([1]), Some(1)),
            (Some("drop-messages"), json!([0]), Some(1)),
            (Some("drop-messages"), json!([1]), None),
            (Some("skew"), json!([1]), None),
        ]
    );
}

#[test]
fn faults_with_one_name_are_one_band() {
    let shown = shown("names", |sim| {
        let hosts = sim.spawn_n(3, "h", crate::sim::peer);
        for host in &hosts[1..] {
            let fault = Fault::Blackhole {
                a: HostId(0),
                b: host.id(),
            };
            sim.inject(fault)?.label("alone").forever();
        }
        sim.run_for(Duration::from_secs(1))
    });
    let faults = list(&shown, "faults");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0]["id"], "alone");
    assert_eq!(faults[0]["hosts"], json!([0, 1, 2]));
    let says = faults[0]["says"].as_str().unwrap();
    assert!(
        !says.contains("alone") && says.ends_with(", and others"),
        "{says}"
    );
}

#[test]
fn a_page_says_what_the_test_says_of_its_end() {
    let folder = Folder::new("verdict");
    let page = folder.file("run.html");
    let sim = on(TransportKind::Mux).view(ViewFormat::Html, &page);
    let sim = sim.verdict(|failure| Some(Verdict::AsExpected(failure?.to_string())));
    let fails = |_: &mut Sim| Err::<(), _>(SimError::Other("D1".to_owned()));
    sim.run(fails).expect_err("it fails");
    let shown = document(&fs::read_to_string(page).unwrap());
    assert_eq!(shown["outcome"]["passed"], false);
    let says = shown["outcome"]["verdict"]["says"].as_str().unwrap();
    assert!(says.starts_with("fails as expected: D1\n"), "{says}");
}

#[test]
fn a_page_of_a_test_has_the_command_that_runs_it_again() {
    let again = |command: Option<&str>| {
        let folder = Folder::new("again");
        let page = folder.file("run.html");
        let sim = on(TransportKind::Mux).view(ViewFormat::Html, &page);
        let sim = match command {
            Some(command) => sim.view_command(command),
            None => sim,
        };
        sim.test(|_| Ok(()));
        let shown = document(&fs::read_to_string(page).unwrap());
        shown["reproduce"].as_str().unwrap().to_owned()
    };
    assert_eq!(again(Some("mine --seed 3")), "mine --seed 3");
    // A test runner that runs one test at a time has one thread.
    let expected = [
        "cargo test sim::view::claims::a_page_of_a_test_has_the_command_that_runs_it_again",
        "Sim::builder().seed(0)",
    ];
    assert!(expected.contains(&&*again(None)), "{}", again(None));
}

#[test]
fn the_report_in_a_page_does_not_say_how_to_repeat_the_run() {
    let folder = Folder::new("report");
    let page = folder.file("run.html");
    let sim = on(TransportKind::Mux).view(ViewFormat::Html, &page);
    let fails = |_: &mut Sim| Err::<(), _>(SimError::Other("D1".to_owned()));
    let failure = sim.run(fails).expect_err("it fails").to_string();
    let shown = document(&fs::read_to_string(&page).unwrap());
    let report = shown["outcome"]["report"].as_str().unwrap();
    assert!(report.starts_with("D1\n"), "{report}");
    for start in ["reproduce: ", "trace: ", "picture: "] {
        let line = |text: &str| text.lines().any(|line| line.starts_with(start));
        assert!(line(&failure), "{start}: {failure}");
        assert!(!line(report), "{start}: {report}");
    }
    assert!(
        report.lines().any(|line| line.starts_with("run: seed 0")),
        "{report}"
    );
}
