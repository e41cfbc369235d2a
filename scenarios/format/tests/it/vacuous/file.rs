//! Hosts and keys of a file that say nothing.

use super::{HOSTS, told};

#[track_caller]
fn refused(keys: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told(keys, hosts, steps);
    assert!(
        told.len() == 1 && told[0].contains(words),
        "{keys} {hosts} {steps:?}: {told:?}"
    );
}

#[track_caller]
fn accepted(keys: &str, hosts: &str, steps: &[&str]) {
    let told = told(keys, hosts, steps);
    assert_eq!(told, Vec::<String>::new(), "{keys} {hosts} {steps:?}");
}

#[test]
fn scripts_that_name_peers_have_some() {
    for script in ["lying", "providers"] {
        let host = |more: &str| {
            format!(
                r#"{{ name = "a" }}, {{ name = "r", stack = "raw", script = "{script}"{more} }}"#
            )
        };
        refused("", &host(""), &["run 1s"], "add peers = ");
        accepted("", &host(r#", peers = "a""#), &["run 1s"]);
        let step = format!("script r {script}");
        refused("", HOSTS, &[&step], "add `peers=`");
        accepted("", HOSTS, &[&format!("{step} peers=a")]);
    }
    accepted("", HOSTS, &["script r silent", "run 1s", "script r honest"]);
}

#[test]
fn lists_name_each_once() {
    for (host, key) in [
        (r#"{ name = "x", bootstrap = "a,a" }"#, "`bootstrap`"),
        (
            r#"{ name = "x", bootstrap = "h0..h1,a,h0..h1" }"#,
            "`bootstrap`",
        ),
        (
            r#"{ name = "x", stack = "raw", script = "lying", peers = "a,b,a" }"#,
            "`peers`",
        ),
    ] {
        let words = format!("`x`: {key} names `");
        refused("", &format!("{HOSTS}{host}"), &["run 1s"], &words);
        let told = told("", &format!("{HOSTS}{host}"), &["run 1s"]);
        assert!(told[0].contains("twice: remove one of both"), "{told:?}");
    }
    let host = r#"{ name = "x", bootstrap = "a,h,!h0" }"#;
    accepted("", &format!("{HOSTS}{host}"), &["run 1s"]);
    let declared = |more: &str| {
        format!(
            r#"known = [{{ id = "X1", about = "It answers.", {more} }}]
               allow = [{{ id = "X1", violates = "no-self-dial" }}]"#
        )
    };
    let twice = declared(r#"stacks = ["kad-identify", "kad-identify"]"#);
    refused(
        &twice,
        HOSTS,
        &["run 1s"],
        "`stacks` names `kad-identify` twice",
    );
    let twice = declared(r#"at = ["no-self-dial", "no-self-dial"]"#);
    refused(
        &twice,
        HOSTS,
        &["run 1s"],
        "`at` names `no-self-dial` twice",
    );
}

#[test]
fn settings_of_identify_are_for_stacks_with_identify() {
    let host = |stack: &str| {
        format!(
            r#"{{ name = "a"{stack}, settings = {{ identify = {{ hide_listen_addrs = true }} }} }}, {{ name = "b" }}"#
        )
    };
    let words = "the stack kad has no identify";
    refused("", &host(r#", stack = "kad""#), &["run 1s"], words);
    refused(r#"stacks = ["kad"]"#, &host(""), &["run 1s"], words);
    accepted(r#"stacks = ["kad", "evicting"]"#, &host(""), &["run 1s"]);
    accepted("", &host(""), &["run 1s"]);
}

#[test]
fn hosts_that_wait_are_spawned() {
    let hosts = r#"{ name = "a" }, { name = "x", count = 2, later = true }"#;
    refused("", hosts, &["run 1s"], "no step spawns it: add `spawn x0`");
    refused("", hosts, &["spawn x0"], "add `spawn x1`");
    accepted("", hosts, &["spawn x"]);
    let planned = r#"faults = [{ at = "1s", do = "spawn x" }]"#;
    accepted(planned, hosts, &["run 2s"]);
}

#[test]
fn lists_have_elements_once() {
    let one = r#"{ name = "a" }"#;
    for key in ["stacks", "transports", "checks", "covers", "violates"] {
        refused(&format!("{key} = []"), one, &["run 1s"], "is an empty list");
    }
    for key in ["allow", "known", "faults"] {
        refused(
            &format!("{key} = []"),
            one,
            &["run 1s"],
            "an empty list says nothing",
        );
    }
    refused("", one, &[], "an empty list says nothing");
    refused("", "", &["run 1s"], "an empty list says nothing");
    for (keys, words) in [
        (r#"stacks = ["kad", "kad"]"#, "`stacks` names `kad` twice"),
        (
            r#"transports = ["mux", "mux"]"#,
            "`transports` names `mux` twice",
        ),
        (
            r#"checks = ["no-self-dial", "no-self-dial"]"#,
            "`checks` names `no-self-dial` twice",
        ),
        (
            r#"covers = ["go-libp2p:TestPing", "go-libp2p:TestPing"]"#,
            "`covers` names",
        ),
    ] {
        refused(keys, one, &["run 1s"], words);
    }
    accepted(r#"stacks = ["kad", "evicting"]"#, one, &["run 1s"]);
}

#[test]
fn a_host_listens_or_does_not() {
    let host = |dial_only: bool, listen: bool| {
        format!("{{ name = \"a\", dial_only = {dial_only}, settings = {{ listen = {listen} }} }}")
    };
    for is in [true, false] {
        refused("", &host(is, is), &["run 1s"], "contradict each other");
        accepted("", &host(is, !is), &["run 1s"]);
    }
    accepted(
        "",
        r#"{ name = "a", settings = { listen = true } }"#,
        &["run 1s"],
    );
}

#[test]
fn migration_is_about_mux() {
    let network = "network = { migration = true }";
    let stream = format!("transports = [\"stream\"]\n{network}");
    refused(
        &stream,
        r#"{ name = "a" }"#,
        &["run 1s"],
        "over `stream` alone",
    );
    accepted(network, r#"{ name = "a" }"#, &["move a", "run 1s"]);
}

#[test]
fn checks_are_about_what_the_file_has() {
    let one = r#"{ name = "a" }"#;
    let clients = r#"{ name = "a" }, { name = "c", count = 3, settings = { mode = "client" } }"#;
    let two = r#"{ name = "a" }, { name = "b" }"#;
    for check in [
        "recovery",
        "table-graph-connected",
        "tables-cover-live-servers",
        "entries-lead-to-live-servers",
    ] {
        let keys = format!("checks = [{check:?}]");
        for hosts in [one, clients] {
            refused(&keys, hosts, &["run 1s"], "two hosts that are servers");
        }
        accepted(&keys, two, &["run 16m"]);
        accepted(&keys, clients, &["set-mode c0 server", "run 16m"]);
    }
    for check in ["dead-leave-tables", "dead-not-connected"] {
        let keys = format!("checks = [{check:?}]");
        refused(&keys, two, &["run 1s"], "a host that goes down");
        accepted(&keys, two, &["crash b", "run 16m"]);
        accepted(&keys, two, &["churn b 16m 10s 10s"]);
    }
    let keys = "checks = [\"failed-query-evicts\"]";
    let line = "find-peers a k";
    for steps in [
        &["connect a b", "run 1s", line][..],
        &["add-address a b", "start find-peers a k", "run 1m"],
    ] {
        refused(keys, two, steps, "a query that can fail");
    }
    refused(keys, one, &[line], "two hosts that are servers");
    for steps in [
        &["add-address a b", "crash b", line][..],
        &["add-address a b", "partition a | b", line],
        &["add-address a b address=/ip4/10.9.9.9/tcp/4001", line],
    ] {
        accepted(keys, two, steps);
    }
    accepted(
        keys,
        r#"{ name = "a" }, { name = "b", dial_only = true }"#,
        &["connect a b", line],
    );
    let planned =
        "checks = [\"failed-query-evicts\"]\nfaults = [{ at = \"1s\", do = \"offline b\" }]";
    accepted(planned, two, &["connect a b", "run 2s", line]);
    let of_puts = "a record that a query stores";
    for (check, without, with, words) in [
        (
            "records-survive",
            "store-local a k la",
            &["put a k la"][..],
            of_puts,
        ),
        (
            "put-reaches-quorum",
            "get a k",
            &["start put a k la"],
            of_puts,
        ),
        (
            "records-at-closest",
            "provide a k",
            &["put a k la"],
            of_puts,
        ),
        (
            "providers-at-closest",
            "put a k la",
            &["provide a k"],
            "announces itself",
        ),
        (
            "expiry-bounded",
            "get a k",
            &["store-local a k la"],
            "a record in a store",
        ),
        (
            "stored-is-found",
            "get a k",
            &["put a k la", "get a k"],
            "something that is stored",
        ),
        (
            "stored-is-found",
            "put a k la",
            &["put a k la", "get a k"],
            "a query for what is stored",
        ),
    ] {
        let keys = format!("checks = [{check:?}]");
        refused(&keys, two, &[without], words);
        accepted(&keys, two, with);
    }
    refused(
        r#"checks = ["no-panic"]"#,
        one,
        &["run 1s"],
        "`no-panic` is a standard invariant, which every run checks",
    );
}

#[test]
fn checks_of_clients_and_modes_need_them() {
    let two = r#"{ name = "a" }, { name = "b" }"#;
    let with = |mode: &str| {
        format!(r#"{{ name = "a" }}, {{ name = "b", settings = {{ mode = "{mode}" }} }}"#)
    };
    let steps = ["connect a b", "run 1s"];
    for check in ["clients-leave-tables", "clients-not-connected"] {
        let keys = format!("checks = [{check:?}]");
        refused(&keys, two, &steps, "a host that is a client: add mode = ");
        accepted(&keys, &with("client"), &steps);
        accepted(&keys, &with("auto"), &steps);
        accepted(&keys, two, &["connect a b", "set-mode b client", "run 1s"]);
    }
    for check in ["mode-as-announced", "mode-follows-address"] {
        let keys = format!("checks = [{check:?}]");
        for hosts in [two, &with("client")] {
            refused(
                &keys,
                hosts,
                &steps,
                "a mode that libp2p chooses: add mode = ",
            );
        }
        accepted(&keys, &with("auto"), &steps);
        accepted(&keys, two, &["connect a b", "set-mode b auto", "run 1s"]);
    }
    let keys = r#"checks = ["lookup-finds-closest"]"#;
    refused(
        keys,
        two,
        &["connect a b", "bootstrap a"],
        "a query for peers",
    );
    accepted(
        keys,
        two,
        &["connect a b", "start find-peers a k", "run 1s"],
    );
}

#[test]
fn checks_of_the_end_need_servers_that_are_up_then() {
    let two = r#"{ name = "a" }, { name = "b" }"#;
    let words = "two servers that are up after the last step";
    for check in ["tables-cover-live-servers", "table-graph-connected"] {
        let keys = format!("checks = [{check:?}]");
        for stop in ["crash b", "close all", "start-close a"] {
            refused(&keys, two, &["connect a b", stop, "run 1s"], words);
        }
        for steps in [
            &["connect a b", "crash b", "run 1s", "restart b", "run 1s"][..],
            &["connect a b", "crash b", "churn b 5m 10s 10s"],
            &["connect a b", "close b", "restart b", "run 1s"],
        ] {
            accepted(&keys, two, steps);
        }
        let later = r#"{ name = "a" }, { name = "b" }, { name = "c", later = true }"#;
        let steps = ["connect a b", "crash b", "run 1s", "spawn c", "connect c a"];
        accepted(&keys, later, &steps);
        let planned = format!("{keys}\nfaults = [{{ at = \"2s\", do = \"restart b\" }}]");
        accepted(&planned, two, &["connect a b", "crash b", "run 5s"]);
    }
    let keys = r#"checks = ["entries-lead-to-live-servers"]"#;
    accepted(keys, two, &["connect a b", "crash b", "run 1s"]);
}

#[test]
fn checks_need_the_time_after_which_they_can_be_violated() {
    let two = r#"{ name = "a" }, { name = "b" }"#;
    let with = |settings: &str| format!(r#"{{ name = "a", settings = {{ {settings} }} }}"#);
    for (check, hosts, short, long) in [
        ("recovery", two.to_owned(), "run 9m", "run 15m"),
        (
            "idle-connections-close",
            two.to_owned(),
            "run 9s",
            "run 10s",
        ),
        (
            "idle-connections-close",
            with(r#"idle_timeout = "1h""#),
            "run 59m",
            "run 60m",
        ),
        ("bootstrap-recurs", two.to_owned(), "run 6m", "run 7m"),
        (
            "bootstrap-recurs",
            with(r#"periodic_bootstrap = "1h", query_timeout = "30m""#),
            "run 119m",
            "run 2h",
        ),
    ] {
        let keys = format!("checks = [{check:?}]");
        let words = format!("`{check}` can only be violated after ");
        refused(&keys, &hosts, &[short], &words);
        accepted(&keys, &hosts, &[long]);
    }
    // A step that waits may take five minutes for each host.
    let keys = r#"checks = ["recovery"]"#;
    refused(
        keys,
        two,
        &["connect a b", "run 4m"],
        "all steps end within 14m",
    );
    accepted(keys, two, &["connect a b", "run 5m"]);
    accepted(keys, two, &["connect a,b a,b", "run 1m"]);
    let keys = r#"checks = ["dead-leave-tables"]"#;
    refused(keys, two, &["crash b", "run 1s"], "the recovery time");
    // Whether a `recover` takes longer is not known.
    accepted(keys, two, &["crash b", "restart b", "recover 1m"]);
}

#[test]
fn limits_and_lives_are_above_0() {
    let one = r#"{ name = "a" }"#;
    refused(
        "network = { bandwidth = 0 }",
        one,
        &["run 1s"],
        "leave it out",
    );
    accepted("network = { bandwidth = 1 }", one, &["run 1s"]);
    let fair = "network = { sharing = \"fair\" }";
    refused(fair, one, &["run 1s"], "no link has a limited rate");
    accepted(fair, one, &["bandwidth 1"]);
    let both = "network = { bandwidth = 1, sharing = \"fair\" }";
    accepted(both, one, &["run 1s"]);
    let no_dial = "network = { dial_timeout = \"0s\" }";
    refused(no_dial, one, &["run 1s"], "no dial succeeds");
    accepted("network = { dial_timeout = \"1s\" }", one, &["run 1s"]);
    for life in ["record_ttl", "provider_ttl"] {
        let with = |time| format!(r#"{{ name = "a", settings = {{ {life} = "{time}" }} }}"#);
        refused("", &with("0s"), &["run 1s"], "has expired at once");
        let steps = ["start put a song la", "start provide a song", "run 1s"];
        accepted("", &with("1s"), &steps);
        accepted("", &with("never"), &steps);
    }
}

#[test]
fn planned_faults_have_names_of_their_own() {
    let fault = |id: &str| format!(r#"{{ at = "1s", do = "partition a | b id={id}" }}"#);
    let faults = |one: &str, other: &str| format!("faults = [{}, {}]", fault(one), fault(other));
    let words = "a planned fault is called `x` already";
    refused(&faults("x", "x"), HOSTS, &["run 2s"], words);
    accepted(&faults("x", "y"), HOSTS, &["run 2s"]);
    let one = format!("faults = [{}]", fault("x"));
    refused(&one, HOSTS, &["refuse b id=x", "run 2s"], words);
    accepted(&one, HOSTS, &["refuse b id=z", "run 2s"]);
}

#[test]
fn a_planned_fault_has_a_time_and_an_action() {
    let at = |keys: &str| format!("faults = [{{ {keys} }}]");
    refused(&at(r#"at = "5s""#), HOSTS, &["run 9s"], "`do` is missing");
    refused(
        &at(r#"do = "crash a""#),
        HOSTS,
        &["run 9s"],
        "`at` is missing",
    );
    accepted(&at(r#"at = "5s", do = "crash a""#), HOSTS, &["run 9s"]);
    let ground =
        |keys: &str| format!("{{ name = \"a\" }}, {{ name = \"b\", ground = {{ {keys} }} }}");
    refused(
        "",
        &ground(r#"of = "a""#),
        &["run 1s"],
        "`bucket` is missing",
    );
    refused("", &ground("bucket = 250"), &["run 1s"], "`of` is missing");
}

#[test]
fn texts_say_something_on_one_line() {
    let one = r#"{ name = "a" }"#;
    for (source, words) in [
        (r#"source = """#, "`source` is empty"),
        (r#"source = " ""#, "`source` is empty"),
        (r#"source = "a\nb""#, "without control characters"),
        (r#"source = "\u001b[8m""#, "without control characters"),
    ] {
        refused(source, one, &["run 1s"], words);
    }
    accepted(r#"source = "libp2p-kad jobs.rs""#, one, &["run 1s"]);
}

#[test]
fn intervals_are_times_that_pass() {
    let with = |setting: &str| format!("{{ name = \"a\", settings = {{ {setting} }} }}");
    for name in [
        "periodic_bootstrap",
        "replication_interval",
        "provider_interval",
    ] {
        for time in ["1ns", "1us", "999us"] {
            let setting = format!("{name} = {time:?}");
            refused("", &with(&setting), &["run 1s"], "is at least 1ms");
        }
        let steps = ["start put a song la", "start provide a song", "run 1s"];
        accepted("", &with(&format!("{name} = \"1ms\"")), &steps);
    }
    for time in ["0s", "1ns"] {
        let setting = format!("identify = {{ interval = {time:?} }}");
        refused("", &with(&setting), &["run 1s"], "is at least 1ms");
    }
    let months = with(r#"query_timeout = "5M""#);
    refused("", &months, &["run 1s"], "write `5m` for minutes");
}
