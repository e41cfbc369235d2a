//! Addresses with which a line always fails, and groups in place of a host, are refused
//! before a run.

use std::path::Path;

use dht_scenarios::file::parse;
use rstest::rstest;

/// The problems of a file with this line as its last step.
fn told(step: &str) -> Vec<String> {
    told_of(&["crash b", "add-peer-address a h", step])
}

/// The problems of a file with these steps.
fn told_of(steps: &[&str]) -> Vec<String> {
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"Addresses\"\n\
         hosts = [{{ name = \"a\" }}, {{ name = \"b\" }}, {{ name = \"h\", count = 3 }}]\n\
         steps = {steps:?}\n"
    );
    match parse(Path::new("wrong.toml"), &text, None) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.list.into_iter().map(|it| it.text).collect(),
    }
}

#[track_caller]
fn refused(step: &str, words: &str) {
    let told = told(step);
    let [problem] = told.as_slice() else {
        panic!("{step}: {told:?}");
    };
    assert!(problem.contains(words), "{step}: {problem}");
}

#[track_caller]
fn accepted(step: &str) {
    assert_eq!(told(step), Vec::<String>::new(), "{step}");
}

const CARRIED: &str = "`/ip4/A.B.C.D/tcp/PORT`";

const OTHER_KIND: &str = "`a` listens on and dials addresses of the kinds `ip4,tcp`";

#[rstest]
#[case("/ip4/10.0.0.9/udp/4001/quic-v1", OTHER_KIND)]
#[case("/ip4/10.0.0.9/tcp/80/ws", OTHER_KIND)]
#[case("/ip6/fd00::a00:9/tcp/4001", OTHER_KIND)]
#[case("/ip6/2001:db8::1/tcp/4001", CARRIED)]
#[case("/p2p-circuit", CARRIED)]
#[case("/memory/1", CARRIED)]
#[case("/ip4/10.0.0.9", CARRIED)]
#[case("\"\"", CARRIED)]
#[case("/ip4/10.0.0.9/tcp/0", "nothing listens at port 0")]
#[case("/ip4/127.0.0.1/tcp/4001", "leads to the host itself")]
#[case("/ip4/0.0.0.0/tcp/4001", "no host can have this IP address")]
#[case("/ip4/255.255.255.255/tcp/4001", "no host can have this IP address")]
fn a_dial_that_always_fails_says_with_which_error(#[case] address: &str, #[case] words: &str) {
    refused(&format!("dial a {address}"), words);
    refused(&format!("dial a {address} fails"), words);
    refused(&format!("dial a {address} may-fail"), words);
    accepted(&format!("dial a {address} fails=\"any text\""));
}

#[test]
fn a_dial_that_may_succeed_is_accepted() {
    accepted("dial a @h0");
    accepted("dial a /ip4/10.0.0.9/tcp/4001 fails");
    let peer = "/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
    accepted(&format!("dial a /ip4/10.0.0.9/tcp/4001{peer}"));
}

#[test]
fn a_listener_has_an_address_of_the_network() {
    refused("listen a on=/ip4/10.0.0.1/udp/4001 fails", CARRIED);
    refused("listen a on=/ip6/::/tcp/4001", OTHER_KIND);
    refused(
        "listen a on=/ip4/224.0.0.1/tcp/4001",
        "no host can have this IP",
    );
    accepted("listen a on=/ip4/0.0.0.0/tcp/0");
    accepted("listen a on=/ip4/127.0.0.1/tcp/4001");
    accepted("listen a on=/ip4/10.9.9.9/tcp/4001 fails");
    accepted("listen a on=/memory/1 fails=\"not supported\"");
}

#[test]
fn a_host_moves_to_an_ip_address() {
    for wrong in [
        "/ip4/10.0.0.9/udp/4001",
        "/ip4/10.0.0.9/udp/4001/quic-v1",
        "/ip4/10.0.0.9/tcp/0",
        "/ip4/127.0.0.1",
        "/ip4/0.0.0.0",
        "/dns4/boot.example",
        "\"\"",
    ] {
        refused(&format!("move a to={wrong}"), "write `/ip4/A.B.C.D`");
    }
    accepted("move a to=/ip4/10.0.0.9");
    accepted("move a to=@b");
}

#[test]
fn a_table_may_hold_any_address() {
    for address in [
        "/dns4/boot.example/tcp/4001",
        "/memory/1",
        "/ip4/127.0.0.1/tcp/1",
    ] {
        accepted(&format!("add-address a h0 address={address}"));
        let removed = format!("remove-address a h0 address={address}");
        assert_eq!(told_of(&["connect a h0", &removed]), Vec::<String>::new());
        accepted(&format!("add-external a address={address}"));
        accepted(&format!("remove-external a address={address}"));
    }
}

#[rstest]
#[case("dial a @h")]
#[case("dial a @h fails")]
#[case("dial a @h fails=\"any text\"")]
#[case("move a to=@h")]
#[case("add-address a b address=@h")]
#[case("find-peers a peer:h")]
#[case("app-command a \"join @h\"")]
#[case("expect not entry-address a h0 @h")]
fn a_group_is_not_one_host(#[case] step: &str) {
    refused(
        step,
        "exactly one host has to be named here: write one of it, such as `h0`",
    );
    accepted(
        &step
            .replace("@h", "@h1")
            .replace("peer:h", "peer:h1")
            .replace("h0 ", "h2 "),
    );
}

#[rstest]
#[case::of_a_host("/ip4/10.0.0.2/tcp/4001", None)]
#[case::from_which_it_dials("/ip4/10.0.0.2/tcp/49152", None)]
#[case::of_nobody("/ip4/10.0.0.77/tcp/4001", Some("no host has the address"))]
#[case::of_another_port("/ip4/10.0.0.2/tcp/401", Some("no host has the address"))]
#[case::of_another_transport("/dns4/boot.example/tcp/4001", Some("no host has the address"))]
#[case::of_another_kind("/ip4/10.0.0.2/udp/4001/quic-v1", Some("no host has the address"))]
fn an_address_of_a_table_is_one_that_a_host_can_have(
    #[case] address: &str,
    #[case] problem: Option<&str>,
) {
    for step in [
        format!("expect entry-address a h0 {address}"),
        format!("expect not entry-address a h0 {address}"),
        format!("eventually 5s not told-address a h0 {address}"),
    ] {
        match problem {
            Some(words) => refused(&step, words),
            None => accepted(&step),
        }
    }
}

#[rstest]
#[case("add-address a h0 address=/ip4/10.0.0.77/tcp/4001")]
#[case("add-external h0 address=/ip4/10.0.0.77/tcp/4001")]
#[case("move h0 to=/ip4/10.0.0.77")]
fn an_address_of_a_table_is_given_by_a_line(#[case] given: &str) {
    let condition = "entry-address a h0 /ip4/10.0.0.77/tcp/4001";
    let other = "entry-address a h0 /ip4/10.0.0.78/tcp/4001";
    assert_eq!(told_of(&[given, &format!("expect {condition}")]), [""; 0]);
    let told = told_of(&[given, &format!("expect {other}")]);
    assert_eq!(told.len(), 1, "{told:?}");
}
