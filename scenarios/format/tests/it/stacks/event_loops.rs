//! Hosts that are applications with their own event loop do what steps ask.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use dht_scenarios::{Application, Case, Scenario, StackCapabilities, Stacks, Verdict};
use rstest::rstest;

use super::{CAPABLE, hidden, scenario, stacks};

/// The hosts of the scenarios. The last one comes later, for steps that spawn it.
const HOSTS: &str = r#"stacks = ["mine"]
hosts = [
  { name = "a" },
  { name = "b", bootstrap = "a" },
  { name = "d", dial_only = true },
  { name = "c", later = true, bootstrap = "a" },
]"#;

/// The failures of the cases of a scenario.
fn failures(stacks: &Stacks, steps: &[&str]) -> Vec<String> {
    let mut hosts: Vec<&str> = HOSTS.lines().collect();
    if !steps.iter().any(|step| step.starts_with("spawn c")) {
        hosts.retain(|line| !line.contains("later = true"));
    }
    let file = scenario(stacks, &hosts.join("\n"), steps);
    let scenario = Scenario::of_file("test", file, stacks);
    let run = |case: Case<'_>| match case.run(0).verdict {
        Verdict::Passed => None,
        other => Some(format!("{other:?}")),
    };
    scenario.cases().filter_map(run).collect()
}

#[rstest]
#[case::bootstrap(&["expect knows b a", "bootstrap b", "eventually 5s knows a b"])]
#[case::connections(&[
    "connect a b", "eventually 1s connected b a", "disconnect a b", "eventually 1s not connected b a",
    "start-connect b a", "eventually 1s connected a b", "expect dials b =0",
])]
#[case::addresses(&["dial d @a", "eventually 1s connected d a", "dial a @d fails"])]
#[case::listeners(&[
    "expect listeners a =1", "expect listeners d =0", "unlisten a", "eventually 1s listeners a =0",
    "connect b a fails", "listen a", "connect b a",
])]
#[case::external(&[
    "expect external a =1", "remove-external a", "eventually 1s external a =0",
    "add-external a", "eventually 1s external a =1",
])]
#[case::modes(&[
    "expect mode a server", "set-mode a client", "eventually 1s mode a client",
    "set-mode a auto", "eventually 1s mode a server",
])]
#[case::tables(&[
    "connect b a", "eventually 1s knows a b", "snapshot b before", "remove-peer b a",
    "expect not knows b a", "expect not same-table b before", "add-address b a",
    "expect knows b a", "remove-address b a",
])]
#[case::records(&[
    "connect b a", "eventually 1s knows a b", "put b song la", "expect stores a song value=la",
    "store-local b other li", "expect records b =2", "get a other", "expect values last =1",
    "remove-local b other", "expect not stores b other",
])]
#[case::providers(&[
    "connect b a", "eventually 1s knows a b", "provide a song", "expect provides a song",
    "find-providers b song", "expect found last a", "stop-providing a song",
    "expect not provides a song", "start find-peers b peer:a as=q", "stop q",
    "eventually 1s ended q",
])]
#[case::lives(&[
    "spawn c", "expect knows c a", "crash c", "expect state c crashed", "restart c",
    "expect not knows c a", "add-address c a", "close c", "expect state c closed",
    "expect sockets c =0", "restart c lose-identity", "start-close c", "eventually 5s state c closed",
])]
#[case::churn(&["churn b 1m 10s 5s", "expect state b open", "add-address b a", "bootstrap b"])]
#[case::pauses(&["pause a", "run 1s", "resume a", "connect b a"])]
#[case::moves(&["move a", "unlisten a", "listen a", "connect b a"])]
#[case::filters(&["block a b fails=event", "drop-messages a find-node fails=event"])]
#[case::no_commands(&["run 1s"])]
fn steps_are_carried_out(#[case] steps: &[&str]) {
    let failures = failures(&stacks(CAPABLE), steps);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn an_expectation_that_does_not_hold_fails_on_both_transports() {
    let failures = failures(&stacks(CAPABLE), &["expect knows a b"]);
    assert_eq!(failures.len(), 2, "{failures:?}");
    assert!(failures[0].contains("expect knows a b"), "{failures:?}");
}

/// The handle of an application that counts.
#[derive(Clone)]
struct Counter(Arc<AtomicU64>);

impl Application for Counter {
    fn command(&mut self, words: &[&str]) -> Result<(), String> {
        let ["count", number] = words else {
            return Err("the only command is `count NUMBER`".to_owned());
        };
        let number: u64 = number
            .parse()
            .map_err(|error| format!("{number}: {error}"))?;
        self.0.fetch_add(number, Ordering::Relaxed);
        Ok(())
    }

    fn readings(&self) -> Vec<(&'static str, u64)> {
        vec![("counted", self.0.load(Ordering::Relaxed))]
    }
}

/// Applications whose DHT the harness does not see; their handles are counters.
fn counting() -> Stacks {
    let capabilities = StackCapabilities {
        shows_dht: false,
        ..StackCapabilities::event_loop()
    };
    Stacks::standard().with_event_loop_application("mine", capabilities, |node, _| {
        hidden(node, Counter(Arc::default()))
    })
}

#[test]
fn commands_and_readings_go_through_the_handle() {
    let file = [
        r#"app-command a "count 2""#,
        "expect app-metric a counted =2",
        r#"app-command a "count x" fails="x: invalid digit""#,
        r#"app-command a "forget" fails="the only command""#,
        "close a",
        // The handle outlives the application.
        "expect app-metric a counted =2",
        r#"app-command a "count 1" fails"#,
        "restart a",
        "expect app-metric a counted =0",
    ];
    let keys = "stacks = [\"mine\"]\nhosts = [{ name = \"a\" }]";
    let stacks = counting();
    let scenario = Scenario::of_file("test", scenario(&stacks, keys, &file), &stacks);
    for case in scenario.cases() {
        let verdict = case.run(0).verdict;
        assert!(matches!(verdict, Verdict::Passed), "{verdict:?}");
    }
}

#[test]
fn what_the_harness_does_not_see_is_refused_with_a_remedy() {
    let keys = "stacks = [\"mine\"]\nhosts = [{ name = \"a\" }, { name = \"b\" }]";
    let stacks = counting();
    for step in [
        "find-peers a song",
        "add-address a b",
        "connect a b",
        "add-external a",
    ] {
        let scenario = Scenario::of_file("test", scenario(&stacks, keys, &[step]), &stacks);
        let report = scenario.cases().next().expect("a case").run(0);
        let Verdict::Failed(text) = report.verdict else {
            panic!("{step}: {:?}", report.verdict);
        };
        assert!(text.contains("dht_harness::kad"), "{step}: {text}");
    }
}
