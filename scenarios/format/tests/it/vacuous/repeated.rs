//! Repetitions of what has an effect once.

use super::HOSTS;
use crate::problems_of;
use dht_scenarios::Stacks;

/// The problems of a file with these elements of `steps`.
fn told(steps: &str) -> Vec<String> {
    let hosts = HOSTS.replace("  { name = \"late\", later = true },\n", "");
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"Green by mistake\"\nhosts = [{hosts}]\n\
         steps = [\"connect h,a,b h,a,b\", {steps}]\n"
    );
    problems_of(&text, &Stacks::standard())
}

#[test]
fn a_repetition_changes_something_each_time() {
    for lines in [
        r#""expect knows a b""#,
        r#""expect knows a b", "expect knows b a""#,
        r#""settle""#,
        r#""slow a 5ms""#,
        r#""drop-messages a find-node""#,
        r#""script r silent""#,
    ] {
        let told_of = told(&format!("{{ repeat = 9, steps = [{lines}] }}"));
        assert_eq!(told_of.len(), 1, "{lines}: {told_of:?}");
    }
    for lines in [
        r#"as = "i", steps = ["expect knows a h{i}"]"#,
        r#"steps = ["run 1s", "expect knows a b"]"#,
        r#"steps = ["eventually 1s knows a b"]"#,
        // libp2p may be asked to stand it.
        r#"steps = ["add-address a b"]"#,
        r#"steps = ["set-mode a client", "set-mode a server"]"#,
    ] {
        let told_of = told(&format!("{{ repeat = 3, {lines} }}"));
        assert_eq!(told_of, [""; 0], "{lines}");
    }
}

#[test]
fn what_is_repeated_is_done_more_than_once() {
    let told_of = told(r#"{ repeat = 1, steps = ["run 1s"] }"#);
    let words = "so that nothing is repeated";
    assert!(
        told_of.len() == 1 && told_of[0].contains(words),
        "{told_of:?}"
    );
    assert_eq!(told(r#"{ repeat = 2, steps = ["run 1s"] }"#), [""; 0]);
}
