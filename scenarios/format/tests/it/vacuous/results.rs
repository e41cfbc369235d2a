//! Conditions that are true or false whatever the run does.

use super::{HOSTS, accepted, refused, refused_everywhere, told};

#[track_caller]
fn refused_with(hosts: &str, steps: &[&str], words: &str) {
    let told = told("", hosts, steps);
    assert!(
        told.len() == 1 && told[0].contains(words),
        "{steps:?}: {told:?}"
    );
}

#[track_caller]
fn accepted_with(hosts: &str, steps: &[&str]) {
    assert_eq!(told("", hosts, steps), Vec::<String>::new(), "{steps:?}");
}

#[test]
fn an_expectation_may_not_fail() {
    for line in [
        "expect knows a b may-fail",
        "expect not knows a b may-fail",
        "eventually 5s knows a b may-fail",
        "always 5s not knows a b may-fail",
        "settle may-fail",
        "recover 5m may-fail",
    ] {
        refused(
            &[line],
            "with `may-fail` requires nothing: remove `may-fail`",
        );
    }
    for line in [
        "run 5s may-fail",
        "pause a may-fail",
        "heal-all may-fail",
        "slow a 5ms may-fail",
        "start-connect a b may-fail",
        "partition a | b may-fail",
        "refuse a from=b may-fail",
        "latency 5ms may-fail",
        "loss 0.1 may-fail",
        "unlisten a may-fail",
        "set-mode a client may-fail",
        "remove-peer a b may-fail",
        "remove-address a b may-fail",
        "add-external a may-fail",
        "add-address a b may-fail",
    ] {
        refused(&[line], "cannot fail: remove `may-fail`");
    }
    accepted(&[
        "connect a b may-fail",
        "find-peers a k may-fail",
        "remove-external a may-fail",
        "expect knows a b fails",
    ]);
    for line in [
        "remove-peer b a",
        "set-mode b client",
        "unlisten b",
        "remove-external b",
    ] {
        accepted(&["crash b", &format!("{line} may-fail")]);
        accepted(&["connect a b", line]);
    }
    let planned = r#"faults = [{ at = "1s", do = "spawn late" }]"#;
    let steps = ["run 2s", "pause late may-fail"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
}

#[test]
fn a_query_that_has_ended_has_made_a_step() {
    for bound in [">=1", ">0", "=0", "<1", "<=0"] {
        refused_everywhere(
            "find-peers a k as=q",
            &format!("steps q {bound}"),
            "is a step",
        );
    }
    refused(
        &["start get a k as=q", "finish q", "expect steps q >=1"],
        "is a step",
    );
    accepted(&["start get a k as=q", "eventually 5s steps q >=1"]);
    accepted(&["find-peers a k as=q may-fail", "expect steps q >=1"]);
    accepted(&["find-peers a k as=q", "expect steps q =1"]);
}

#[test]
fn a_query_takes_no_longer_than_its_timeout_permits() {
    for bound in ["<=71s", "<72s", ">71s", ">=2m", "=80s"] {
        refused_everywhere(
            "find-peers a k as=q",
            &format!("took q {bound}"),
            "within 1m 11s",
        );
    }
    refused(&["put a k v as=q", "expect took q <=131s"], "within 2m 11s");
    accepted(&["put a k v as=q", "expect took q <=130s"]);
    // A lookup may exceed its timeout by seconds, see B2.
    accepted(&["find-peers a k as=q", "expect took q <=60s"]);
    accepted(&["bootstrap a as=q", "expect took q <=5m"]);
    accepted(&["slow a 5s", "find-peers a k as=q", "expect took q <=71s"]);
    let patient = r#"{ name = "a", settings = { query_timeout = "3s" } }, { name = "b", settings = { query_timeout = "2m" } }"#;
    accepted_with(patient, &["find-peers a k as=q", "expect took q <=71s"]);
    let hasty = r#"{ name = "a", settings = { query_timeout = "3s" } }"#;
    refused_with(
        hasty,
        &["find-peers a k as=q", "expect took q <=14s"],
        "within 14s",
    );
}

#[test]
fn a_lookup_does_not_find_its_own_host() {
    for line in [
        "expect found q a",
        "expect not found q a",
        "always 5s not found q a",
    ] {
        refused(&["find-peers a k as=q", line], "no lookup finds the host");
    }
    refused(
        &["find-peers a k as=q", "expect found q a,b"],
        "write `a,b,!a`",
    );
    refused(
        &["find-peers h k as=q", "expect found q h"],
        "no lookup finds",
    );
    accepted(&["find-peers h k as=q", "expect not found q h"]);
    accepted(&["find-peers a peer:a as=q", "expect not found q a"]);
    accepted(&[
        "script r lying peers=a,b",
        "find-peers a k as=q",
        "expect not found q a",
    ]);
    // A host may be its own provider.
    accepted(&["find-providers a k as=q", "expect found q a"]);
}

#[test]
fn numbers_are_possible_in_this_file() {
    let three = r#"{ name = "h", count = 3 }"#;
    for line in [
        "expect table h <=2",
        "expect not table h >2",
        "expect bucket h0 255 =3",
    ] {
        refused_with(three, &[line], "2 other hosts");
    }
    accepted_with(
        three,
        &[
            "connect h0 h1,h2",
            "expect table h =2",
            "expect buckets h0 >=2",
            "expect table h <2",
        ],
    );
    let lookup = "find-peers h0 k as=q";
    refused_with(three, &[lookup, "expect peers q <=2"], "2 hosts besides");
    refused_with(
        three,
        &["find-providers h0 k as=q", "expect peers q =4"],
        "3 hosts",
    );
    accepted_with(three, &[lookup, "expect peers q =2"]);
    // These bring peers that the file does not name.
    accepted_with(
        three,
        &[
            "crash h1",
            "restart h1 lose-identity",
            "connect h0 h1",
            "expect table h0 <=2",
        ],
    );
    let scripted =
        r#"{ name = "a" }, { name = "r", stack = "raw", script = "slow(1s, malformed(00))" }"#;
    accepted_with(scripted, &["expect table a <=1"]);
    let custom = r#"{ name = "a", stack = "file-sharing" }"#;
    accepted_with(custom, &["expect table a =3"]);
}

#[test]
fn a_table_holds_no_more_than_its_buckets() {
    let many = r#"{ name = "h", count = 6000, settings = { bucket_size = 20 } }"#;
    for line in [
        "expect table h0 <=5121",
        "expect table h0 >5121",
        "expect bucket h0 255 =22",
        "expect buckets h0 <=21",
    ] {
        refused_with(many, &[line], "`bucket_size` is 20");
    }
    // libp2p may be asked to keep the limit itself.
    accepted_with(
        many,
        &[
            "connect h0 h1",
            "expect buckets h0 <=20",
            "expect not bucket h0 255 >20",
        ],
    );
}

#[test]
fn something_is_there_to_recall() {
    let clients = r#"{ name = "h", count = 3, settings = { mode = "client" } }"#;
    let lookup = "find-peers h0 k as=q";
    refused_with(
        clients,
        &[lookup, "expect recall q =1"],
        "no host besides the one of `q` is ever a server",
    );
    refused_with(clients, &["recover 5m"], "no host is ever a server");
    accepted_with(
        clients,
        &[
            "set-mode h1,h2 server",
            lookup,
            "expect recall q =1",
            "recover 5m",
        ],
    );
    refused_with(
        r#"{ name = "a" }"#,
        &["recover 5m"],
        "only `a` is ever a server",
    );
    accepted_with(r#"{ name = "a" }, { name = "b" }"#, &["recover 5m"]);
    let one = &format!(r#"{clients}, {{ name = "a" }}"#);
    refused_with(
        one,
        &["find-peers a k as=q", "expect recall q =1"],
        "no host besides",
    );
    accepted_with(one, &[lookup, "expect recall q =1"]);
}

#[test]
fn a_key_is_that_of_records_or_of_providers() {
    refused_everywhere("provide a song", "stores b song", "use `provider`");
    refused_everywhere(
        "find-providers a song",
        "holders h song =1",
        "are about providers",
    );
    refused_everywhere(
        "put a song la",
        "provider b song a",
        "use `stores` and `holders`",
    );
    refused_everywhere(
        "ask r a get-providers song",
        "stores a song",
        "are about providers",
    );
    refused_everywhere(
        "find-peers a song",
        "providers b song =0",
        "lookups of peers",
    );
    accepted(&[
        "put a song la",
        "provide b song",
        "expect not provides a song",
        "expect not stores b song",
    ]);
    accepted(&[
        "provide a song",
        "send r a hex:00",
        "expect not stores a song",
    ]);
}

#[test]
fn a_value_is_one_that_a_step_puts() {
    let before = ["put a song lala", "get b song as=q"];
    for line in [
        "expect values q >=1 value=lalaa",
        "expect not values q =0 value=lalaa",
        "expect not stores b song value=lalaa",
    ] {
        refused(&[before[0], before[1], line], "did you mean `lala`?");
    }
    accepted(&[
        before[0],
        before[1],
        "expect values q =1 value=hex:6c616c61",
    ]);
    refused(
        &[
            "put a song lala",
            "put a tune lulu",
            "expect not stores b song value=lulu",
        ],
        "under the key `song`",
    );
    refused(
        &[
            "ask r a get-value song as=x",
            "expect not reply-record x value=la",
        ],
        "no step puts the value `la`",
    );
    accepted(&[
        "script r slow(1s,record(6c61))",
        "get a song as=q",
        "expect values q =1 value=la",
    ]);
    accepted(&[
        "send r a hex:00",
        "get a song",
        "expect not stores a song value=la",
    ]);
}

#[test]
fn a_value_found_is_one_of_the_key_that_is_looked_up() {
    let puts = ["put a song lala", "put a tune lulu"];
    for line in [
        "expect values q >=1 value=lulu",
        "expect not values q >=1 value=lulu",
        "always 5s not values q >=1 value=lulu",
    ] {
        refused(
            &[puts[0], puts[1], "get b song as=q", line],
            "under the key `song`, so no record can have it; a step puts it under the key `tune`",
        );
    }
    refused(
        &[puts[0], puts[1], "expect not stores b song value=lulu"],
        "a step puts it under the key `tune`",
    );
    let line = "expect values q =1 value=lulu";
    accepted(&[puts[0], puts[1], "get b tune as=q", line]);
    accepted(&[
        puts[0],
        puts[1],
        "get b song as=q",
        "expect values q =1",
        "get b tune as=q",
        line,
    ]);
    accepted(&[
        puts[0],
        puts[1],
        "get b tune as=q",
        "get b song as=q may-fail",
        line,
    ]);
}

#[test]
fn a_quorum_is_not_greater_than_the_network() {
    let five = r#"{ name = "h", count = 5, bootstrap = "h" }"#;
    for put in [
        "put h0 k v as=q",
        "put h0 k v quorum=5 as=q",
        "start put h0 k v quorum=majority as=q",
    ] {
        for line in [
            "expect succeeded q",
            "expect answer q stored",
            "eventually 5s succeeded q",
        ] {
            refused_with(five, &[put, line], "there are 4 hosts besides its own");
        }
        // That libp2p says so can be checked.
        accepted_with(five, &[put, "expect not succeeded q"]);
        accepted_with(five, &[put, "expect answer q quorum-failed"]);
    }
    for put in ["put h0 k v quorum=one as=q", "put h0 k v quorum=4 as=q"] {
        accepted_with(five, &[put, "expect succeeded q"]);
    }
    let small = r#"{ name = "h", count = 5, settings = { replication = 4 } }"#;
    accepted_with(small, &["put h0 k v as=q", "expect succeeded q"]);
    accepted_with(small, &["put h0 k v quorum=4 as=q", "expect succeeded q"]);
}

#[test]
fn a_former_identity_has_been_given_up() {
    refused_everywhere(
        "crash b",
        "knows-former a b",
        "`b` has had one identity only",
    );
    refused(
        &["crash b", "restart b", "expect not knows-former a b"],
        "`b` has had one identity only",
    );
    accepted(&[
        "connect a b",
        "crash b",
        "restart b lose-identity keep-table",
        "expect not knows-former a b",
        "expect not knows-former b b",
    ]);
}

#[test]
fn a_snapshot_is_compared() {
    refused(
        &["snapshot a before"],
        "nothing compares the snapshot `before`",
    );
    accepted(&["snapshot a before", "run 1s", "expect same-table a before"]);
}

#[test]
fn an_expected_error_is_told_from_others() {
    for text in ["e", "\" \"", "err", "a", "h0", "late"] {
        refused(
            &["spawn late", &format!("connect a b fails={text}")],
            "is in many errors",
        );
    }
    accepted(&["connect a b fails=refused"]);
}

#[test]
fn forms_of_keys_and_values_are_in_small_letters() {
    for line in ["put a Hex:00 la", "put a k Size:100", "find-peers a Peer:b"] {
        refused(&[line], "which is in small letters");
    }
    accepted(&["put a Song:la Sizes:1"]);
}
