//! Numbers that are the same in every run.

use super::{accepted, refused, told};

const MUX: &str = "transports = [\"mux\"]";

const TWO: &str = r#"{ name = "a" }, { name = "b", bootstrap = "a" }, { name = "r", stack = "raw", script = "honest", peers = "a" }"#;

#[test]
fn requests_that_are_counted_may_be_sent() {
    for (kind, step) in [
        ("get-value", "get a song"),
        ("put-value", "store-local a song la"),
        ("get-providers", "start find-providers a song"),
        ("add-provider", "provide a song"),
        ("put-value", "ask r a put-value song value=la"),
    ] {
        for bound in ["=0", "<=3"] {
            let line = format!("expect asked b a {kind} {bound}");
            let told_of = told(MUX, TWO, &["run 1s", &line]);
            let words = format!("this cannot fail: no line makes a host send a `{kind}`");
            assert!(
                told_of.len() == 1 && told_of[0].contains(&words),
                "{told_of:?}"
            );
            assert_eq!(told(MUX, TWO, &[step, &line]), [""; 0]);
        }
        // What a host has sent is known after it went down.
        let line = format!("expect asked b a {kind} =0");
        assert_eq!(told(MUX, TWO, &["crash b", &line]).len(), 1, "{kind}");
        // It fails, and tells why.
        let line = format!("expect asked b a {kind} >=1");
        assert_eq!(told(MUX, TWO, &["run 1s", &line]), [""; 0]);
    }
    // Tables are refreshed without a line.
    assert_eq!(
        told(MUX, TWO, &["run 1s", "expect asked b a find-node =0"]),
        [""; 0]
    );
}

#[test]
fn what_is_stored_is_stored_by_a_line() {
    for (lookup, line, gives) in [
        ("get a song", "expect not stores b song", "put a song la"),
        (
            "get a song",
            "expect holders a,b song =0",
            "store-local b song la",
        ),
        (
            "find-providers a song",
            "expect providers b song =0",
            "provide a song",
        ),
        (
            "find-providers a song",
            "expect not provides b song",
            "provide a song",
        ),
        (
            "find-providers a song",
            "expect not provider a song b",
            "start provide a song",
        ),
    ] {
        refused(
            &[lookup, line],
            "this cannot fail: steps look the key `song` up",
        );
        accepted(&[lookup, line, gives]);
        accepted(&[lookup, "crash a,b", line]);
    }
    // It fails, and tells why.
    accepted(&["get a song", "expect stores b song"]);
    let scripted = r#"{ name = "a", bootstrap = "r" }, { name = "r", stack = "raw", script = "record(6c61)" }"#;
    assert_eq!(
        told("", scripted, &["get a song", "expect not stores a song"]),
        [""; 0]
    );
}

#[test]
fn numbers_are_near_to_what_can_be() {
    for (line, other) in [
        ("expect listeners a <=100000", "expect listeners a <=2"),
        ("expect external a <100000", "expect external a <=1"),
        ("expect connections a <=100000", "expect connections a <=3"),
        ("expect under-way a <1000000", "expect under-way a <=1"),
        ("expect sockets a <=1000000", "expect sockets a <=9"),
    ] {
        refused(
            &["run 1s", line],
            "with the hosts and lines of the file it is at most",
        );
        accepted(&["run 1s", other]);
    }
}
