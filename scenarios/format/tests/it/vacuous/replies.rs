//! Replies that no line reads.

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
