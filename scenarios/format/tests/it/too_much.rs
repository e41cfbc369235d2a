//! What exceeds a limit is an error before the run, with the limit.

use dht_scenarios::Stacks;

use crate::problems_of;

fn told_of(text: &str) -> Vec<String> {
    problems_of(text, &Stacks::standard())
}

fn file(keys: &str, hosts: &str, steps: &[&str]) -> String {
    let steps: String = steps.iter().map(|step| format!("  {step:?},\n")).collect();
    format!(
        "format = 1\nname = \"wrong\"\nabout = \"Too much\"\n{keys}\nhosts = [{hosts}]\nsteps = [\n{steps}]\n"
    )
}

const HOSTS: &str = r#"{ name = "a" }, { name = "h", count = 3 }, { name = "r", stack = "raw", script = "honest" }"#;

#[track_caller]
fn refused(keys: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told_of(&file(keys, hosts, steps));
    assert!(
        told.len() == 1 && told[0].contains(words),
        "{keys} {hosts} {steps:?}: {told:?}"
    );
}

#[track_caller]
fn accepted(keys: &str, hosts: &str, steps: &[&str]) {
    let told = told_of(&file(keys, hosts, steps));
    assert_eq!(told, Vec::<String>::new(), "{keys} {hosts} {steps:?}");
}

#[test]
fn hosts_are_counted_before_they_are_followed() {
    let hosts = r#"{ name = "a" }, { name = "h", count = 4000000000 }"#;
    for step in ["run 1s", "set-mode a client", "move a to=/ip4/10.0.0.9"] {
        refused("", hosts, &[step], "at most 20000 hosts");
    }
    let hosts = r#"{ name = "h", count = 4000000000, addresses = "ip6" }"#;
    refused("", hosts, &["run 1s"], "at most 20000 hosts");
}

#[test]
fn routers_are_counted_before_they_are_named() {
    let hosts = r#"{ name = "a", behind = "home0" }, { name = "b" }"#;
    let routers = r#"routers = [{ name = "home", count = 4294967295, hairpin = true }]"#;
    let told = told_of(&file(routers, hosts, &["connect a b"]));
    let words = "`home`: `count` is a number from 1 to 10000";
    assert!(
        told.iter().any(|problem| problem.contains(words)),
        "{told:?}"
    );
}

#[test]
fn lines_are_limited() {
    for (step, words) in [
        ("run 9000000h", "at most 200 years"),
        ("run 15years", "at most 10 years of virtual time"),
        ("skew a loses=1000000", "at most 900000 millionths"),
        (
            "skew a gains=18446744073709551615",
            "at most 900000 millionths",
        ),
        ("skew a behind=60years", "at most 50 years"),
        ("put a k size:99999999999", "at most 67108864 bytes"),
        ("unlisten h0..h4000000000", "at most 20000 hosts"),
        ("latency 25h", "at most 24 hours"),
        ("latency log-normal:1s~1e300", "at most 24 hours"),
        ("hold-streams r a 99999999", "at most 10000 streams"),
        ("churn h 9years 1ms 1ms", "at most 1000000"),
        ("script r slow(900years)", "at most 200 years"),
        ("store-local a k v ttl=201years", "at most 200 years"),
        (
            "eventually 10000000000years table a =1",
            "at most 200 years",
        ),
    ] {
        refused("", HOSTS, &[step], words);
    }
    accepted(
        "",
        HOSTS,
        &["run 9years", "skew a loses=900000", "churn h 24h 1m 1m"],
    );
    refused(
        "",
        HOSTS,
        &[
            "run 6years",
            "put a k v ttl=200years",
            "always 6years queries a =0",
        ],
        "take longer",
    );
    let deep = format!("expect {}table a =1", "not ".repeat(100_000));
    refused("", HOSTS, &[&deep], "at most 65536 bytes");
    let deep = format!("expect {}table a =1", "not ".repeat(10_000));
    refused("", HOSTS, &[&deep], "within each other");
    let deep = format!("{}get a k", "start ".repeat(5_000));
    refused("", HOSTS, &[&deep], "within each other");
    let deep = format!(
        "script r {}close{}",
        "slow(1s,".repeat(1_000),
        ")".repeat(1_000)
    );
    refused("", HOSTS, &[&deep], "within each other");
}

#[test]
fn hosts_are_limited() {
    for (host, words) in [
        (
            r#"{ name = "x", count = 4000000000 }"#,
            "at most 20000 hosts",
        ),
        (
            r#"{ name = "x", settings = { bucket_size = 9223372036854775807 } }"#,
            "`bucket_size` is at most 1024",
        ),
        (
            r#"{ name = "x", settings = { replication = 2000 } }"#,
            "`replication` is at most 1024",
        ),
        (
            r#"{ name = "x", settings = { parallelism = 2000 } }"#,
            "`parallelism` is at most 1024",
        ),
        (
            r#"{ name = "x", settings = { max_packet_size = 9223372036854775807 } }"#,
            "`max_packet_size`",
        ),
        (
            r#"{ name = "x", settings = { record_ttl = "300years" } }"#,
            "`record_ttl` is at most 200 years",
        ),
        (
            r#"{ name = "x", count = 100, ground = { of = "a", bucket = 240 } }"#,
            "tries",
        ),
    ] {
        refused("", &format!("{HOSTS}, {host}"), &["run 1s"], words);
    }
    let long = format!(
        r#"{{ name = "x", settings = {{ protocol = "/{}" }} }}"#,
        "p".repeat(140)
    );
    refused("", &long, &["run 1s"], "at most 140 bytes");
    let many = r#"{ name = "h", count = 4000, bootstrap = "h" }"#;
    refused("", many, &["run 1s"], "16000000 pairs");
    refused(
        "",
        r#"{ name = "h", count = 4000 }"#,
        &["refuse h from=h"],
        "16000000 pairs",
    );
    let moves: Vec<&str> = vec!["move h"; 4];
    refused(
        "",
        r#"{ name = "h", count = 20000 }"#,
        &moves,
        "80000 addresses",
    );
}

#[test]
fn networks_and_faults_are_limited() {
    refused(
        r#"network = { latency = "30h" }"#,
        HOSTS,
        &["run 1s"],
        "at most 24 hours",
    );
    refused(
        r#"faults = [{ at = "150years", do = "crash a" }]"#,
        HOSTS,
        &["run 1s"],
        "at most 10 years after the start",
    );
}

#[test]
fn texts_are_limited() {
    let told = told_of(&" ".repeat((16 << 20) + 1));
    assert!(
        told.len() == 1 && told[0].contains("at most 16777216 bytes"),
        "{told:?}"
    );
    let deep = format!("format = {}", "[".repeat(100_000));
    assert!(!told_of(&deep).is_empty());
    let deep = format!("{} = 1", "a.".repeat(100_000));
    assert!(!told_of(&deep).is_empty());
}
