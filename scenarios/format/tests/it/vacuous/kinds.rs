//! Addresses of kinds that a host does not have, and names that no host resolves.

use rstest::rstest;

use super::{refused_in, told};

const NAMES: &str = r#"names = [{ name = "boot.example", hosts = "a" }]"#;

const HOSTS: &str = r#"
  { name = "a" },
  { name = "quic", addresses = "quic-v1" },
  { name = "six", count = 2, addresses = "ip6" },
  { name = "both", addresses = "ip4,ip6,tcp,quic-v1,names" },
"#;

#[track_caller]
fn accepted(keys: &str, steps: &[&str]) {
    assert_eq!(told(keys, HOSTS, steps), Vec::<String>::new());
}

#[test]
fn addresses_of_the_kinds_of_a_host_are_dialled() {
    accepted(
        NAMES,
        &[
            "dial both @quic/quic-v1",
            "dial both @six0/ip6 peer=six0",
            "dial six0 @both/ip6/tcp",
            "dial both /ip6/fd00::a00:1/tcp/4001 fails",
            "dial both /dnsaddr/boot.example",
            "dial both /dns4/BOOT.example/tcp/4001 peer=a",
            "set-name later.example quic after=2s",
            "dial both /dns4/later.example/udp/4001/quic-v1",
            "remove-name later.example",
            "dial both /dns4/later.example/udp/4001/quic-v1 fails=\"there is no name\"",
            "dial both /dns4/later.example/udp/4001/quic-v1 fails",
            "listen both on=/ip6/::/udp/0/quic-v1",
            "dial a @quic fails=\"no transport\"",
        ],
    );
}

#[rstest]
#[case(
    "dial a @quic",
    "`a` listens on and dials addresses of the kinds `ip4,tcp`"
)]
#[case("dial a @six0", "`@six0` is none of them")]
#[case("dial a,both @both/quic-v1", "`a` listens on and dials")]
#[case(
    "dial both @quic/tcp",
    "`quic` listens on and dials addresses of the kinds `ip4,quic-v1`"
)]
#[case("dial six0 /ip4/10.0.0.1/tcp/4001", "`six0` listens on and dials")]
#[case("dial a /dns4/boot.example/tcp/4001", "`a` listens on and dials")]
#[case(
    "connect six1,both a",
    "`six1` dials addresses of the kinds `ip6,tcp`, and `a` has those of the kinds `ip4,tcp`"
)]
#[case("listen a on=/ip4/0.0.0.0/udp/0/quic-v1", "`a` listens on and dials")]
#[case("dial both /ip6/2001:db8::1/tcp/4001", "the network carries")]
#[case(
    "dial both /dns4/boots.example/tcp/4001",
    "there is no name `boots.example`; did you mean `boot.example`"
)]
#[case(
    "remove-name boots.example",
    "there is no name `boots.example` to be removed"
)]
#[case(
    "set-name boots.example a",
    "no line has an address with the name `boots.example`"
)]
fn a_line_that_can_only_fail_is_refused(#[case] line: &str, #[case] words: &str) {
    let dials = "dial both /dnsaddr/boot.example";
    refused_in(NAMES, HOSTS, &[dials, line], words);
}

#[test]
fn a_dial_of_a_name_that_was_removed_has_to_be_said_to_fail() {
    let dial = "dial both /dnsaddr/boot.example";
    refused_in(
        NAMES,
        HOSTS,
        &[dial, "remove-name boot.example", dial],
        "`boot.example` has been removed before: write `fails`",
    );
}

#[test]
fn a_name_is_one_that_is_resolved() {
    let plain = r#"{ name = "a" }, { name = "b" }"#;
    refused_in(NAMES, plain, &["connect a b"], "no host resolves names");
    let step = &["dial both /dnsaddr/boot.example"];
    let twice = NAMES.replace('}', r#"}, { name = "boot.example", hosts = "quic" }"#);
    refused_in(&twice, HOSTS, step, "there are two names `boot.example`");
    let unknown = NAMES.replace(r#""a""#, r#""c""#);
    refused_in(&unknown, HOSTS, step, "no host is called `c`");
    let later = HOSTS.replace(r#"{ name = "a" }"#, r#"{ name = "a", later = true }"#);
    let steps = ["spawn a", "dial both /dnsaddr/boot.example"];
    refused_in(
        NAMES,
        &later,
        &steps,
        "let `set-name boot.example a` follow its `spawn`",
    );
    for name in ["boot", "Boot.example", "-.example"] {
        let wrong = NAMES.replace("boot.example", name);
        refused_in(&wrong, HOSTS, step, "is not the name of a host");
    }
}

#[test]
fn kinds_are_words_that_exist() {
    for wrong in ["udp", "tcp,tcp", ""] {
        let hosts = format!(
            r#"{{ name = "a", addresses = "{wrong}" }}, {{ name = "b", addresses = "ip6" }}"#
        );
        let told = told("", &hosts, &["connect b a"]);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains("kind of address") || told[0].contains("KINDS"),
            "{told:?}"
        );
    }
}

#[test]
fn hosts_behind_routers_have_addresses_of_any_kind() {
    let routers = r#"routers = [{ name = "home" }]"#;
    for kinds in ["ip6", "quic-v1", "ip4,ip6,tcp,ws"] {
        let hosts = format!(
            r#"{{ name = "a" }}, {{ name = "b", behind = "home", addresses = "{kinds}" }}"#
        );
        assert_eq!(told(routers, &hosts, &["run 1s"]), Vec::<String>::new());
    }
}

#[test]
fn a_relay_has_the_address_by_which_it_is_reached() {
    let traversal = "settings = { traversal = { relay = {}, relay_client = true } }";
    let hosts = format!(
        r#"{{ name = "relay", {traversal} }}, {{ name = "a", {traversal} }}, {{ name = "b", {traversal} }}"#
    );
    let dial = |kind: &str| format!("dial a @relay{kind}/p2p-circuit/p2p/b peer=b may-fail");
    refused_in("", &hosts, &[&dial("/quic-v1")], "is by none of them");
    assert_eq!(told("", &hosts, &[&dial("")]), Vec::<String>::new());
    assert_eq!(told("", &hosts, &[&dial("/tcp")]), Vec::<String>::new());
}
