//! The failure report of a scenario contains what is needed to understand it, and
//! fits on a screen.

mod conditions;
mod diagnoses;
mod events;
mod routers;

use std::path::Path;

use dht_scenarios::{Scenario, Stacks, Verdict, file::parse};
use rstest::rstest;

use crate::report_of;

/// The failure report of the first case of a scenario, which has to fail.
fn report(text: &str) -> String {
    match report_of(text).verdict {
        Verdict::Failed(report) => report,
        verdict => panic!("the scenario should fail: {verdict:?}"),
    }
}

/// Runs all cases of a scenario.
fn assert_passes(text: &str) {
    let file = parse(Path::new("fails.toml"), text, None).unwrap_or_else(|wrong| panic!("{wrong}"));
    for case in Scenario::of_file("test", file, &Stacks::standard()).cases() {
        assert_eq!(case.run(0).verdict, Verdict::Passed, "{}", case.path());
    }
}

fn assert_shown(report: &str, lines: &[&str]) {
    for line in lines {
        assert!(report.contains(line), "{line:?} is missing in\n{report}");
    }
    assert!(
        report.lines().count() <= 40,
        "more than a screen:\n{report}"
    );
}

const HEAD: &str = r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  { name = "a", settings = { periodic_bootstrap = "never" } },
  { name = "b" },
  { name = "c" },
  { name = "d" },
]
"#;

#[test]
fn a_waiting_step_shows_the_table_changes_during_the_wait() {
    let report = report(&format!(
        r#"{HEAD}
steps = [
  "add-address a b,d",
  "connect a d",
  "run 1s",
  "remove-peer a b",
  "add-address a c",
  "eventually 20s knows a b",
]
"#
    ));
    assert_shown(
        &report,
        &[
            "step 6 of 6 failed at",
            "  expected: `knows a b`, within 20s",
            "  seen:     not true within 20s of virtual time: a: b is not in its table",
            "a: open, server, 0 connections, 2 entries in its table (2 at 1.02",
            "      + c disconnected /ip4/",
            "      - b connected /ip4/",
            "      ~ d connected /ip4/",
            "table of a: no usable entry for b: kad had entries for the peers, which the application",
        ],
    );
}

#[test]
fn an_immediate_step_shows_the_table_changes_of_the_previous_step() {
    let report = report(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "connect a d",
  "run 5s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &report,
        &[
            "step 4 of 4 failed at",
            "  expected: `knows a c`, now",
            "  seen:     a: c is not in its table",
            "a: open, server, 2 connections, 1 entry in its table (1 at 0.02",
            "      ~ b disconnected /ip4/",
        ],
    );
}

#[test]
fn an_unchanged_table_is_reported_as_unchanged() {
    let report = report(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "run 1s",
  "run 1s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &report,
        &[
            "a: open, server, 1 connection, 1 entry in its table (the same as at 1.0",
            "        b connected /ip4/",
            "reproduce: scenario fails with stack kad, transport mux, seed 0",
        ],
    );
}

/// The failure report of a network in which `a` is connected to a client and to a
/// host of another DHT.
fn explained(steps: &str) -> String {
    report(&format!(
        r#"format = 1
name = "fails"
about = "A table that lacks entries"
transports = ["mux"]
hosts = [
  {{ name = "a" }},
  {{ name = "client", settings = {{ mode = "auto", announce_address = false }} }},
  {{ name = "other", settings = {{ protocol = "/other/kad/1.0.0" }} }},
  {{ name = "alone" }},
  {{ name = "server" }},
]
steps = ["connect a client,other", {steps}]
"#
    ))
}

#[rstest]
#[case::client(
    r#""run 5s", "expect knows a client""#,
    "table of a: no usable entry for client: the peers are in kad's client mode",
    "add a step `add-external`"
)]
#[case::waiting(
    r#""eventually 20s knows a other""#,
    "table of a: no usable entry for other: the names of the kad protocol differ: \
     /ipfs/kad/1.0.0 here, /other/kad/1.0.0 there",
    "set the same `protocol`"
)]
#[case::always(
    r#""run 5s", "always 5s knows a client""#,
    "table of a: no usable entry for client: the peers are in kad's client mode",
    "add a step `add-external`"
)]
#[case::count(
    r#""run 5s", "expect table a >=1""#,
    "table of a: no usable entry for client: the peers are in kad's client mode",
    "add a step `add-external`"
)]
#[case::nothing_known(
    r#""run 5s", "expect knows server alone""#,
    "table of server: no usable entry: no address was ever added",
    "add `bootstrap` to the host"
)]
#[case::recovery(
    r#""run 5s", "recover 1m""#,
    "no usable entry for client: the peers are in kad's client mode",
    "add a step `add-external`"
)]
fn missing_table_entries_are_explained(
    #[case] steps: &str,
    #[case] cause: &str,
    #[case] in_a_file: &str,
) {
    let report = explained(steps);
    let in_a_file = format!("\n  in a file: {in_a_file}");
    assert_shown(&report, &[cause, "\n  remedy: ", &in_a_file]);
    assert_eq!(report.matches(cause).count(), 1, "{report}");
}

/// The step is about a query. What the report says of tables at its end has the remedy in the
/// words of files as well.
#[test]
fn tables_at_the_end_of_a_report_are_explained_for_the_file() {
    let report = explained(r#""run 5s", "find-peers a song as=q", "expect peers q >=1""#);
    let (_, end) = report.split_once("\nhosts:").expect("the hosts follow");
    assert_shown(
        end,
        &[
            "the peers are in kad's client mode",
            "\n  in a file: add a step `add-external`",
        ],
    );
}

#[test]
fn what_is_no_external_address_is_not_removed() {
    let withdrawn = |steps: &str| {
        report(&format!(
            r#"{HEAD}
steps = [{steps}, "expect knows a c"]
"#
        ))
    };
    let other = r#""remove-external a address=/ip4/10.0.0.2/tcp/4001""#;
    assert_shown(
        &withdrawn(other),
        &[
            "step 1 of 2 failed",
            "a: /ip4/10.0.0.2/tcp/4001 is no external address of it: it has /ip4/10.0.0.1/tcp/4001",
        ],
    );
    let lacking = "no external address of it: it has none";
    let both = withdrawn(&format!(r#""remove-external a", {other}"#));
    assert_shown(&both, &["step 2 of 3 failed", lacking]);
    let added = r#""add-external a address=/ip4/10.0.0.2/tcp/4001""#;
    let after = withdrawn(&format!("{added}, {other}"));
    assert_shown(&after, &["step 3 of 3 failed"]);
}

/// The report states what was seen, and contains no diagnosis.
#[rstest]
#[case::there(r#""connect a server", "run 5s", "expect not knows a server""#)]
#[case::elsewhere(r#""connect a server", "run 5s", "expect entry-addresses a server >=9""#)]
fn a_correct_table_is_not_explained(#[case] steps: &str) {
    let step_report = explained(steps);
    let step = step_report
        .split("\nhosts:")
        .next()
        .expect("the hosts follow");
    assert!(!step.contains("remedy"), "{step_report}");
}

/// The failure report of a step that fails once the hosts are up.
fn step_report(step: &str) -> String {
    report(&format!(
        r#"format = 1
name = "fails"
about = "An application that rejects a command"
transports = ["mux"]
stacks = ["pending-leak-sound"]
hosts = [
  {{ name = "a" }},
  {{ name = "b", stack = "kad" }},
]
steps = ['{step}']
"#
    ))
}

#[test]
fn the_report_contains_the_error_of_the_application() {
    for (step, lines) in [
        (
            r#"app-command a "fetsch song""#,
            [
                "a: `fetsch` is not a command of this application; did you mean `fetch`? the commands are",
                "`bootnode @HOST [TEXT]`, `fetch KEY [COUNT]`, `message @HOST`",
            ],
        ),
        (
            r#"app-command a "fetch song 2 3""#,
            ["a: `fetch song 2 3` is written", "`fetch KEY [COUNT]`"],
        ),
        (
            r#"app-command a "fetch song many""#,
            [
                "a: `many` is not a number of records",
                "step 1 of 1 failed at",
            ],
        ),
        (
            r#"app-command a "message b""#,
            ["a: `b` is not an address", "write `@HOST`"],
        ),
        (
            r#"app-command a "message /ip4/10.0.0.1/tcp/4001""#,
            ["has no peer id", "write `@HOST`"],
        ),
        (
            "expect app-metric a pendin =0",
            [
                "a reports no number named `pendin`; did you mean `pending`?",
                "the names are ready, pending, done",
            ],
        ),
        (
            "expect not app-metric a pending =0",
            ["a reports pending = 0", "step 1 of 1 failed at"],
        ),
    ] {
        assert_shown(&step_report(step), &lines);
    }
}

#[test]
fn a_missing_application_is_reported_with_the_stacks_that_have_one() {
    for step in ["app-command b go", "eventually 5s app-metric b pending =0"] {
        assert_shown(
            &step_report(step),
            &[
                "b has no application that accepts commands and reports numbers; stacks with one:",
                "own-address-bug, own-address-sound",
            ],
        );
    }
}

#[test]
fn a_host_that_is_down_accepts_no_command_and_reports_no_numbers() {
    let report = report(
        r#"format = 1
name = "fails"
about = "An application whose host is down"
transports = ["mux"]
stacks = ["pending-leak-sound"]
hosts = [{ name = "a" }]
steps = [
  "crash a",
  'app-command a "fetch song" fails',
  "expect not app-metric a pending =1",
]
"#,
    );
    assert_shown(
        &report,
        &[
            "step 3 of 3 failed at",
            "a is down: its application reports no numbers",
        ],
    );
}

#[test]
fn a_restart_waits_for_a_close_that_has_begun() {
    assert_passes(
        r#"format = 1
name = "fails"
about = "A host is restarted while it closes"
hosts = [{ name = "a" }, { name = "b" }]
steps = ["connect a b", "start-close b", "restart b", "run 1s", "connect a b", "expect connected a b"]
"#,
    );
}

#[test]
fn identities_can_be_near_those_of_a_host_that_is_declared_later() {
    assert_passes(
        r#"format = 1
name = "fails"
about = "Hosts in one bucket of another"
hosts = [
  { name = "near", count = 3, ground = { of = "a", bucket = 250 } },
  { name = "a" },
]
steps = ["add-address a near", "expect bucket a 250 =3"]
"#,
    );
}

#[test]
fn a_known_defect_of_libp2p_is_named_with_its_page_and_how_to_expect_it() {
    let file = parse(
        Path::new("fails.toml"),
        r#"format = 1
name = "fails"
about = "A host dials its bootstrap node by address"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  { name = "a", bootstrap = "b" },
  { name = "b" },
]
steps = ["dial a @b", "find-peers a song", "run 1s"]
"#,
        None,
    )
    .unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let report = scenario.cases().next().expect("a case").run(0);
    let ids: Vec<_> = report.may_be.iter().map(|known| &known.id).collect();
    assert_eq!(ids, ["B24"]);
    assert_shown(
        &report.remarks(),
        &[
            "entries-are-dialable/duplicate-address can be B24, a known defect of libp2p, \
             explained in scenarios/UPSTREAM.md: ",
            "allow = [{ id = \"B24\", violates = \"entries-are-dialable/duplicate-address\" }]",
        ],
    );
}

/// Those whose causes are in the file, and no other with the same signature.
#[rstest]
#[case("\"add-address a b\", \"crash b\", \"find-peers a song\"", &["B22", "D1"])]
#[case("\"add-address a b\", \"run 1s\"", &[])]
fn a_known_failure_that_a_step_can_be_is_named(#[case] steps: &str, #[case] expected: &[&str]) {
    let text = format!(
        r#"format = 1
name = "fails"
about = "An entry stays"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  {{ name = "a" }},
  {{ name = "b" }},
]
steps = [{steps}, "expect not knows a b"]
"#
    );
    let file =
        parse(Path::new("fails.toml"), &text, None).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let report = scenario.cases().next().expect("a case").run(0);
    let ids: Vec<_> = report.may_be.iter().map(|known| &known.id).collect();
    assert_eq!(ids, expected);
    let told = "the failure of `expect not knows` can be a known one of libp2p whose cause the file contains: B22 (";
    assert_eq!(report.remarks().contains(told), !expected.is_empty());
}

/// Nothing is known of what a reply names that never came.
#[rstest]
#[case("reply-peers x =0")]
#[case("not reply-peers x =1")]
#[case("not reply-names x a")]
#[case("not reply-record x")]
fn a_reply_that_never_came_has_nothing(#[case] condition: &str) {
    let file = |connects: &str| {
        format!(
            r#"format = 1
name = "fails"
about = "A reply that never came"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  {{ name = "a" }},
  {{ name = "b" }},
  {{ name = "r", stack = "raw", script = "honest" }},
]
steps = [{connects} "ask r b get-value song as=x", "expect {condition}"]
"#
        )
    };
    assert_passes(&file(r#""connect r b", "run 1s","#));
    let report = report(&file(""));
    let says = "the answer to `x` is no message, so that nothing is known of what it names";
    assert_shown(&report, &[says]);
}

/// `a` counts its connection with `b` after the crash, which no line before the run tells.
#[test]
fn a_host_that_a_planned_fault_has_crashed_is_not_connected() {
    let file = |steps: &str| {
        format!("{HEAD}\nfaults = [{{ at = \"1s\", do = \"crash b\" }}]\nsteps = [{steps}]")
    };
    let before = r#""connect a b", "connect a c", "run 2s""#;
    let report = report(&file(&format!(r#"{before}, "connect a b""#)));
    assert_shown(&report, &["the remote is down"]);
    assert_passes(&file(&format!(r#"{before}, "connect a b fails""#)));
}

#[test]
fn a_name_that_is_gone_can_be_set_in_the_file() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad"]
names = [{ name = "boot.example", hosts = "b" }]
hosts = [{ name = "a", addresses = "names" }, { name = "b" }]
faults = [{ at = "1s", do = "remove-name boot.example" }]
steps = ["run 2s", "dial a /dns4/boot.example/tcp/4001"]
"#,
    );
    let remedy = "in a file: declare the name under `names`, or add a step `set-name`";
    assert_shown(&report, &["there is no name boot.example", remedy]);
}
