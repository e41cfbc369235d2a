//! Lines about UDP, ports and dials that meet, where nothing uses them.

use super::{refused_in, told};

const HOSTS: &str = r#"
  { name = "a" },
  { name = "q", count = 2, addresses = "quic-v1" },
  { name = "x", dial_only = true },
"#;

#[test]
fn dials_meet_between_two_listeners_of_tcp() {
    let keys = "network = { simultaneous_open = true }";
    let steps = ["connect x a", "connect q0 q1"];
    refused_in(keys, HOSTS, &steps, "fewer than two hosts listen over TCP");
    let two = r#"{ name = "a", count = 2 }"#;
    assert_eq!(told(keys, two, &["connect a0 a1"]), Vec::<String>::new());
}

#[test]
fn udp_is_dropped_of_hosts_that_use_it() {
    let tcp = r#"{ name = "a", count = 2 }"#;
    let steps = ["drop-udp a0 id=f", "connect a0 a1 fails", "heal f"];
    refused_in("", tcp, &steps, "`a0` uses no UDP");
    let quic = r#"{ name = "a", count = 2, addresses = "quic-v1" }"#;
    assert_eq!(told("", quic, &steps), Vec::<String>::new());
}

#[test]
fn a_new_port_is_asked_for_by_a_host_with_a_listener() {
    let two = r#"{ name = "a" }, { name = "x", dial_only = true }"#;
    let words = "dials from a new port in any case";
    refused_in("", two, &["dial x @a peer=a new-port"], words);
    let steps = ["dial a @x peer=x new-port fails"];
    let told = told("", two, &steps);
    assert!(
        !told.iter().any(|problem| problem.contains(words)),
        "{told:?}"
    );
}

#[test]
fn links_are_slower_up_than_down() {
    let two = r#"{ name = "a", count = 2 }"#;
    let steps = ["connect a0 a1", "bandwidth 1000 up=1000", "run 1s"];
    refused_in("", two, &steps, "the rate of both directions already");
    let steps = [
        "connect a0 a1",
        "bandwidth 1000 up=9999999999999999",
        "run 1s",
    ];
    refused_in("", two, &steps, "write 0 for unlimited links");
    let steps = ["bandwidth 0 up=1000", "connect a0 a1", "heal-all"];
    assert_eq!(told("", two, &steps), Vec::<String>::new());
}
