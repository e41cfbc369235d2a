//! What is told of tables whose hosts are behind routers.

use rstest::rstest;

use super::{assert_shown, report};

/// The report of a file with these routers, hosts and steps.
fn report_of(rest: &str) -> String {
    let head = r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad-identify"]
"#;
    report(&format!("{head}{rest}"))
}

/// The report of a file with a server in the internet and two homes with two hosts each.
fn told(router: &str, steps: &str) -> String {
    report_of(&format!(
        r#"routers = [{{ name = "home", count = 2{router} }}]
hosts = [
  {{ name = "s", settings = {{ idle_timeout = "1s", periodic_bootstrap = "never" }} }},
  {{ name = "a", count = 2, behind = "home0", settings = {{ idle_timeout = "1s", periodic_bootstrap = "never" }} }},
  {{ name = "b", count = 2, behind = "home1", settings = {{ idle_timeout = "1s", periodic_bootstrap = "never" }} }},
]
steps = [{steps}]
"#
    ))
}

#[rstest]
#[case::private_to_another_home(
    "",
    r#""add-address s b0", "expect entry-connected s b0""#,
    "the address is private to the network behind router home1, in which the host is not \
     (/ip4/192.168.1.2/tcp/4001/p2p/"
)]
// The other home has the same addresses, and a host of its own at this one.
#[case::private_from_another_home(
    "",
    r#""add-address a1 b0", "expect entry-connected a1 b0""#,
    "the address is private to the network behind router home1, in which the host is not"
)]
#[case::not_mapped(
    "",
    r#""add-address s b0 address=router:home1", "expect entry-connected s b0""#,
    "the address is that of router home1, which has not mapped the port (/ip4/12.0.0.2/tcp/4001/p2p/"
)]
#[case::filtered(
    "",
    r#""dial b0 @s", "add-address a0 b0 address=router:home1", "expect entry-connected a0 b0""#,
    "router home1 filters: it lets in those alone to which the host behind it has sent"
)]
#[case::no_hairpin(
    ", port_mapping = true",
    r#""map-port b0", "add-address b1 b0 address=router:home1", "expect entry-connected b1 b0""#,
    "the address is that of router home1 in front of the host, which leads nothing back inside"
)]
fn the_obstacle_of_an_address_is_the_router(
    #[case] router: &str,
    #[case] steps: &str,
    #[case] words: &str,
) {
    let report = told(router, steps);
    assert!(report.contains(words), "{report}");
    assert!(!report.contains("no host has the ip"), "{report}");
    assert!(report.contains("\n  in a file: "), "{report}");
}

#[rstest]
#[case::port_mapped(
    ", port_mapping = true",
    r#""map-port b0", "add-address s b0 address=router:home1", "expect entry-connected s b0""#
)]
#[case::open(
    r#", filtering = "endpoint-independent""#,
    r#""dial b0 @s", "add-address a0 b0 address=router:home1", "expect entry-connected a0 b0""#
)]
#[case::open_to_one_address(
    r#", filtering = "address-dependent""#,
    r#""dial b0 @s", "add-address s b0 address=router:home1", "run 5s",
       "expect entry-connected s b0""#
)]
#[case::same_home("", r#""add-address a0 a1", "expect entry-connected a0 a1""#)]
#[case::hairpin(
    ", port_mapping = true, hairpin = true",
    r#""map-port b0", "add-address b1 b0 address=router:home1", "expect entry-connected b1 b0""#
)]
fn an_address_that_routers_let_through_is_no_obstacle(#[case] router: &str, #[case] steps: &str) {
    let told = told(router, steps);
    assert!(told.contains("is disconnected in the table"), "{told}");
    assert!(!told.contains("no usable entry for"), "{told}");
}

/// The host dials both, and neither leads to the peer.
#[test]
fn each_address_of_a_peer_has_its_obstacle() {
    let report = told(
        "",
        r#""add-address s b0", "add-address s b0 address=router:home1", "expect entry-connected s b0""#,
    );
    for words in [
        "the address is private to the network behind router home1, in which the host is not \
         (/ip4/192.168.1.2/tcp/4001/p2p/",
        "the address is that of router home1, which has not mapped the port (/ip4/12.0.0.2/tcp/4001/p2p/",
    ] {
        assert!(report.contains(words), "{report}");
    }
}

/// AutoNAT asks from an address to which the host has sent, and a stranger is not let in. The
/// query ends while its dial is under way.
#[test]
fn a_dial_that_is_under_way_has_its_obstacle() {
    let report = report_of(
        r#"routers = [{ name = "home", filtering = "address-dependent" }]
hosts = [
  { name = "s", count = 4, bootstrap = "s", settings = { idle_timeout = "1h", traversal = { autonat_v1 = {} } } },
  { name = "n", behind = "home", bootstrap = "s", settings = { mode = "auto", idle_timeout = "1h", traversal = { autonat_v1 = {} } } },
  { name = "x", bootstrap = "s", settings = { mode = "client" } },
]
steps = [
  "connect n s",
  "eventually 10m reachability n public",
  "eventually 10m knows s n",
  "find-peers x peer:n",
  "expect knows x n",
]
"#,
    );
    for words in [
        "no usable entry for n: router home filters: it lets in those alone to which the host \
         behind it has sent (/ip4/12.0.0.1/tcp/4001)",
        "the address is private to the network behind router home, in which the host is not",
    ] {
        assert!(report.contains(words), "{report}");
    }
}

#[rstest]
#[case::filtered(
    "",
    r#""dial b0 @s", "dial a0 router:home1""#,
    "/ip4/12.0.0.2/tcp/4001: Timeout has been reached: router home1 filters: it lets in those"
)]
#[case::not_mapped(
    "",
    r#""dial a0 router:home1""#,
    "/ip4/12.0.0.2/tcp/4001: Timeout has been reached: the address is that of router home1, which has not mapped"
)]
#[case::no_hairpin(
    ", port_mapping = true",
    r#""map-port b0", "dial b1 router:home1""#,
    "/ip4/12.0.0.2/tcp/4001: Timeout has been reached: the address is that of router home1 in front of the host"
)]
fn a_failed_dial_names_the_router_that_dropped_it(
    #[case] router: &str,
    #[case] steps: &str,
    #[case] words: &str,
) {
    let report = told(router, steps);
    // In the failure of the step, and in the latest events of the host.
    assert_eq!(report.matches(words).count(), 2, "{report}");
}

#[rstest]
#[case::faulty_network(r#""hang s", "dial a0 @s""#)]
#[case::no_host(r#""dial a0 /ip4/11.0.0.9/tcp/4001""#)]
fn a_dial_that_no_router_dropped_names_none(#[case] steps: &str) {
    let report = told("", steps);
    assert!(report.contains("Timeout has been reached"), "{report}");
    assert!(!report.contains("Timeout has been reached: "), "{report}");
}

#[test]
fn a_client_behind_a_router_is_not_told_to_confirm_its_private_address() {
    let report = report_of(
        r#"routers = [{ name = "home" }]
hosts = [
  { name = "s" },
  { name = "c", behind = "home", bootstrap = "s", settings = { mode = "auto" } },
]
steps = ["connect c s", "run 2s", "expect knows s c"]
"#,
    );
    let cause = "no usable entry for c: the peers are behind a router and in kad's client mode";
    assert!(report.contains(cause), "{report}");
    assert!(
        report.contains("in a file: add a step `map-port`"),
        "{report}"
    );
    assert!(!report.contains("`add-external`"), "{report}");
}

#[test]
fn a_reservation_that_fails_names_the_relay() {
    let report = report_of(
        r#"routers = [{ name = "home", count = 2 }]
hosts = [
  { name = "relay", settings = { traversal = { relay = { max_reservations = 1 } } } },
  { name = "h", count = 2, behind = "home", bootstrap = "relay", settings = { mode = "auto", traversal = { relay_client = true } } },
]
steps = [
  "connect h relay",
  "run 1s",
  "listen h0 on=@relay/p2p-circuit",
  "listen h1 on=@relay/p2p-circuit",
]
"#,
    );
    assert!(
        report.contains("cannot listen on /ip4/11.0.0.1/tcp/4001/p2p/"),
        "{report}"
    );
    assert!(report.contains("/p2p-circuit: "), "{report}");
}

#[test]
fn a_router_that_has_forgotten_a_connection_is_named() {
    let report = report(
        r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad"]
routers = [{ name = "home", lifetime = "5m" }]
hosts = [
  { name = "x", settings = { idle_timeout = "1h", periodic_bootstrap = "never", neighbours = { request_response = {} } } },
  { name = "a", behind = "home", settings = { idle_timeout = "1h", periodic_bootstrap = "never", neighbours = { request_response = {} } } },
]
steps = ["connect a x", "run 6m", "request x a", "run 5s", "expect request-answers x =1"]
"#,
    );
    let words = "router home has forgotten connection 1, and drops what comes from outside";
    assert_shown(&report, &[words]);
}
