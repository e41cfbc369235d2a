//! Replies that no line reads.

use super::{accepted, refused};
use crate::report_of;

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
