//! Lines between which nothing happens.

use super::{HOSTS, accepted, refused, told};

const ENDS: &str = "this has no effect";

#[test]
fn what_is_undone_has_had_time_to_act() {
    for (does, undoes) in [
        ("pause a", "resume a"),
        ("pause a", "resume a,b"),
        ("slow a 5ms", "slow a 0s"),
        ("slow a 5ms", "slow a 9ms"),
        ("skew a ahead=1h", "skew a"),
        ("skew a ahead=1h", "skew a gains=5"),
        ("drop-messages a find-node", "pass-messages a"),
        ("delay-messages a find-node 1s", "pass-messages a,b"),
        ("script r silent", "script r honest"),
        ("store-local a song la", "remove-local a song"),
        ("partition a | b id=f", "heal f"),
        ("offline a id=f", "heal f"),
        ("loss 0.5", "heal-all"),
        ("cut a b", "recover 5m"),
        ("pause h0", "crash h0"),
        ("latency 20ms", "latency 30ms"),
        ("bandwidth 1000 of=a", "bandwidth 2000 of=a"),
    ] {
        let also = match undoes {
            "resume a,b" => "pause b",
            "pass-messages a,b" => "drop-messages b get-value",
            _ => "slow h 1ms",
        };
        let told_of = told("", HOSTS, &["run 1s", also, does, undoes]);
        let is_told = told_of.iter().any(|told| told.contains(ENDS));
        assert!(
            is_told && told_of.len() <= 2,
            "{does}, {undoes}: {told_of:?}"
        );
        accepted(&["run 1s", also, does, "run 1s", undoes]);
        accepted(&["run 1s", also, does, "connect a b", undoes]);
    }
}

#[test]
fn a_line_that_is_undone_in_part_has_an_effect() {
    accepted(&["pause a,b", "resume a"]);
    accepted(&["slow a,b 5ms", "slow a 9ms"]);
    accepted(&["cut a b id=one", "cut b a id=two", "run 1s", "heal one"]);
    // A check may read a store.
    accepted(&[
        "store-local a song la",
        "expect stores a song",
        "remove-local a song",
    ]);
    accepted(&[
        "store-local a song la",
        "store-local a tune la",
        "remove-local b song",
    ]);
}

#[test]
fn a_snapshot_is_compared_later() {
    for line in [
        "expect same-table a s",
        "expect not same-table a s",
        "eventually 5s same-table a s",
    ] {
        refused(
            &["snapshot a s", line],
            "nothing has happened since the snapshot",
        );
        refused(
            &["snapshot a s", "slow b 5ms", line],
            "nothing has happened since",
        );
        accepted(&["snapshot a s", "run 1s", line]);
        accepted(&["snapshot a s", "add-address a b", line]);
    }
    accepted(&["snapshot a s", "eventually 5s not same-table a s"]);
    accepted(&["snapshot a s", "always 5s same-table a s"]);
}

#[test]
fn a_snapshot_is_compared_before_another_one_takes_its_name() {
    let compared = "expect same-table a s";
    refused(
        &["snapshot a s", "run 1s", "snapshot a s", "run 1s", compared],
        "no line has compared it",
    );
    accepted(&[
        "snapshot a s",
        "run 1s",
        compared,
        "snapshot a s",
        "run 1s",
        compared,
    ]);
    accepted(&[
        "snapshot a s",
        "run 1s",
        "snapshot b s",
        "run 1s",
        "expect same-table a,b s",
    ]);
}

#[test]
fn a_fault_has_had_time_to_fire() {
    let cut = "cut a b id=f";
    for line in [
        "expect fired f",
        "expect not fired f",
        "eventually 5s not fired f",
    ] {
        refused(&[cut, line], "nothing has happened since the fault `f`");
        accepted(&[cut, "run 1s", line]);
        accepted(&[cut, "start-connect a b", line]);
    }
    accepted(&[cut, "eventually 5s fired f"]);
    accepted(&[cut, "always 5s not fired f"]);
    // It takes place at once.
    accepted(&["connect a b", "reset a id=f", "expect fired f"]);
    let planned = r#"faults = [{ at = "5s", do = "cut a b id=f" }]"#;
    let told_of = told(planned, HOSTS, &["run 4s", "expect not fired f", "run 9s"]);
    let words = "planned for 5s after the start";
    assert!(
        told_of.len() == 1 && told_of[0].contains(words),
        "{told_of:?}"
    );
    let steps = ["run 5s", "expect not fired f"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
}

#[test]
fn planned_lines_have_time_to_act() {
    let planned = |first: &str, second: &str, at: &str| {
        let keys = format!(
            r#"faults = [{{ at = "{at}", do = "{second}" }}, {{ at = "1s", do = "{first}" }}]"#
        );
        told(&keys, HOSTS, &["run 9s"])
    };
    for (first, second) in [
        ("pause a", "resume a"),
        ("slow a 5ms", "slow a 0s"),
        ("drop-messages a find-node", "pass-messages a"),
        ("latency 20ms", "latency 30ms"),
        ("script r silent", "script r honest"),
    ] {
        assert_eq!(planned(first, second, "2s"), [""; 0]);
        // At one time they are performed in the order of the file.
        let told_of = planned(second, first, "1s");
        let is_told = told_of.iter().any(|told| told.contains(ENDS));
        assert!(is_told, "{first}: {told_of:?}");
    }
    let heals = r#"faults = [{ at = "1s", do = "heal-all" }]"#;
    let told_of = told(heals, HOSTS, &["run 9s"]);
    let words = "no line injects a fault of the network";
    assert!(
        told_of.len() == 1 && told_of[0].contains(words),
        "{told_of:?}"
    );
    assert_eq!(told(heals, HOSTS, &["cut a b", "run 9s"]), [""; 0]);
    let moves = r#"faults = [{ at = "1s", do = "move a to=@a" }]"#;
    let told_of = told(moves, HOSTS, &["run 9s"]);
    assert!(told_of.len() == 1 && told_of[0].contains("has this address already"));
}
