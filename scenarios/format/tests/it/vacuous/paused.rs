//! Checks of hosts that stand still.

use super::{HOSTS, accepted, refused, told};

const PAUSED: &str = "`a` is paused for all of this time";

#[test]
fn an_always_is_about_hosts_that_run() {
    for condition in [
        "knows a b",
        "not knows a b",
        "table a =0",
        "not connected a b",
        "connections a =0",
        "queries a =0",
    ] {
        let line = format!("always 5s {condition}");
        refused(&["pause a", &line], PAUSED);
        refused(&["pause a", "run 1s", &line], PAUSED);
        accepted(&["pause a", &format!("expect {condition}")]);
        accepted(&["pause a", "run 1s", "resume a", &line]);
        accepted(&["pause b", &line]);
        accepted(&["pause a", "run 1s", "crash a", "restart a", &line]);
    }
    refused(&["pause a,b", "always 5s not knows a,b h"], PAUSED);
    accepted(&["pause a", "always 5s not knows a,b h"]);
    // What the network and the other hosts do is seen in these.
    accepted(&["pause a", "always 5s sockets a >=1"]);
    accepted(&["pause a", "always 5s not linked a,b"]);
}

#[test]
fn an_always_is_about_queries_of_hosts_that_run() {
    let start = "start find-peers a k as=q";
    refused(&[start, "pause a", "always 5s not ended q"], PAUSED);
    accepted(&[start, "pause b", "always 5s not ended q"]);
    accepted(&[
        "start find-peers a,b k as=q",
        "pause a",
        "always 5s not ended q",
    ]);
    accepted(&[start, "pause a", "always 5s took q <=20s"]);
}

#[test]
fn a_planned_fault_may_change_a_paused_host() {
    let line = "always 5s not knows a b";
    for fault in ["resume a", "add-address a b", "crash a"] {
        let planned = format!(r#"faults = [{{ at = "1s", do = {fault:?} }}]"#);
        let told = told(&planned, HOSTS, &["pause a", line]);
        assert_eq!(told, Vec::<String>::new(), "{fault}");
    }
    let planned = r#"faults = [{ at = "1s", do = "crash b" }]"#;
    let told = told(planned, HOSTS, &["pause a", line]);
    assert!(told.len() == 1 && told[0].contains(PAUSED), "{told:?}");
}

#[test]
fn a_pause_ends_once_and_begins_once() {
    refused(&["pause a", "pause a"], "`a` is paused already");
    refused(&["pause a,b", "run 1s", "pause b"], "`b` is paused already");
    accepted(&["pause a", "run 1s", "resume a", "pause a"]);
    let planned = r#"faults = [{ at = "1s", do = "resume a" }]"#;
    let steps = ["pause a", "run 2s", "pause a"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    // A crash ends the pause.
    refused(
        &["pause a", "run 1s", "crash a", "restart a", "resume a"],
        "`a` is not paused",
    );
    accepted(&[
        "pause a",
        "run 1s",
        "crash a",
        "restart a",
        "pause a",
        "run 1s",
        "resume a",
    ]);
}
