//! Lines about protocols beside kad that hosts do not have.

use super::{HOSTS, accepted, refused, told};

#[test]
fn a_host_that_sends_a_request_has_the_protocol() {
    refused(&["request a b"], "`a` has no request-response");
    let with = "settings = { neighbours = { request_response = {} } }";
    let hosts = |group: &str| {
        let plain = format!("{{ name = \"{group}\"");
        HOSTS.replacen(&plain, &format!("{plain}, {with}"), 1)
    };
    let told_of = told("", &hosts("a"), &["request a b,h"]);
    assert_eq!(told_of, Vec::<String>::new());
    let told_of = told("", &hosts("b"), &["request b,h1 a"]);
    assert!(
        told_of.len() == 1 && told_of[0].contains("`h1` has no request-response"),
        "{told_of:?}"
    );
}

#[test]
fn a_scripted_host_has_no_such_protocols() {
    for step in ["discovered r a", "expect request-answers r =0"] {
        let told_of = told("", HOSTS, &[step]);
        assert!(told_of[0].contains("`r` is scripted"), "{told_of:?}");
    }
    accepted(&["discovered a r", "expect request-answers a =0 from=r"]);
}
