//! Lines about protocols beside kad, or about a second DHT, that hosts do not have.

use super::{HOSTS, accepted, refused, refused_in, told};

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
    accepted(&["discovered a r"]);
}

#[test]
fn only_a_host_with_two_dhts_has_a_second_one() {
    let dual = HOSTS.replacen("{ name = \"b\"", "{ name = \"b\", stack = \"dual\"", 1);
    for step in [
        "find-peers HOST peer:a in=lan",
        "start bootstrap HOST in=lan",
        "add-address HOST a in=lan",
        "expect not knows HOST a in=lan",
        "expect table HOST >=1 in=lan",
    ] {
        let of = |host: &str| told("", &dual, &[&step.replace("HOST", host)]);
        let problems = of("h1");
        assert!(
            problems.len() == 1 && problems[0].contains("which has no second DHT"),
            "{step}: {problems:?}"
        );
        assert_eq!(of("b"), Vec::<String>::new(), "{step}");
    }
}

#[test]
fn the_only_second_dht_of_a_file_knows_nobody() {
    let one = r#"{ name = "a", stack = "dual" }, { name = "b" }"#;
    let two = r#"{ name = "a", stack = "dual" }, { name = "b", stack = "dual" }"#;
    for condition in ["table a =0", "table a <=3", "not table a >=1"] {
        let steps = [
            "connect a b",
            "run 1s",
            &format!("expect {condition} in=lan"),
        ];
        let told_of = told("", one, &steps);
        let words = "this cannot fail: only one host of the file has a second DHT";
        assert!(
            told_of.len() == 1 && told_of[0].contains(words),
            "{told_of:?}"
        );
        assert_eq!(told("", two, &steps), Vec::<String>::new());
    }
}

#[test]
fn a_message_is_published_by_a_host_with_gossipsub() {
    let gossips = r#"{ name = "a", count = 2, settings = { neighbours = { gossipsub = true } } }"#;
    let steps = ["connect a0 a1", "run 5s", "publish a0", "run 1s"];
    let read = [&steps[..], &["expect publications a1 =1 from=a0"]].concat();
    assert_eq!(told("", gossips, &read), Vec::<String>::new());
    let plain = r#"{ name = "a", count = 2 }"#;
    refused_in("", plain, &steps, "`a0` has no gossipsub");
    let unsent = ["connect a0 a1", "run 5s", "expect publications a1 =0"];
    refused_in("", gossips, &unsent, "no line is a `publish`");
}
