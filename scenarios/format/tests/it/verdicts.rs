//! The machine-readable report of a failed case.

use dht_scenarios::CaseReport;
use rstest::rstest;
use serde_json::{Value, json};

use crate::report_of;

/// The report of the only case of a scenario with these lines.
fn report(lines: &str) -> CaseReport {
    let text = format!(
        r#"format = 1
name = "fails"
about = "A failing scenario"
transports = ["mux"]
stacks = ["kad"]
hosts = [{{ name = "a" }}, {{ name = "b" }}]
{lines}
"#
    );
    report_of(&text)
}

/// A failed step, as JSON.
fn step(index: usize, step: &str, cause: &str) -> Value {
    json!([{ "what": "step", "index": index, "step": step, "cause": cause }])
}

#[rstest]
#[case::condition(
    r#"steps = ["run 1s", "expect knows a b"]"#,
    step(1, "expect knows a b", "condition-unmet")
)]
#[case::condition_in_time(
    r#"steps = ["eventually 1s knows a b"]"#,
    step(0, "eventually 1s knows a b", "condition-unmet")
)]
#[case::no_failure(r#"steps = ["run 1s fails"]"#, step(0, "run 1s fails", "did-not-fail"))]
#[case::other_failure(
    r#"steps = ["close b", "connect b a fails=refused"]"#,
    step(1, "connect b a fails=refused", "failed-otherwise")
)]
#[case::failed_dial(
    r#"steps = ["crash b", "dial a @b"]"#,
    step(1, "dial a @b", "host-error")
)]
#[case::recovery(
    r#"steps = ["run 1s", "recover 1s"]"#,
    step(1, "recover 1s", "not-recovered")
)]
#[case::violation(
    r#"steps = ["add-address a b", "dial a @b", "find-peers a song", "run 1s"]"#,
    json!([{ "what": "violation", "invariant": "entries-are-dialable", "kind": "duplicate-address" }])
)]
#[case::unexpected_pass(
    "known = [{ id = \"MINE\", about = \"Time passes\" }]\n\
     allow = [{ id = \"MINE\", step = \"run 1s\" }]\nsteps = [\"run 1s\"]",
    json!([{ "what": "unexpected-pass", "id": "MINE", "expected": "the failure of the step \"run 1s\"" }])
)]
#[case::pass(r#"steps = ["run 1s"]"#, json!([]))]
fn the_fields_describe_the_failure_of_a_case(#[case] lines: &str, #[case] violated: Value) {
    let report = report(lines);
    let mut seen = serde_json::to_value(&report).expect("plain data")["violated"].take();
    // Of a violation and of a failed step, this test is about what identifies them.
    for failure in seen.as_array_mut().expect("a list") {
        let failure = failure.as_object_mut().expect("an object");
        if failure["what"] != "unexpected-pass" {
            let circumstances = ["expected", "seen", "reason", "hosts", "faults", "at"];
            failure.retain(|key, _| !circumstances.contains(&key.as_str()));
        }
    }
    assert_eq!(seen, violated, "{report:?}");
    let is_failed = violated.as_array().is_some_and(|list| !list.is_empty());
    assert_eq!(report.report.is_some(), is_failed);
}

#[test]
fn the_circumstances_of_a_failure_are_data() {
    let fault = "faults = [{ at = \"0s\", do = \"loss 0.1 of=a id=bad\" }]\n";
    let of_step = report(&format!(
        "{fault}steps = [\"run 1s\", \"expect knows a b\"]"
    ));
    let of_violation = report(&format!(
        "{fault}steps = [\"add-address a b\", \"dial a @b\", \"find-peers a song\", \"run 1s\"]"
    ));
    for (report, reason) in [
        (of_step, "a: b is not in its table"),
        (of_violation, "b: /ip4/"),
    ] {
        let seen = serde_json::to_value(&report).expect("plain data");
        let failure = &seen["violated"][0];
        assert_eq!(failure["hosts"][0], "a", "{failure}");
        assert_eq!(failure["faults"], json!(["loss"]), "{failure}");
        assert!(failure["at"].as_u64().is_some_and(|at| at > 0), "{failure}");
        let text = failure["reason"].as_str().expect("a text");
        assert!(text.contains(reason), "{failure}");
    }
}

#[rstest]
#[case::network("blackhole a b id=hole")]
#[case::without_a_name("blackhole a b")]
#[case::filter("drop-messages b find-node")]
#[case::delay("delay-messages b find-node 1s")]
fn a_planned_fault_without_effect_fails_the_run(#[case] fault: &str) {
    let planned = |steps: &str| {
        let faults = format!("faults = [{{ at = \"1s\", do = {fault:?}, must_fire = true }}]");
        report(&format!("{faults}\nsteps = [{steps}]"))
    };
    let idle = planned("\"run 5s\"");
    let seen = serde_json::to_value(&idle).expect("plain data");
    assert_eq!(seen["violated"][0]["what"], "run", "{idle:?}");
    assert_eq!(seen["violated"][0]["cause"], "fault-without-effect");
    let met = planned("\"add-address a b\", \"run 2s\", \"find-peers a song\"");
    assert!(met.verdict.is_ok(), "{met:?}");
}

#[test]
fn an_allowed_step_may_occur_several_times() {
    let report = report(
        "allow = [{ id = \"D1\", step = \"expect knows a b\" }]\n\
         steps = [\"expect knows a b\", \"run 1s\", \"expect knows a b\"]",
    );
    assert!(report.verdict.is_ok(), "{report:?}");
    assert!(report.violated.is_empty());
}
