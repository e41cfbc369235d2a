//! Numbers that a query or a store always has, or never.

use super::{accepted, refused, refused_everywhere, told};

#[test]
fn a_query_that_was_waited_for_has_ended() {
    refused_everywhere("find-peers a k as=q", "ended q", "this is always true");
    accepted(&["start find-peers a k as=q", "expect not ended q"]);
    accepted(&["start find-peers a k as=q", "eventually 20s ended q"]);
    accepted(&["find-peers a k as=q may-fail", "expect ended q"]);
}

#[test]
fn a_query_has_a_number_of_requests_that_hosts_can_cause() {
    for condition in ["requests", "unanswered", "failures", "steps"] {
        refused_everywhere(
            "find-peers a k as=q",
            &format!("{condition} q <=1000000"),
            "this is always true: `q` is a `find-peers`, which needs 6 requests at most",
        );
        refused_everywhere(
            "put a k la as=q",
            &format!("{condition} q >=121"),
            "this is never true: `q` is a `put`, which needs 12 requests at most",
        );
        accepted(&["find-peers a k as=q", &format!("expect {condition} q <=6")]);
        accepted(&["bootstrap a as=q", &format!("expect {condition} q <=100")]);
    }
}

#[test]
fn each_host_gives_one_record_at_most() {
    for bound in ["<=20", "<=6", "<7", ">6", "=7"] {
        refused_everywhere(
            "get a k as=q",
            &format!("values q {bound}"),
            "there are 6 hosts, and each gives one record at most",
        );
    }
    accepted(&["put b k la", "get a k as=q", "expect values q <=5"]);
}

#[test]
fn a_store_has_the_records_of_the_file() {
    for bound in ["<=1", "<2", "=2", ">1"] {
        refused_everywhere(
            "put a k la",
            &format!("records a {bound}"),
            "the file has 1 key of records",
        );
    }
    accepted(&["put a k la", "put a l la", "expect records a <=1"]);
    accepted(&["put a k la", "expect records a =1"]);
    refused_everywhere(
        "provide a k",
        "providers a k <=6",
        "the file has 6 hosts that can be providers",
    );
    accepted(&["provide a k", "expect providers a k <=1"]);
    // An application stores what no line names.
    let hosts = r#"{ name = "a", stack = "own" }"#;
    let stores = |told: Vec<String>| told.into_iter().filter(|it| it.contains("key of records"));
    assert_eq!(
        stores(told("", hosts, &["expect records a <=1"])).count(),
        0
    );
}

#[test]
fn a_reply_names_hosts_of_the_file() {
    refused_everywhere(
        "ask r a find-node k as=x",
        "reply-peers x <=20",
        "the file has 6 hosts that a reply can name",
    );
    accepted(&["ask r a find-node k as=x", "expect reply-peers x <=3"]);
}

#[test]
fn a_key_that_is_looked_up_is_no_misspelt_one() {
    for lookup in ["get a sonng", "start get a sonng", "find-providers a sonng"] {
        refused(&["put a song la", lookup], "did you mean `song`?");
    }
    accepted(&["put a song la", "get a verse"]);
    accepted(&["put a k1 la", "get a k2"]);
}

#[test]
fn a_bound_has_its_number_behind_it() {
    for (line, words) in [
        ("expect table a = 4", "without a space, for example `=3`"),
        (
            "expect took last <= 4s",
            "without a space, for example `<=11s`",
        ),
        (
            "expect recall last >= 0.5",
            "without a space, for example `>=0.9`",
        ),
    ] {
        refused(&["find-peers a k", line], words);
    }
}

#[test]
fn a_check_is_made_once() {
    for steps in [
        ["expect knows a b", "expect knows a b"],
        ["expect not knows a b fails", "expect not knows a b fails"],
    ] {
        refused(&steps, "the line before checks the same");
    }
    accepted(&["expect knows a b", "run 1s", "expect knows a b"]);
    accepted(&["find-peers a k", "find-peers a k"]);
}

#[test]
fn a_table_has_the_identities_that_hosts_give_up() {
    let table = |line: &'static str, bound: &str| {
        let check = format!("expect table a {bound}");
        [
            "connect a b".to_owned(),
            "crash b".to_owned(),
            line.to_owned(),
            "run 1s".to_owned(),
            check,
        ]
    };
    let lose = "restart b lose-identity";
    let words = "there are at most 11 others that a table can hold";
    for bound in ["<=1000", "<=11", ">11"] {
        let steps = table(lose, bound);
        refused(&steps.each_ref().map(String::as_str), words);
    }
    accepted(&table(lose, "<=10").each_ref().map(String::as_str));
    let words = "there are 5 other hosts that a table can hold";
    refused(
        &table("restart b", "<=5").each_ref().map(String::as_str),
        words,
    );
    // How many there are depends on the run.
    let churn = "churn b 1m 5s 5s lose-identity";
    accepted(&["connect a b", churn, "expect table a <=1000"]);
}

#[test]
fn a_host_has_the_external_addresses_that_lines_add() {
    let words = "with the hosts and lines of the file it is at most 1:";
    for bound in ["<=5", "<=2", ">2", "<3"] {
        refused(&[&format!("expect external a {bound}")], words);
    }
    accepted(&["expect external a <=1"]);
    accepted(&[
        "add-external a address=/ip4/10.0.0.9/tcp/1",
        "expect external a <=2",
    ]);
    accepted(&["move a", "run 1s", "expect external a <=5"]);
}

#[test]
fn a_lookup_finds_nothing_where_no_line_stores_anything() {
    let words = "no line stores records, so that `q` finds none";
    refused_everywhere(
        "get a k as=q",
        "values q =0",
        &format!("this is always true: {words}"),
    );
    refused_everywhere(
        "get a k as=q",
        "values q >=1",
        &format!("this is never true: {words}"),
    );
    let words = "no line stores providers, so that `q` finds none";
    accepted(&["find-providers a k as=q", "expect peers q =0"]);
    refused(&["find-providers a k as=q", "expect not found q b"], words);
    accepted(&["get a k as=q", "expect answer q not-found"]);
    // Another key may be taken for it.
    accepted(&["put b l la", "get a k as=q", "expect values q =0"]);
    accepted(&[
        "provide b l",
        "find-providers a k as=q",
        "expect not found q b",
    ]);
    accepted(&[
        "script r record(6c61)",
        "get a k as=q",
        "expect values q <=1",
    ]);
    accepted(&["send r a hex:ffff", "get a k as=q", "expect values q =0"]);
}

#[test]
fn a_store_is_empty_where_no_line_stores_a_record() {
    for steps in [
        &["connect a b", "expect records b =0"][..],
        &["provide a k", "eventually 5s records b =0"],
    ] {
        refused(steps, "this cannot fail: no line stores a record");
    }
    accepted(&["store-local a k la", "run 1s", "expect records b =0"]);
    accepted(&["ask r a put-value k value=la", "expect records b =0"]);
}

#[test]
fn a_peer_waits_only_for_a_bucket_that_can_be_full() {
    let words = "this is never true: `bucket_size` is 20, and there are 5 other hosts";
    refused_everywhere("connect a b", "pending a 255", words);
    let crowded = r#"{ name = "a" }, { name = "h", count = 21 }"#;
    let steps = ["connect a h", "expect not pending a 255"];
    assert_eq!(told("", crowded, &steps), Vec::<String>::new());
    let small = r#"{ name = "a", settings = { bucket_size = 1 } }, { name = "h", count = 2 }"#;
    assert_eq!(told("", small, &steps), Vec::<String>::new());
}

#[test]
fn a_number_of_addresses_or_queries_is_one_that_lines_lead_to() {
    for condition in ["entry-addresses a b <=1000", "queries a <=1000"] {
        refused_everywhere(
            "connect a b",
            condition,
            "this is always true: with the hosts and lines",
        );
    }
    for condition in [
        "entry-addresses a b <=3",
        "queries a <=4",
        "entry-addresses a b =1",
    ] {
        accepted(&["connect a b", &format!("expect {condition}")]);
    }
}
