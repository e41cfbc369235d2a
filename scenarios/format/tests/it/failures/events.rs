//! What is told of hosts and their latest events.

use super::{HEAD, assert_shown, report};

#[test]
fn a_table_is_told_once() {
    let report = report(&format!(
        r#"{HEAD}steps = ["add-address a b", "run 1s", "remove-peer a b", "add-address a c", "run 1s", "expect knows a b"]
"#
    ));
    assert_shown(&report, &["      + c connected /ip4/", "      - b "]);
    assert!(!report.contains("its table has"), "{report}");
}

#[test]
fn the_hosts_of_the_failed_line_come_before_others() {
    let report = report(&format!(
        r#"{HEAD}steps = [
  "add-address a b",
  "find-peers a song as=q",
  "connect c b",
  "connect b c",
  "expect found q d,c",
]
"#
    ));
    let hosts = report.split_once("\nhosts:\n").expect("hosts").1;
    let names: Vec<_> = hosts
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(": "))
        .filter(|(name, _)| !name.starts_with(' '))
        .map(|(name, _)| name)
        .take(3)
        .collect();
    assert_eq!(names, ["a", "d", "c"], "{report}");
}

#[test]
fn of_several_failures_the_first_line_has_their_number() {
    let report = report(
        r#"format = 1
name = "fails"
about = "An application that does not tell kad of closed connections"
transports = ["mux"]
stacks = ["faulty-hides-disconnects"]
hosts = [{ name = "a" }, { name = "b" }]
steps = ["add-address a b", "find-peers a song", "run 1m", "expect connected a b"]
"#,
    );
    assert!(
        report.starts_with("failure 1 of 2: step 4 of 4 failed at "),
        "{report}"
    );
    assert_shown(
        &report,
        &["\nfailure 2 of 2: violated: status-means-connected ("],
    );
}

#[test]
fn a_host_that_reaches_itself_through_its_router_is_told() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A dial of a peer leads back to the host"
transports = ["mux"]
routers = [{ name = "fine", hairpin = true, port_mapping = true }]
hosts = [{ name = "c", behind = "fine" }, { name = "d", behind = "fine" }, { name = "x" }]
steps = ["map-port c", "dial c router:fine peer=d"]
"#,
    );
    assert_shown(
        &report,
        &["the host reaches itself at /ip4/12.0.0.1/tcp/4001, through router fine"],
    );
    assert!(
        !report.contains("which is the address of no host"),
        "{report}"
    );
}

#[test]
fn a_peer_that_answers_for_another_has_its_name() {
    let report = report(
        r#"format = 1
name = "fails"
about = "Another host answers"
transports = ["mux"]
hosts = [{ name = "a" }, { name = "b" }, { name = "c" }]
steps = ["dial a @b peer=c"]
"#,
    );
    assert_shown(
        &report,
        &["fails: another peer answers, b at /ip4/10.0.0.2/tcp/4001"],
    );
}

/// Of the addresses of a peer that a host behind no router has.
#[test]
fn a_dial_of_a_router_names_the_router() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A dial of a router"
transports = ["mux"]
routers = [{ name = "home" }]
hosts = [{ name = "x" }, { name = "a", behind = "home" }]
steps = ["dial x router:home peer=a"]
"#,
    );
    assert_shown(
        &report,
        &["is dialled, to /ip4/12.0.0.1/tcp/4001, the address of router home"],
    );
}

#[test]
fn a_reset_without_a_fault_is_one_by_the_remote() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A router forgets a connection"
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
    assert!(!report.contains("by a fault"), "{report}");
    let reset = "ends: reset by the remote";
    assert_shown(&report, &[reset]);
}

/// The client of a relay has the transport of circuits, also if its dial has failed.
#[test]
fn addresses_by_a_relay_that_a_host_dials_are_not_counted_as_others() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A circuit to a peer that has no place at the relay"
transports = ["mux"]
hosts = [
  { name = "relay", settings = { traversal = { relay = {} } } },
  { name = "a", settings = { traversal = { relay_client = true } } },
  { name = "b", settings = { traversal = { relay_client = true } } },
]
steps = [
  "connect a relay",
  "add-address a b address=@relay/p2p-circuit/p2p/b",
  "dial a @relay/p2p-circuit/p2p/b peer=b fails",
  "run 1s",
  "expect table a =0",
]
"#,
    );
    assert_shown(&report, &["/p2p-circuit\n"]);
    let counted = "1 address that the host does not dial";
    assert!(!report.contains(counted), "{report}");
}
