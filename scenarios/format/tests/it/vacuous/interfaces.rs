//! Interfaces of hosts, and addresses by them.

use super::{refused_in, told};

const OFFICE: &str = r#"{ name = "a", interfaces = "office" }, { name = "b", interfaces = "office,loopback,bridge" }, { name = "c" }"#;

#[test]
fn an_address_by_an_interface_is_one_that_both_hosts_have() {
    for (line, words) in [
        (
            "dial a @b/ofice",
            "`b` has no interface `ofice`; did you mean `office`?",
        ),
        ("dial a @c/office", "`c` has no interface `office`"),
        ("dial c @b/office", "`c` has no interface in `office`"),
        ("dial a @b/loopback", "leads every host to itself"),
        ("dial a @b/bridge", "leads every host to itself"),
        ("dial b @a/bridge", "`a` has no interface `bridge`"),
        ("dial b @a/loopback", "`a` has no interface `loopback`"),
    ] {
        refused_in("", OFFICE, &[line], words);
    }
    for line in [
        "dial a @b/office",
        "dial c @b/office fails=\"Timeout has been reached\"",
    ] {
        assert_eq!(told("", OFFICE, &[line]), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn there_are_fifteen_private_networks_at_most() {
    let hosts = |count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("n{number}")).collect();
        format!(r#"{{ name = "a", interfaces = "{}" }}"#, names.join(","))
    };
    assert_eq!(told("", &hosts(15), &["run 1s"]), Vec::<String>::new());
    refused_in("", &hosts(16), &["run 1s"], "at most 15 private networks");
}
