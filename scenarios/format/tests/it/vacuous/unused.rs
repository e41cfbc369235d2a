//! Settings that no line makes use of.

use super::{HOSTS, told};
use crate::report_of;

#[track_caller]
fn refused(keys: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told(keys, hosts, steps);
    assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
}

#[track_caller]
fn accepted(keys: &str, hosts: &str, steps: &[&str]) {
    assert_eq!(told(keys, hosts, steps), Vec::<String>::new());
}

#[test]
fn a_router_that_grants_ports_is_asked() {
    let idle = |router: &str, step: &str| {
        let text = format!(
            "format = 1\nname = \"grants\"\nabout = \"A router grants ports\"\n\
             transports = [\"mux\"]\n\
             routers = [{{ name = {router:?}, count = 2, port_mapping = true }}, {{ name = \"other\" }}]\n\
             hosts = [{{ name = \"h\", count = 2, behind = \"home\" }}, {{ name = \"o\", behind = \"other\" }}]\n\
             steps = [{step:?}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    let told = "`port_mapping` of `home`: no line asks it for a port with `map-port`";
    for step in ["run 1s", "map-port o fails=\"refuses to map\""] {
        assert!(idle("home", step).contains(&told.to_owned()), "{step}");
    }
    assert!(!idle("home", "map-port h1").contains(&told.to_owned()));
    let routers = r#"routers = [{ name = "home", port_mapping = true }]"#;
    accepted(routers, r#"{ name = "h", behind = "home" }"#, &["run 1s"]);
}

#[test]
fn a_router_that_hairpins_has_two_hosts() {
    let routers = r#"routers = [{ name = "home", hairpin = true }]"#;
    let hosts = |count: u32| format!(r#"{{ name = "h", count = {count}, behind = "home" }}"#);
    refused(routers, &hosts(1), &["run 1s"], "1 host is behind it");
    accepted(routers, &hosts(2), &["run 1s"]);
    let routers = r#"routers = [{ name = "home", count = 2, hairpin = true }]"#;
    refused(routers, &hosts(2), &["run 1s"], "1 host is behind it");
    accepted(routers, &hosts(3), &["run 1s"]);
    let routers = r#"routers = [{ name = "isp", hairpin = true }, { name = "home", count = 2, behind = "isp" }]"#;
    accepted(routers, &hosts(2), &["run 1s"]);
}

#[test]
fn routers_behind_each_other_are_counted_in_any_order() {
    let hosts = r#"{ name = "h", behind = "home" }"#;
    for routers in [
        r#"{ name = "home", hairpin = true, behind = "home" }"#,
        r#"{ name = "home", hairpin = true, behind = "isp" }, { name = "isp", behind = "home" }"#,
    ] {
        let told_of = told(&format!("routers = [{routers}]"), hosts, &["run 1s"]);
        let is_told = told_of
            .iter()
            .any(|told| told.contains("is declared before it"));
        assert!(is_told, "{told_of:?}");
    }
}

#[test]
fn a_relay_has_a_client_and_a_client_a_relay() {
    let hosts = |relay: &str, client: &str| {
        format!(
            "{{ name = \"s\", settings = {{ traversal = {{ {relay} }} }} }}, {{ name = \"c\", settings = {{ traversal = {{ {client} }} }} }}"
        )
    };
    let nothing = "autonat_v2_server = true";
    refused(
        "",
        &hosts("relay = {}", nothing),
        &["run 1s"],
        "no host can use one",
    );
    refused(
        "",
        &hosts(nothing, "relay_client = true"),
        &["run 1s"],
        "there is none",
    );
    accepted("", &hosts("relay = {}", "relay_client = true"), &["run 1s"]);
}

#[test]
fn request_response_is_used() {
    let hosts = r#"{ name = "a", settings = { neighbours = { request_response = {} } } }, { name = "b", settings = { neighbours = { request_response = {} } } }"#;
    let told_of = told("", hosts, &["run 1s"]);
    assert_eq!(told_of.len(), 2, "{told_of:?}");
    assert!(told_of[0].contains("no `request` names it"), "{told_of:?}");
    accepted("", hosts, &["request a b"]);
}

#[test]
fn who_denies_all_connections_is_asked_for_one() {
    let hosts = |limit: &str| {
        format!(
            "{{ name = \"a\", settings = {{ connection_limits = {{ {limit} }} }} }}, {{ name = \"b\" }}"
        )
    };
    for limit in [
        "max_established = 0",
        "max_established_per_peer = 0",
        "max_established_incoming = 0, max_pending_outgoing = 0",
    ] {
        let closed = hosts(limit);
        refused("", &closed, &["start-connect b a"], "no line is about that");
        accepted("", &closed, &["connect b a fails"]);
        accepted(
            "",
            &closed,
            &["start-connect b a", "run 1s", "expect not connected b a"],
        );
    }
    accepted(
        "",
        &hosts("max_established_incoming = 0"),
        &["start-connect b a"],
    );
    accepted("", &hosts("max_established = 1"), &["start-connect b a"]);
}

#[test]
fn a_restart_keeps_what_may_be_there() {
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    let store = ["crash a", "restart a keep-store"];
    refused("", hosts, &store, "`keep-store` keeps nothing");
    refused(
        "",
        hosts,
        &["get a song", store[0], store[1]],
        "`keep-store` keeps nothing",
    );
    accepted("", hosts, &["store-local b song la", store[0], store[1]]);
    accepted("", hosts, &["start put b song la", store[0], store[1]]);
    let planned = r#"faults = [{ at = "1ms", do = "start provide b song" }]"#;
    accepted(planned, hosts, &["run 1s", store[0], store[1]]);
    let table = ["crash a", "restart a keep-table"];
    refused("", hosts, &table, "`keep-table` keeps nothing");
    accepted("", hosts, &["connect a b", table[0], table[1]]);
    accepted(
        "",
        r#"{ name = "a", bootstrap = "b" }, { name = "b" }"#,
        &table,
    );
}

#[test]
fn a_rate_limits_something() {
    let words = "is at most 12500000000";
    refused(
        "network = { bandwidth = 99999999999 }",
        HOSTS,
        &["run 1s"],
        words,
    );
    refused("", HOSTS, &["bandwidth 99999999999"], words);
    accepted("network = { bandwidth = 12500000000 }", HOSTS, &["run 1s"]);
    accepted("", HOSTS, &["bandwidth 12500000000"]);
}

#[test]
fn latencies_that_are_drawn_differ() {
    for (latency, words) in [
        ("uniform:5ms..5ms", "write `5ms`"),
        ("exponential:5ms..5ms", "write `5ms`"),
        ("empirical:10ms,10ms", "write `10ms`"),
    ] {
        let network = |latency: &str| format!("network = {{ latency = \"{latency}\" }}");
        refused(&network(latency), HOSTS, &["run 1s"], words);
        accepted(&network("uniform:5ms..6ms"), HOSTS, &["run 1s"]);
    }
}

#[test]
fn a_quorum_is_one_that_the_replication_permits() {
    let hosts = r#"{ name = "h", count = 30, settings = { replication = 5 } }"#;
    for put in ["put h0 k v", "start put h0 k v"] {
        let line = |quorum: u32| format!("{put} quorum={quorum}");
        refused(
            "",
            hosts,
            &["connect h0 h", &line(6)],
            "the same as quorum=all",
        );
        accepted("", hosts, &["connect h0 h", &line(5)]);
    }
}
