//! The diagnoses of tables fit the failure, and stand in no other report.

use rstest::rstest;

use super::{HEAD, assert_passes, assert_shown, report};

/// The report of a file with these steps.
fn told(steps: &str) -> String {
    report(&format!("{HEAD}steps = [{steps}]\n"))
}

#[rstest]
#[case::connected(r#""connect a d", "run 5s", "expect not connected a d""#)]
#[case::not_connected(r#""connect a d", "crash d", "run 30s", "expect connected a d""#)]
#[case::waiting(r#""connect a d", "run 5s", "eventually 1s not connected a d""#)]
#[case::entries(r#""add-address a b", "expect not entry-addresses a b =1""#)]
#[case::no_entries(r#""add-address a b", "crash b", "expect table a =0""#)]
#[case::stores(r#""connect a d", "run 5s", "start provide d song", "expect provider a song d""#)]
#[case::found(r#""add-address a b", "find-peers a song as=q", "expect not found q b""#)]
#[case::ended(r#""find-peers a song as=q", "expect not answer q peers""#)]
#[case::router(r#""start-connect a d", "run 5s", "expect connections d =2""#)]
fn a_failure_that_no_entry_would_mend_has_no_diagnosis(#[case] steps: &str) {
    let report = told(steps);
    assert!(!report.contains("no usable entry"), "{report}");
}

#[rstest]
#[case::entry(r#""add-address b,a c", "crash c", "expect knows a b""#)]
#[case::size(r#""add-address a c", "crash c", "expect table a >=2""#)]
#[case::query(r#""add-address b,a c", "crash c", "find-peers a song as=q", "expect found q b""#)]
fn the_table_of_the_host_that_fails_is_diagnosed_and_no_other(#[case] steps: &str) {
    let report = told(steps);
    assert_shown(
        &report,
        &["table of a: no usable entry for c: the host of the address is down"],
    );
    assert!(!report.contains("table of b"), "{report}");
}

#[test]
fn an_identify_exchange_that_failed_is_told_from_one_that_nobody_runs() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A connection is lost before identify has run"
transports = ["mux"]
routers = [{ name = "home", port_mapping = true }]
hosts = [{ name = "x" }, { name = "a", behind = "home" }]
steps = [
  "map-port a",
  "dial x router:home peer=a",
  "restart-router home",
  "run 1m",
  "expect knows x a",
]
"#,
    );
    assert_shown(
        &report,
        &[
            "table of x: no usable entry for a: a connection came up and the identify exchange on it \
             failed",
            "in a file: add a step `connect` after that",
        ],
    );
    assert!(!report.contains("identify::Behaviour"), "{report}");
}

#[test]
fn a_peer_that_has_told_no_address_does_not_lack_identify() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A peer that does not listen"
transports = ["mux"]
hosts = [{ name = "a" }, { name = "silent", dial_only = true }]
steps = ["connect silent a", "run 5s", "expect knows a silent"]
"#,
    );
    assert!(!report.contains("no identify exchange"), "{report}");
    assert_shown(&report, &["table of a: no usable entry for silent: "]);
}

#[test]
fn a_peer_without_identify_is_told() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A peer that has kad alone"
transports = ["mux"]
hosts = [{ name = "a" }, { name = "bare", stack = "kad" }]
steps = ["connect bare a", "run 5s", "expect knows a bare"]
"#,
    );
    assert_shown(
        &report,
        &["table of a: no usable entry for bare: a connection came up and no identify exchange"],
    );
}

/// Of two connections between the hosts.
#[rstest]
#[case::one("stall a b only=oldest id=wedge", "not diagnosis a b undialable")]
#[case::all("stall a b id=wedge", "diagnosis a b undialable")]
fn a_stall_separates_hosts_if_it_affects_all_their_connections(
    #[case] stall: &str,
    #[case] expected: &str,
) {
    assert_passes(&format!(
        r#"format = 1
name = "fails"
about = "A stall"
transports = ["mux"]
hosts = [{{ name = "a" }}, {{ name = "b" }}]
steps = [
  "start-connect a b",
  "start-connect b a",
  "run 2s",
  "expect connections a =2",
  "{stall}",
  "run 1s",
  "expect {expected}",
]
"#
    ));
}

#[test]
fn a_stall_does_not_affect_a_connection_that_came_up_after_it() {
    assert_passes(
        r#"format = 1
name = "fails"
about = "A stall"
transports = ["mux"]
hosts = [{ name = "a" }, { name = "b" }]
steps = [
  "connect a b",
  "run 2s",
  "stall a b id=wedge",
  "run 1s",
  "expect diagnosis a b undialable",
  "start-connect a b",
  "run 1s",
  "expect not diagnosis a b undialable",
]
"#,
    );
}
