//! Lines that remove what is not there.

use super::{HOSTS, accepted, refused, told};

const NOTHING: &str = "this removes nothing";

#[test]
fn what_is_removed_is_there_at_that_line() {
    let local = "remove-local a song";
    refused(&["get b song", local], "no earlier line stores a record");
    refused(&[local, "put a song la"], NOTHING);
    // A record may come from any host.
    accepted(&["put b song la", local]);
    accepted(&["store-local b song la", local]);
    accepted(&["ask r b put-value song value=la", local]);
    accepted(&["start put b song la", "run 1s", local]);
    // That it has no effect on a host that is not the publisher can be tested.
    let record = "remove-record a song";
    refused(&["get b song", record], NOTHING);
    accepted(&["put b song la", record]);
    accepted(&["store-local a song la", record]);
}

#[test]
fn who_stops_providing_has_provided() {
    let stop = "stop-providing a song";
    refused(
        &["find-providers a song", stop],
        "none of these hosts provides",
    );
    refused(&["provide b song", stop], NOTHING);
    refused(&["provide a song", stop, stop], NOTHING);
    refused(&["provide a song", "crash a", "restart a", stop], NOTHING);
    accepted(&["provide a song", stop]);
    accepted(&["start provide a song", stop]);
    accepted(&["provide a song", stop, "provide a song", stop]);
    accepted(&["provide a,b song", stop]);
    accepted(&["provide b song", "stop-providing a,b song"]);
    accepted(&["store-provider-local a song a", stop]);
    accepted(&["provide a song", "crash a", "restart a keep-store", stop]);
    let planned = r#"faults = [{ at = "1s", do = "start provide a song" }]"#;
    let steps = ["run 2s", stop];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
}

#[test]
fn hosts_that_lines_do_not_control_may_store_anything() {
    accepted(&["send r a hex:00", "remove-local a song"]);
    let hosts = r#"{ name = "a", stack = "file-sharing" }"#;
    let told = told("", hosts, &["stop-providing a song"]);
    let told = told.iter().filter(|told| told.contains(NOTHING));
    assert_eq!(told.count(), 0);
}

#[test]
fn an_external_address_is_withdrawn_once() {
    let line = "remove-external a";
    refused(&[line, line], "`a` lacks this external address");
    refused(&[line, "run 5s", line], NOTHING);
    refused(
        &["remove-external a,b", "remove-external b,a"],
        "all these hosts lack",
    );
    for again in ["add-external a", "listen a", "move a"] {
        accepted(&[line, again, line]);
    }
    accepted(&[line, "crash a", "restart a", line]);
    accepted(&[line, "remove-external b"]);
    let other = "remove-external a address=/ip4/10.0.0.9/tcp/1";
    accepted(&[line, other]);
    refused(&[other, other], NOTHING);
    for host in [
        r#"{ name = "a", dial_only = true }"#,
        r#"{ name = "a", settings = { announce_address = false } }"#,
    ] {
        let told_of = told("", host, &[line]);
        assert!(
            told_of.len() == 1 && told_of[0].contains(NOTHING),
            "{told_of:?}"
        );
        let told_of = told("", host, &["add-external a", line]);
        assert_eq!(told_of, Vec::<String>::new());
    }
    let planned = r#"faults = [{ at = "1s", do = "add-external a" }]"#;
    let steps = [line, "run 2s", line];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
}

#[test]
fn a_line_is_done_once() {
    for line in [
        "remove-peer a b",
        "remove-address a b",
        "add-address a b",
        "store-local a song la",
        "drop-messages a find-node",
        "settle",
    ] {
        let met = "connect a b";
        refused(&[met, line, line], "the line before does the same");
        accepted(&[met, line, "run 1s", line]);
    }
    // Here the state of the host says the same, see `already`.
    for line in ["set-mode a client", "script r silent"] {
        refused(&[line, line], "this has no effect");
    }
    accepted(&["connect a b", "connect a b"]);
    accepted(&[
        "delay-messages a find-node 1s",
        "delay-messages a find-node 1s",
    ]);
}
