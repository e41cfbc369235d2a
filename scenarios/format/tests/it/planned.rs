//! What is told of planned faults whose hosts are down.

use std::path::Path;

use dht_scenarios::{CaseReport, Stacks, file::parse};
use rstest::rstest;

use crate::{problems_of, report_of};

/// The report of a run with these planned faults.
fn report(faults: &str, steps: &str) -> CaseReport {
    report_of(&file(faults, steps))
}

/// A file with these planned faults.
fn file(faults: &str, steps: &str) -> String {
    let faults = match faults {
        "" => String::new(),
        faults => format!("faults = [{faults}]"),
    };
    format!(
        r#"format = 1
name = "planned"
about = "Planned faults that follow each other"
transports = ["mux"]
stacks = ["kad"]
hosts = [{{ name = "a" }}, {{ name = "b", bootstrap = "a" }}, {{ name = "c" }}]
{faults}
steps = [{steps}]
"#
    )
}

/// What the report lists as without effect.
fn in_vain(report: &CaseReport) -> Vec<String> {
    let faults = report.unfired_faults.iter();
    faults.map(ToString::to_string).collect()
}

const TWICE: &str = r#"
  { at = "1s", do = "crash a" },
  { at = "2s", do = "crash a" },
  { at = "2s", do = "start-close a" },
  { at = "2s", do = "crash a,c" },
  { at = "3s", do = "pause a,c" },
  { at = "4s", do = "restart a" },
"#;

#[rstest]
#[case("crash a")]
#[case("start-close a")]
#[case("slow a 1s")]
#[case("set-mode a client")]
fn a_planned_fault_of_hosts_that_stay_down_is_refused(#[case] action: &str) {
    let faults = |last: &str| {
        let faults = [("1s", "crash a"), ("2s", action), ("3s", last)];
        let faults = faults.map(|(at, action)| format!("{{ at = {at:?}, do = {action:?} }}"));
        problems_of(
            &file(&faults.join(", "), "\"run 10s\""),
            &Stacks::standard(),
        )
    };
    let told = faults("crash c");
    let [problem] = told.as_slice() else {
        panic!("{told:?}");
    };
    let says = "`a` is down at that time: `crash a` is planned for 1s after the start";
    assert!(problem.contains(says), "{problem}");
    assert_eq!(faults("restart a"), Vec::<String>::new());
}

#[test]
fn a_planned_fault_of_hosts_that_another_one_has_stopped_is_listed() {
    let report = report(TWICE, r#""run 10s""#);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    assert_eq!(
        in_vain(&report),
        [
            "`crash a`, planned for 2s: a was down already",
            "`start-close a`, planned for 2s: a was down already",
            "`pause a,c`, planned for 3s: a, c were down already",
        ]
    );
    assert_eq!(report.unfired_faults[2].down, ["a", "c"]);
    assert!(report.unfired_faults[2].installed);
}

#[test]
fn a_fault_of_a_step_that_met_nothing_is_listed() {
    let steps =
        r#""reset a", "cut a b id=x", "unlisten c", "heal x", "cut a b id=y", "connect b a fails""#;
    let report = report("", steps);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    assert_eq!(
        in_vain(&report),
        [
            "`reset a`, step 1, at 0s: it was in force and met nothing",
            "`cut a b id=x`, step 2, at 0s: it was in force and met nothing",
        ]
    );
}

#[test]
fn a_filter_that_no_message_meets_is_listed() {
    let faults = r#"{ at = "1s", do = "delay-messages a put-value 5s" }"#;
    let steps = r#"
      "drop-messages a get-value", "drop-messages a,b find-node", "run 2s", "find-peers b song",
    "#;
    let report = report(faults, steps);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    assert_eq!(
        in_vain(&report),
        [
            "`delay-messages a put-value 5s`, planned for 1s: it was in force and met nothing",
            "`drop-messages a get-value`, step 1, at 0s: it was in force and met nothing",
        ]
    );
}

#[test]
fn a_planned_fault_of_hosts_that_are_up_again_is_not_listed() {
    let faults = r#"
      { at = "1s", do = "crash a" },
      { at = "2s", do = "restart a" },
      { at = "3s", do = "crash a" },
    "#;
    let report = report(faults, r#""run 10s""#);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    assert_eq!(in_vain(&report), Vec::<String>::new());
}

#[test]
fn a_planned_fault_that_fails_is_named_with_its_host() {
    let faults = r#"
      { at = "1s", do = "crash a" },
      { at = "2s", do = "set-mode a client" },
      { at = "3s", do = "restart a" },
    "#;
    let report = report(faults, r#""run 10s""#);
    let told = report.verdict.failure().expect("it fails");
    let says = "the planned fault `set-mode a client`, due at 2s, failed: a is down";
    assert!(told.contains(says), "{told}");
    assert!(
        !told.lines().any(|line| line.contains("host 12D3")),
        "{told}"
    );
    assert_eq!(
        in_vain(&report),
        [
            "`set-mode a client`, planned for 2s: a was down already",
            "`restart a`, planned for 3s: the run ended before",
        ]
    );
}

#[test]
fn a_planned_heal_that_fails_is_named() {
    let faults = r#"{ at = "1s", do = "partition a | b id=split", until = "5s" }"#;
    let report = report(faults, r#""run 2s", "heal-all", "run 10s""#);
    let told = report.verdict.failure().expect("it fails");
    let says =
        "the planned fault `heal split`, due at 5s, failed: the fault `split` is not in force";
    assert!(told.contains(says), "{told}");
}

#[test]
fn a_planned_query_that_has_not_started_is_told_as_such() {
    let faults = r#"{ at = "3s", do = "start find-peers b song as=q" }"#;
    for condition in ["ended q", "not peers q >=1"] {
        let report = report(
            faults,
            &format!("\"run 1s\", \"expect {condition}\", \"run 5s\""),
        );
        let told = report.verdict.failure().expect("it fails");
        assert!(told.contains("the query `q` has not started"), "{told}");
    }
}

#[rstest]
#[case(
    "crash a",
    "until = \"2s\"",
    "remove `until`; plan a `restart` for that time"
)]
#[case("declare-dead a", "until = \"2s\"", "remove `until`; nothing ends it")]
#[case("reset a id=now", "until = \"2s\"", "takes place at once")]
#[case("partition a | b", "until = \"2s\"", "add `id=NAME`")]
#[case("crash a", "must_fire = true", "remove it from this `crash`")]
#[case(
    "bandwidth 1000 of=b",
    "must_fire = true",
    "remove it from this `bandwidth`"
)]
fn the_advice_for_a_planned_fault_is_possible(
    #[case] action: &str,
    #[case] key: &str,
    #[case] says: &str,
) {
    let text = format!(
        r#"format = 1
name = "planned"
about = "A planned fault"
hosts = [{{ name = "a", stack = "raw", script = "silent" }}, {{ name = "b" }}]
faults = [{{ at = "1s", do = "{action}", {key} }}]
steps = ["run 5s"]
"#
    );
    let problems = parse(Path::new("planned.toml"), &text, None).expect_err("it is wrong");
    let [problem] = problems.list.as_slice() else {
        panic!("{problems}");
    };
    assert!(problem.text.contains(says), "{problem:?}");
}
