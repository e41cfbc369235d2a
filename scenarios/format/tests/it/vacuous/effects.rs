//! Steps and planned faults that certainly have no effect.

use super::{HOSTS, accepted, refused, told};

#[test]
fn what_is_undone_has_been_done() {
    for (does, undoes) in [
        ("block a b", "unblock a b"),
        ("discovered a b", "expired a b"),
        ("drop-messages a find-node", "pass-messages a"),
        ("delay-messages a find-node 1s", "pass-messages a"),
        ("slow a 5ms", "slow a 0s"),
        ("skew a ahead=1h", "skew a"),
    ] {
        refused(&[undoes], "this ends nothing: no earlier step");
        let later = "run 1s";
        refused(&[does, later, undoes, undoes], "this ends nothing");
        accepted(&[does, later, undoes, does, later, undoes]);
        accepted(&[
            does,
            later,
            &format!("{undoes} may-fail")
                .replace("0s may-fail", "0s")
                .replace("skew a may-fail", "skew a"),
        ]);
        let planned = |line: &str| format!("faults = [{{ at = \"1s\", do = {line:?} }}]");
        let steps = ["run 2s", undoes];
        assert_eq!(told(&planned(does), HOSTS, &steps), Vec::<String>::new());
        let told_of = told(&planned(undoes), HOSTS, &["run 2s"]);
        assert!(
            told_of.len() == 1 && told_of[0].contains("no line has a"),
            "{undoes}: {told_of:?}"
        );
        assert_eq!(
            told(&planned(undoes), HOSTS, &[does, "run 2s"]),
            Vec::<String>::new()
        );
    }
    refused(&["block a b", "unblock a h"], "this ends nothing");
    refused(&["block a b", "unblock b a"], "this ends nothing");
    accepted(&["block a b", "unblock a b,h"]);
    refused(&["resume a"], "`a` is not paused");
    let planned = r#"faults = [{ at = "1s", do = "resume a" }]"#;
    let told_of = told(planned, HOSTS, &["run 2s"]);
    assert!(
        told_of.len() == 1 && told_of[0].contains("`pause`"),
        "{told_of:?}"
    );
    assert_eq!(
        told(planned, HOSTS, &["pause a", "run 2s"]),
        Vec::<String>::new()
    );
}

#[test]
fn who_stops_listening_has_listened() {
    refused(&["unlisten a", "unlisten a"], "these hosts do not listen");
    accepted(&["unlisten a", "listen a", "unlisten a"]);
    accepted(&["unlisten a", "unlisten a,b"]);
    accepted(&["close a", "unlisten a may-fail", "unlisten b"]);
    accepted(&["unlisten a", "crash a", "restart a", "unlisten a"]);
    let hosts = r#"{ name = "a", dial_only = true }"#;
    let told_of = told("", hosts, &["unlisten a"]);
    assert!(
        told_of.len() == 1 && told_of[0].contains("do not listen"),
        "{told_of:?}"
    );
    assert_eq!(
        told("", hosts, &["listen a", "unlisten a"]),
        Vec::<String>::new()
    );
}

#[test]
fn a_fault_is_in_force_when_it_is_healed() {
    let split = "partition a | b id=split";
    let later = "run 1s";
    refused(
        &[split, later, "heal split", "heal split"],
        "is healed already",
    );
    refused(
        &[split, later, "heal-all", "heal split"],
        "is healed already",
    );
    accepted(&[split, later, "heal split", split, later, "heal split"]);
    refused(&["heal-all", split], "no earlier step injects a fault");
    refused(
        &[split, later, "heal-all", "heal-all"],
        "all faults have been healed",
    );
    refused(&["reset a", "heal-all", split], "no earlier step");
    accepted(&[split, later, "heal-all"]);
    // The beginning of the second phase of generated scenarios.
    accepted(&["run 1s", "heal-all", "recover 5m"]);
    let planned = format!(r#"faults = [{{ at = "1s", do = "{split}" }}]"#);
    let steps = ["run 2s", "heal-all", "run 2s", "heal-all"];
    assert_eq!(told(&planned, HOSTS, &steps), Vec::<String>::new());
}

#[test]
fn lines_do_something() {
    for (line, words) in [
        ("loss 0", "no packet is lost"),
        ("loss 0.5 delay=0s", "is not lost"),
        ("bandwidth 0", "unlimited already"),
        ("delay-messages a find-node 0s", "delays nothing"),
        ("hold-streams r a 0", "opens no stream"),
        ("always 0s knows a b", "`expect` checks"),
        ("churn h 0s 1s 1s", "no host goes down"),
        ("churn h 10s 9s 1s", "no host goes down"),
        ("skew a ahead=1h behind=1h", "remove one"),
        ("skew a gains=5 loses=3", "remove one"),
        ("skew a ahead=0s", "is correct"),
        ("ask r a find-node k value=x", "has no record"),
        ("ask r a get-providers k provider=a", "names no providers"),
    ] {
        refused(&[line], words);
    }
    let planned = r#"faults = [{ at = "1s", do = "delay-messages a find-node 0s" }]"#;
    assert_eq!(told(planned, HOSTS, &["run 2s"]).len(), 1);
    accepted(&["loss 0.5", "loss 0 of=a"]);
    accepted(&["bandwidth 1000", "bandwidth 0 of=a"]);
    let slow = "network = { bandwidth = 1000 }";
    assert_eq!(told(slow, HOSTS, &["bandwidth 0"]), Vec::<String>::new());
    accepted(&[
        "churn h 1m exponential:1s..5s 3s",
        "skew a ahead=1h gains=5",
    ]);
    accepted(&[
        "ask r a put-value k value=x",
        "ask r a add-provider k provider=a",
    ]);
}

#[test]
fn a_query_that_has_ended_is_neither_stopped_nor_awaited() {
    for line in ["stop q", "finish q"] {
        refused(
            &["find-peers a k as=q", line],
            "has waited for the query `q`",
        );
        refused(&["start get a k as=q", "finish q", line], "has waited for");
        accepted(&["start get a k as=q", line]);
        accepted(&["get a k as=q may-fail", line]);
        let read = "expect answer q not-found";
        accepted(&["get a k as=q", read, "start get a k as=q", line]);
    }
}

#[test]
fn planned_faults_take_place_before_the_end() {
    let planned = r#"faults = [{ at = "10s", do = "crash b" }]"#;
    let told_of = told(planned, HOSTS, &["run 9s"]);
    assert!(
        told_of.len() == 1 && told_of[0].contains("at the latest 9s after the start"),
        "{told_of:?}"
    );
    let steps = ["start-close a", "restart a", "run 9s"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    let told_of = told(planned, HOSTS, &["crash a", "restart a", "run 9s"]);
    assert_eq!(told_of.len(), 1, "{told_of:?}");
    for last in [
        "run 10s",
        "eventually 11s knows a h0",
        "connect a h",
        "settle",
    ] {
        assert_eq!(
            told(planned, HOSTS, &[last]),
            Vec::<String>::new(),
            "{last}"
        );
    }
}

#[test]
fn a_fault_of_a_step_has_its_name_alone() {
    refused(
        &["cut a b id=x", "run 1s", "cut a h0 id=x"],
        "the fault `x` may be in force still",
    );
    for heals in ["heal x", "heal-all"] {
        accepted(&["cut a b id=x", "run 1s", heals, "cut a h0 id=x"]);
    }
    accepted(&["reset a id=x", "reset b id=x"]);
}
