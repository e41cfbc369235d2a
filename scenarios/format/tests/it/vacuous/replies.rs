//! Replies that no line reads.

use crate::report_of;

use super::{accepted, refused};

#[test]
fn a_reply_with_a_name_is_read() {
    for asks in ["ask r a find-node k", "send r a hex:00"] {
        let named = format!("{asks} as=x");
        refused(&[&named], "no line reads the reply `x`");
        refused(
            &[&named, "run 1s", &named, "expect reply x message"],
            "another reply is called `x` before",
        );
        let read = "expect reply x message";
        accepted(&[&named, read]);
        accepted(&[&named, "eventually 5s not reply-names x b"]);
        accepted(&[&named, read, "run 1s", &named, read]);
        accepted(&[asks]);
    }
}

#[test]
fn an_unread_reply_to_a_request_that_stores_is_told_in_the_report() {
    let hosts = r#"{ name = "a" }, { name = "r", stack = "raw", script = "honest" }"#;
    let idle = |rest: &str| {
        let text = format!(
            "format = 1\nname = \"idle\"\nabout = \"A reply that is not read\"\nhosts = [{hosts}]\nsteps = [\"connect r a\", \"ask r a put-value k value=v as=x\", \"run 1s\", {rest}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    assert_eq!(
        idle("\"expect stores a k\""),
        ["`ask r a put-value k value=v as=x`, step 2: no line reads the reply `x`"]
    );
    assert_eq!(idle("\"expect reply x message\""), [""; 0]);
}

#[test]
fn a_request_whose_reply_no_line_can_read_is_told_in_the_report() {
    let idle = |steps: &str| {
        let text = format!(
            "format = 1\nname = \"ask\"\nabout = \"A request\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"r\", stack = \"raw\", script = \"honest\" }}, {{ name = \"b\" }}]\n\
             steps = [\"connect r b\", {steps}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    let ask = r#""ask r b find-node peer:b""#;
    let told = "`ask r b find-node peer:b`, step 2: no line reads the reply, and the request stores nothing";
    assert_eq!(idle(ask), [told]);
    assert_eq!(
        idle(&format!(
            r#"{ask}, "ask r b find-node k", "expect reply last message""#
        )),
        [told]
    );
    assert_eq!(
        idle(&format!(r#"{ask}, "expect reply last message""#)),
        [""; 0]
    );
    assert_eq!(idle(r#""ask r b put-value k value=la", "run 1s""#), [""; 0]);
    assert_eq!(idle(r#""send r b hex:ffff", "run 1s""#), [""; 0]);
}
