//! Settings and lines that can mean nothing in their file.

use super::{accepted, refused, told};
use crate::report_of;

const LOOK: &[&str] = &["connect a b", "find-peers a song as=q", "expect peers q =1"];

/// Requires that a file with these keys and hosts has one problem, which contains the words.
#[track_caller]
fn wrong(keys: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told(keys, hosts, steps);
    assert!(told.len() == 1 && told[0].contains(words), "{told:?}");
}

#[track_caller]
fn right(keys: &str, hosts: &str, steps: &[&str]) {
    assert_eq!(told(keys, hosts, steps), Vec::<String>::new());
}

/// Two hosts, the first with these settings.
fn two(settings: &str) -> String {
    format!("{{ name = \"a\", settings = {{ {settings} }} }}, {{ name = \"b\" }}")
}

#[test]
fn a_time_of_0s_that_switches_nothing_off_is_refused() {
    let relays = "traversal = { relay_client = true }";
    for (setting, name) in [
        (
            "neighbours = { ping = { interval = \"0s\" } }",
            "ping.interval",
        ),
        (
            "neighbours = { ping = { timeout = \"0s\" } }",
            "ping.timeout",
        ),
        (
            "traversal = { autonat_v1 = { retry_interval = \"0s\" } }",
            "autonat_v1.retry_interval",
        ),
        (
            "traversal = { relay = { reservation_duration = \"1us\" } }",
            "relay.reservation_duration",
        ),
        (
            "traversal = { relay = { max_circuit_duration = \"0s\" } }",
            "relay.max_circuit_duration",
        ),
    ] {
        let client = format!("{{ name = \"c\", settings = {{ {relays} }} }}");
        let others = if setting.contains("relay") {
            client
        } else {
            String::new()
        };
        let hosts = format!("{}, {others}", two(setting));
        let hosts = hosts.trim_end_matches([',', ' ']);
        wrong("", hosts, LOOK, &format!("`{name}` is at least 1ms"));
    }
    right(
        "",
        &two("neighbours = { ping = { interval = \"1s\" } }"),
        LOOK,
    );
    let tiny = two("max_packet_size = 41");
    wrong("", &tiny, LOOK, "no lookup can be sent");
    right("", &two("max_packet_size = 64"), LOOK);
}

#[test]
fn a_protocol_needs_another_host() {
    let alone = r#"{ name = "a", settings = { neighbours = { gossipsub = true } } }"#;
    wrong("", alone, &["run 1s"], "there is none in the file");
    let ping = r#"{ name = "a", settings = { neighbours = { ping = {} } } }"#;
    wrong("", ping, &["run 1s"], "`ping` is about another host");
    right("", &two("neighbours = { ping = {} }"), LOOK);
}

#[test]
fn a_relay_that_refuses_all_is_what_a_line_is_about() {
    let hosts = r#"{ name = "a", settings = { traversal = { relay = { max_reservations = 0 } } } },
        { name = "b", settings = { traversal = { relay_client = true } } }"#;
    let steps = ["connect b a", "run 1s"];
    wrong("", hosts, &steps, "no line is about what it refuses");
    right(
        "",
        hosts,
        &["connect b a", "run 1s", "expect connections b =1"],
    );
}

#[test]
fn stacks_are_those_of_a_host_without_its_own() {
    let own = r#"{ name = "a", stack = "kad" }, { name = "b", stack = "kad" }"#;
    wrong(
        "stacks = [\"evicting\"]",
        own,
        LOOK,
        "`stacks` has no effect",
    );
    right("", own, LOOK);
    let one = r#"{ name = "a", stack = "kad" }, { name = "b" }"#;
    right("stacks = [\"evicting\"]", one, LOOK);
}

#[test]
fn the_lifetime_of_a_router_is_met_by_connections() {
    let routers = |setting: &str| format!("routers = [{{ name = \"home\", {setting} }}]");
    let hosts = |kinds: &str| {
        format!(
            "{{ name = \"a\", behind = \"home\", addresses = \"{kinds}\" }}, {{ name = \"b\", addresses = \"ip4,tcp,quic-v1\" }}"
        )
    };
    let steps = ["dial a @b/quic-v1", "run 1m"];
    let tcp = ["dial a @b", "run 1m"];
    let minute = routers("lifetime = \"1m\"");
    wrong(
        &minute,
        &hosts("ip4,quic-v1"),
        &steps,
        "no host behind it uses TCP",
    );
    right(&minute, &hosts("ip4,tcp"), &tcp);
    wrong(
        &routers("lifetime = \"1ms\""),
        &hosts("ip4,tcp"),
        &tcp,
        "write at least 1s",
    );
    let inside = r#"{ name = "a", behind = "home" }, { name = "b", behind = "home" }"#;
    let filtering = routers("filtering = \"endpoint-independent\"");
    wrong(&filtering, inside, &tcp, "all hosts are behind it");
    let hairpin = routers("hairpin = true, filtering = \"endpoint-independent\"");
    right(&hairpin, inside, &tcp);
}

#[test]
fn a_router_forgets_what_has_passed() {
    let routers = "routers = [{ name = \"home\" }]";
    let hosts = r#"{ name = "a", behind = "home" }, { name = "b" }"#;
    let restart = "restart-router home";
    wrong(
        routers,
        hosts,
        &[restart, "dial a @b"],
        "nothing has passed",
    );
    let twice = ["dial a @b", restart, restart, "run 1s"];
    wrong(routers, hosts, &twice, "the line before does the same");
    right(
        routers,
        hosts,
        &["dial a @b", restart, "run 1s", restart, "run 1s"],
    );
}

#[test]
fn what_is_not_seen_is_not_in_a_name() {
    for hidden in ['\u{202e}', '\u{200b}', '\u{feff}', '\u{2066}'] {
        let text = format!(
            "format = 1\nname = \"a{hidden}b\"\nabout = \"any\"\nhosts = [{{ name = \"a\" }}]\nsteps = [\"run 1s\"]\n"
        );
        let told = crate::problems_of(&text, &dht_scenarios::Stacks::standard());
        let code = format!("U+{:04X}", u32::from(hidden));
        assert!(told.len() == 1 && told[0].contains(&code), "{told:?}");
        let seen = text.replace(hidden, "é");
        let told = crate::problems_of(&seen, &dht_scenarios::Stacks::standard());
        assert_eq!(told, Vec::<String>::new());
    }
}

#[test]
fn a_change_is_one() {
    let faults = |action: &str| format!("faults = [{{ at = \"1s\", do = \"{action}\" }}]");
    let steps = ["connect a b", "run 2s"];
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    let network = "network = { latency = \"25ms\" }\n";
    let keys = format!("{network}{}", faults("latency 25ms"));
    wrong(&keys, hosts, &steps, "this latency already");
    let keys = format!("{network}{}", faults("latency 26ms"));
    right(&keys, hosts, &steps);
    wrong(&faults("bandwidth 0"), hosts, &steps, "unlimited already");
    let both = "faults = [{ at = \"1s\", do = \"bandwidth 9000\" }, { at = \"2s\", do = \"bandwidth 0\" }]";
    right(both, hosts, &steps);
    refused(&["slow a 1ns"], "less than 1us");
    accepted(&["slow a 1ms"]);
    refused(&["churn h 10m 0s 5s"], "up for 0s");
    refused(&["churn h 10m 5s 0s"], "down for 0s");
}

#[test]
fn what_no_line_leads_to_is_no_condition() {
    refused(&["expect not relayed a b"], "no host is a relay");
    let requests = two("parallelism = 2");
    let steps = ["connect a b", "expect request-answers a =0"];
    wrong("", &requests, &steps, "no line is a `request`");
    let lookup = ["find-providers a song as=q", "expect found q h0 fails"];
    let provided = ["provide b song", lookup[0], lookup[1]];
    let without_scripts = r#"{ name = "a" }, { name = "b" }, { name = "h", count = 2 }"#;
    let meeting = "add-peer-address a,b,h a,b,h may-fail";
    let steps = [meeting, provided[0], provided[1], provided[2]];
    wrong("", without_scripts, &steps, "no line makes `h0` a provider");
    let steps = [meeting, provided[0], provided[1], "expect found q b"];
    right("", without_scripts, &steps);
}

#[test]
fn connections_survive_a_move_that_takes_place() {
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    let keys = "transports = [\"mux\"]\nnetwork = { migration = true }";
    let steps = ["connect a b", "run 1s"];
    wrong(keys, hosts, &steps, "no line moves one");
    right(keys, hosts, &["connect a b", "move a", "run 1s"]);
}

#[test]
fn candidates_are_reported_by_identify() {
    let hosts = r#"{ name = "a", stack = "kad" }, { name = "b" }"#;
    let steps = ["connect a b", "expect candidates a =0"];
    wrong("", hosts, &steps, "which the stack kad lacks");
    right("", hosts, &["connect a b", "expect candidates b =0"]);
}

#[test]
fn what_comes_with_time_is_told_at_the_end() {
    let file = |steps: &str| {
        let text = format!(
            "format = 1\nname = \"any\"\nabout = \"any\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"a\" }}, {{ name = \"b\" }}]\nsteps = [{steps}]\n"
        );
        report_of(&text).idle
    };
    let told = ["`pause a`, step 2: no time passes after it"];
    assert_eq!(file(r#""connect a b", "pause a""#), told);
    assert_eq!(
        file(r#""connect a b", "pause a", "expect state a open""#),
        told
    );
    assert_eq!(file(r#""connect a b", "pause a", "run 1s""#), [""; 0]);
    let told =
        ["`set-mode a client`, step 2: no time passes after it, and no step checks what it does"];
    assert_eq!(file(r#""connect a b", "set-mode a client""#), told);
    for shown in [r#""run 1s""#, r#""expect mode a client""#] {
        let steps = format!(r#""connect a b", "set-mode a client", {shown}"#);
        assert_eq!(file(&steps), [""; 0]);
    }
}

#[test]
fn an_empty_table_is_refused() {
    for name in [
        "connection_limits",
        "identify",
        "neighbours",
        "store",
        "traversal",
    ] {
        let words = format!("`{name}` is an empty table, which says nothing");
        wrong("", &two(&format!("{name} = {{}}")), LOOK, &words);
    }
    wrong("", &two(""), LOOK, "`settings` is an empty table");
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    wrong("network = {}", hosts, LOOK, "`network` is an empty table");
    // It switches a protocol on.
    right("", &two("neighbours = { ping = {} }"), LOOK);
}

#[test]
fn a_distribution_has_different_times() {
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    for latency in [
        "log-normal:20ms~0",
        "log-normal:20ms~0.0000001",
        "uniform:20ms..20000100ns",
        "weibull:20ms~1e9",
        "pareto:20ms~1e300",
    ] {
        let network = format!("network = {{ latency = \"{latency}\" }}");
        wrong(&network, hosts, LOOK, "is always the same: write `20ms`");
    }
    for latency in ["log-normal:20ms~0.001", "pareto:20ms~100"] {
        let network = format!("network = {{ latency = \"{latency}\" }}");
        right(&network, hosts, LOOK);
    }
}

#[test]
fn a_setting_that_no_line_meets_is_told() {
    let file = |keys: &str, host: &str, steps: &str| {
        let text = format!(
            "format = 1\nname = \"any\"\nabout = \"any\"\ntransports = [\"mux\"]\n{keys}\n\
             hosts = [{{ name = \"a\", {host} }}, {{ name = \"b\" }}]\n\
             steps = [\"connect a b\", \"run 1s\", {steps}]\n"
        );
        report_of(&text).idle
    };
    for (setting, line, told) in [
        (
            "record_ttl = \"1m\"",
            "\"put a k la quorum=one\"",
            "`record_ttl` of `a`: no line stores a record",
        ),
        (
            "store = { max_records = 9 }",
            "\"store-local a k la\", \"run 1s\"",
            "`max_records` of `a`: no line stores a record",
        ),
        (
            "provider_ttl = \"1m\"",
            "\"provide a k\"",
            "`provider_ttl` of `a`: no line announces a provider",
        ),
        (
            "filtering = \"filter-both\"",
            "\"provide a k\"",
            "`filtering` of `a`: no line stores a record or announces a provider",
        ),
        (
            "caching = 3",
            "\"get a k\"",
            "`caching` of `a`: no line looks up a record",
        ),
    ] {
        let host = format!("settings = {{ {setting} }}");
        assert_eq!(file("", &host, ""), [told]);
        assert_eq!(file("", &host, line), [""; 0]);
    }
    let names = "addresses = \"ip4,tcp,names\"";
    assert_eq!(
        file("", names, ""),
        ["`names` of `a`: no line dials a name"]
    );
    let regions = |share: &str| {
        format!(
            "network = {{ regions = [\n\
             {{ name = \"eu\", share = {share}, latency = {{ eu = \"1ms\", us = \"9ms\" }} }},\n\
             {{ name = \"us\", share = 0, latency = {{ eu = \"9ms\", us = \"1ms\" }} }}] }}"
        )
    };
    let eu = "region = \"eu\"";
    assert_eq!(
        file(&regions("1"), eu, ""),
        ["the region `us`: no host is in it"]
    );
    let us = "region = \"us\"";
    assert_eq!(file(&regions("1"), us, ""), [""; 0]);
}

#[test]
fn a_limit_that_no_connection_reaches_is_told() {
    let idle = |limits: &str| {
        let text = format!(
            "format = 1\nname = \"any\"\nabout = \"any\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"a\", settings = {{ connection_limits = {{ {limits} }} }} }}, \
             {{ name = \"b\" }}]\nsteps = [\"connect a b\", \"run 1s\"]\n"
        );
        report_of(&text).idle
    };
    for name in [
        "max_established",
        "max_pending_outgoing",
        "max_established_per_peer",
    ] {
        let words = format!(
            "`{name}` of `a`: with the hosts and lines of the file there are at most 12 connections"
        );
        assert_eq!(idle(&format!("{name} = 1000")), [words]);
        assert_eq!(idle(&format!("{name} = 2")), [""; 0]);
    }
}

#[test]
fn a_protocol_without_its_other_side_is_told() {
    let file = |settings: [&str; 2]| {
        let [a, b] = settings.map(|settings| match settings {
            "" => String::new(),
            settings => format!(", settings = {{ {settings} }}"),
        });
        let text = format!(
            "format = 1\nname = \"any\"\nabout = \"any\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"a\"{a} }}, {{ name = \"b\"{b} }}]\nsteps = [\"connect a b\"]\n"
        );
        report_of(&text).idle
    };
    let gossips = "neighbours = { gossipsub = true }";
    assert_eq!(
        file([gossips, ""]),
        ["`gossipsub` of `a`: no other host has it"]
    );
    assert_eq!(file([gossips, gossips]), [""; 0]);
    let client = "traversal = { autonat_v2_client = true }";
    let server = "traversal = { autonat_v2_server = true }";
    assert_eq!(
        file([client, ""]),
        ["`autonat_v2_client` of `a`: no host is a server of it"]
    );
    assert_eq!(file([client, server]), [""; 0]);
}

#[test]
fn a_lookup_finds_hosts_that_meet() {
    let hosts = r#"{ name = "a" }, { name = "b" }, { name = "c" }"#;
    let steps = [
        "connect b c",
        "find-peers a song as=q",
        "expect not found q b",
    ];
    wrong("", hosts, &steps, "nothing brings `a`");
    let steps = ["connect a c", "connect b c", steps[1], "expect found q b"];
    right("", hosts, &steps);
}

#[test]
fn a_host_is_no_text() {
    refused(&["find-peers a b"], "write `peer:b`");
    refused(&["start find-peers a h1"], "write `peer:h1`");
    accepted(&["find-peers a peer:b"]);
    accepted(&["find-peers a song"]);
}

#[test]
fn protocols_without_identify_are_told() {
    let text = "format = 1\nname = \"any\"\nabout = \"any\"\ntransports = [\"mux\"]\n\
                stacks = [\"kad\"]\nhosts = [\n\
                { name = \"a\", settings = { traversal = { autonat_v2_client = true } } },\n\
                { name = \"b\", settings = { traversal = { autonat_v2_server = true } } },\n\
                ]\nsteps = [\"connect a b\"]\n";
    let told = "`autonat_v2_client` of `a`: it learns addresses of the host from identify, which the \
                stack kad lacks";
    assert_eq!(report_of(text).idle, [told]);
    let heard = text.replace("\"kad\"", "\"kad-identify\"");
    assert_eq!(report_of(&heard).idle, [""; 0]);
}
