//! What the pages of scenarios say.

use std::{fs, path::Path};

use rstest::rstest;
use serde_json::{Value, json};

use super::{Ended, empty, run};

/// Six hosts that do not know each other.
const STAGE: &str = "format = 1\nname = \"it\"\nabout = \"It is for a test\"\n\
                     stacks = [\"kad\"]\ntransports = [\"mux\"]\n\
                     hosts = [{ name = \"h\", count = 6 }]\n";

/// The document in a page.
fn document(page: &Path) -> Value {
    let page = fs::read_to_string(page).expect("the page");
    let (_, rest) = page
        .split_once(r#"<script type="application/json" id="data">"#)
        .expect("the page has its data");
    let (data, _) = rest.split_once("</script>").expect("the data ends");
    serde_json::from_str(data).expect("the data is JSON")
}

/// What the page of a scenario with these lines shows.
fn page_of(lines: &str) -> Value {
    let dir = empty();
    fs::write(dir.path().join("it.toml"), format!("{STAGE}{lines}\n")).expect("a file");
    let ended: Ended = run(dir.path(), &["view", "it.toml", "--out", "run.html"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    document(&dir.path().join("run.html"))
}

#[rstest]
#[case::step(
    "known = [{ id = \"MINE\", about = \"They do not meet\" }]\n\
     allow = [{ id = \"MINE\", step = \"expect knows h0 h1\" }]\nsteps = [\"expect knows h0 h1\"]",
    json!({ "ok": true, "says": "fails as expected: MINE" })
)]
#[case::violation(
    "known = [{ id = \"MINE\", about = \"An address is there twice\" }]\n\
     allow = [{ id = \"MINE\", violates = \"entries-are-dialable\" }]\n\
     steps = [\"add-address h0 h1\", \"dial h0 @h1\", \"find-peers h0 song\", \"run 1s\"]",
    json!({ "ok": true, "says": "fails as expected: MINE" })
)]
#[case::unexpected_pass(
    "known = [{ id = \"MINE\", about = \"Time passes\" }]\n\
     allow = [{ id = \"MINE\", step = \"run 1s\" }]\nsteps = [\"run 1s\"]",
    json!({ "ok": false, "says": "unexpected pass" })
)]
#[case::another_failure(
    "known = [{ id = \"MINE\", about = \"Time passes\" }]\n\
     allow = [{ id = \"MINE\", step = \"run 1s\" }]\n\
     steps = [\"run 1s\", \"expect knows h0 h1\"]",
    Value::Null
)]
#[case::failure("steps = [\"expect knows h0 h1\"]", Value::Null)]
#[case::pass("steps = [\"run 1s\"]", Value::Null)]
fn a_page_says_whether_a_failure_is_expected(#[case] lines: &str, #[case] verdict: Value) {
    assert_eq!(page_of(lines)["outcome"]["verdict"], verdict);
}

#[test]
fn the_first_failed_step_is_where_to_look() {
    let shown = page_of(
        "known = [{ id = \"MINE\", about = \"They do not meet\" }]\n\
         allow = [{ id = \"MINE\", step = \"expect knows h0 h1\" }]\n\
         steps = [\"run 2s\", \"expect knows h0 h1\", \"run 3s\"]",
    );
    assert_eq!(shown["focus"]["at"], 2_000_000_000_u64);
    let says = shown["outcome"]["says"].as_str().expect("a text");
    assert!(says.starts_with("expect knows h0 h1: h0"), "{says}");
}

/// A condition is about all hosts of a range, or about those that break it.
#[rstest]
#[case::all("expect complete h1..h4", json!([1, 2, 3, 4]))]
#[case::those_that_break_it("expect connections h1..h4 =0", json!([1, 3]))]
#[case::one_of_each("expect connected h1..h4 h5", json!([1, 2, 3, 4, 5]))]
fn a_failed_condition_names_the_hosts_that_it_is_about(#[case] step: &str, #[case] hosts: Value) {
    let shown = page_of(&format!("steps = [\"connect h1 h3\", \"{step}\"]"));
    let check = &shown["checks"][0];
    assert_eq!(check["invariant"], format!("step 2: {step}"), "{shown}");
    let condition = step.trim_start_matches("expect ");
    assert_eq!(check["expected"], format!("`{condition}`, now"));
    assert_eq!((&check["step"], &check["since"]), (&json!(1), &Value::Null));
    let seen = check["seen"].as_str().expect("a text");
    assert!(seen.contains("h1"), "{seen}");
    let mut concerned = shown["checks"][0]["hosts"].clone();
    let list = concerned.as_array_mut().expect("a list");
    list.sort_by_key(Value::as_u64);
    assert_eq!(concerned, hosts);
}

#[test]
fn a_failed_wait_has_what_was_expected_what_was_seen_and_since_when() {
    let shown = page_of("steps = [\"run 2s\", \"eventually 5s knows h0 h1\"]");
    let check = &shown["checks"][0];
    assert_eq!(check["expected"], "`knows h0 h1`, within 5s");
    assert_eq!(check["since"], 2_000_000_000_u64);
    assert_eq!(check["at"], 7_000_000_000_u64);
    assert_eq!(check["step"], 1);
    let seen = check["seen"].as_str().expect("a text");
    assert!(seen.starts_with("not true within 5s"), "{seen}");
}

#[test]
fn whatever_hinders_hosts_has_a_band() {
    let shown = page_of(
        "steps = [\"pause h0,h1\", \"slow h2 5ms\", \"skew h3 ahead=5s\", \"run 1s\", \
         \"drop-messages h4 find-node\", \"delay-messages h5 find-node 1s\", \
         \"blackhole h0,h1 h2 id=cut\", \"run 1s\", \"resume h0,h1\", \"slow h2 0s\", \
         \"pass-messages h4\", \"crash h3\", \"crash h5\", \"heal cut\", \"run 1s\"]",
    );
    let bands = shown["faults"].as_array().expect("a list").iter();
    let bands: Vec<_> = bands
        .map(|band| {
            let times = (band["from"].as_u64(), band["to"].as_u64());
            let name = band["id"].as_str().filter(|id| !id.is_empty());
            let name = name.or(band["says"].as_str()).expect("a name");
            (name, times, band["hosts"].clone(), band["hits"].is_null())
        })
        .collect();
    let second = |number: u64| Some(number * 1_000_000_000);
    assert_eq!(
        bands,
        [
            ("paused", (second(0), second(2)), json!([0, 1]), true),
            (
                "slow to one turn in 5ms",
                (second(0), second(2)),
                json!([2]),
                true
            ),
            ("the clock is 5s ahead", (second(0), None), json!([3]), true),
            (
                "blackhole h0,h1 h2 id=cut",
                (second(1), second(2)),
                json!([0, 1, 2]),
                false
            ),
            (
                "drop-messages h4 find-node",
                (second(1), second(2)),
                json!([4]),
                true
            ),
            (
                "delay-messages h5 find-node 1s",
                (second(1), second(2)),
                json!([5]),
                true
            ),
        ]
    );
}

#[test]
fn a_query_without_a_name_is_numbered() {
    let shown = page_of(
        "steps = [\"add-address h0 h1\", \"find-peers h0 song\", \"find-peers h0 film as=q\", \
         \"find-peers h0 book\"]",
    );
    let queries = shown["queries"].as_array().expect("a list").iter();
    let queries: Vec<_> = queries
        .filter(|query| query["kind"] == "closest-peers")
        .map(|query| (query["name"].as_str(), query["number"].as_u64()))
        .collect();
    let named = |name, number| (Some(name), Some(number));
    assert_eq!(queries, [named("", 1), named("q", 2), named("", 3)]);
}

#[test]
fn a_page_has_a_command_that_runs_it_again() {
    let dir = empty();
    let lines = "steps = [\"expect knows h0 h1\"]";
    fs::create_dir(dir.path().join("f")).expect("a folder");
    fs::write(dir.path().join("f/it.toml"), format!("{STAGE}{lines}\n")).expect("a file");
    let told = |page: &str| {
        let shown = document(&dir.path().join(page));
        shown["reproduce"].as_str().expect("a text").to_owned()
    };
    run(dir.path(), &["view", "f/it.toml", "--out", "my run.html"]);
    let command = told("my run.html");
    assert!(
        command.ends_with(" view f/it.toml --out 'my run.html'"),
        "{command}"
    );
    run(dir.path(), &["run", "f/it.toml", "--html", "pages"]);
    let command = told("pages/f.it.kad.mux.html");
    let recording = "target/dht-harness/f.it.kad.mux.json";
    assert!(
        command.ends_with(&format!(" replay {recording}")),
        "{command}"
    );
    run(dir.path(), &["view", recording, "--out", "run.html"]);
    assert_eq!(told("run.html"), command);
}

/// Dials of which the network knows nothing are in the page, each with its reason: one that the
/// swarm refuses at once, one to an address that the host does not dial, and one by a relay.
#[test]
fn a_page_has_the_failed_dials_that_the_network_does_not_know() {
    let shown = page_of(
        "steps = ['block h0 h1', 'connect h0 h1 fails', 'run 1s',\n\
         'dial h2 /dns4/nowhere.example/tcp/4001 fails=\"no transport\"', 'run 1s',\n\
         'dial h3 @h4/p2p-circuit/p2p/h5 fails=\"no transport\"']",
    );
    assert_eq!(shown["connections"], json!([]));
    let dials = shown["dials"].as_array().expect("a list");
    let of = |name: &str| dials.iter().map(|dial| &dial[name]).collect::<Vec<_>>();
    assert_eq!(of("from"), [0, 2, 3], "{dials:?}");
    assert_eq!(of("relay"), [&Value::Null, &Value::Null, &json!(4)]);
    let unsupported = "the host does not dial addresses of this kind";
    let blocked = "connection denied: peer h1 is in the block list";
    assert_eq!(of("why"), [blocked, unsupported, unsupported]);
    assert_eq!(dials[1]["address"], "/dns4/nowhere.example/tcp/4001");
    let log = shown["log"].as_array().expect("a list");
    let told = format!("the dial of h1 fails: {blocked}");
    assert!(log.iter().any(|line| line[3] == *told), "{log:?}");
}

/// A message that its host holds back at the end of the run is in the page, and not lost.
#[test]
fn a_page_has_the_messages_that_are_held_back_at_the_end() {
    let shown = page_of(
        "steps = [\"add-address h0 h1\", \"dial h0 @h1\", \"delay-messages h0 find-node 1h out\",\n\
         \"find-peers h0 song\"]",
    );
    let messages = shown["messages"].as_array().expect("a list");
    let held: Vec<_> = messages.iter().filter(|row| row[1] == -3).collect();
    assert!(!held.is_empty(), "{messages:?}");
    for row in held {
        assert_eq!((&row[2], &row[15]), (&json!(0), &json!(-1)));
    }
}

#[test]
fn addresses_of_connections_are_multiaddresses() {
    let shown = page_of("steps = [\"dial h0 @h1\"]");
    assert_eq!(shown["connections"][0]["address"], "/ip4/10.0.0.2/tcp/4001");
}

/// A connection that its listener refuses says so.
#[test]
fn a_refused_connection_says_why() {
    let shown = page_of("steps = [\"block h1 h0\", \"start-connect h0 h1\", \"run 1s\"]");
    let why = "h1 refuses it: connection denied: peer h0 is in the block list";
    assert_eq!(shown["connections"][0]["why"], why);
}
