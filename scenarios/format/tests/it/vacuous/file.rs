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
    accepted("", HOSTS, &["script r honest"]);
}

#[test]
fn settings_of_identify_are_for_stacks_with_identify() {
    let host = |stack: &str| {
        format!(
            r#"{{ name = "a"{stack}, settings = {{ identify = {{ hide_listen_addrs = true }} }} }}"#
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
            r#"checks = ["no-panic", "no-panic"]"#,
            "`checks` names `no-panic` twice",
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
fn migration_is_about_mux() {
    let network = "network = { migration = true }";
    let stream = format!("transports = [\"stream\"]\n{network}");
    refused(
        &stream,
        r#"{ name = "a" }"#,
        &["run 1s"],
        "over `stream` alone",
    );
    accepted(network, r#"{ name = "a" }"#, &["run 1s"]);
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
