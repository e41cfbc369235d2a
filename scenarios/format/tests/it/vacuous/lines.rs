//! Words, names, hosts and options of lines.

use super::{HOSTS, accepted, refused, refused_everywhere, told};

#[test]
fn words_of_a_condition_are_from_a_fixed_set() {
    refused_everywhere(
        "find-peers a k as=q",
        "answer q timedout",
        "did you mean `timed-out`?",
    );
    refused_everywhere(
        "ask r a find-node k as=x",
        "reply x mesage",
        "did you mean `message`?",
    );
    refused_everywhere("run 1s", "state a crash", "did you mean `crashed`?");
    refused_everywhere("run 1s", "mode a sever", "did you mean `server`?");
    refused_everywhere(
        "run 1s",
        "mode a auto",
        "`auto` is not one of server, client",
    );
    refused_everywhere("run 1s", "bucket a 256 =0", "numbers 0 to 255");
    refused_everywhere("run 1s", "pending a 999", "numbers 0 to 255");
    refused_everywhere(
        "run 1s",
        "asked a b find-nod =0",
        "did you mean `find-node`?",
    );
    refused(&["script r honset"], "did you mean `honest`?");
    refused(&["script r slow(0s,honest)"], "slows by 0s");
    refused(&["script r slow(1s,clos)"], "did you mean `close`?");
}

#[test]
fn the_script_of_a_host_is_from_a_fixed_set() {
    let hosts = r#"{ name = "r", stack = "raw", script = "honset" }"#;
    let told = told("", hosts, &["run 1s"]);
    assert!(
        told.iter()
            .any(|told| told.contains("did you mean `honest`?")),
        "{told:?}"
    );
}

#[test]
fn bounds_that_are_always_or_never_true_are_refused() {
    refused_everywhere("run 1s", "table a >=0", "always true");
    refused_everywhere("run 1s", "table a <0", "never true");
    refused_everywhere("find-peers a k as=q", "recall q >1", "never true");
    refused_everywhere("find-peers a k as=q", "took q >=0s", "always true");
    refused_everywhere("get a k", "holders h k >=4", "the line names 3 hosts");
    refused_everywhere(
        "get a k",
        "holders h k <=3",
        "this is always true: the line names 3 hosts",
    );
    accepted(&[
        "put a k v",
        "expect holders h k >=3",
        "expect holders h k <1",
    ]);
}

#[test]
fn conditions_apply_to_the_query_of_their_name() {
    refused_everywhere("find-peers a k as=q", "values q =0", "it applies to `get`");
    refused_everywhere("put a k v as=q", "sorted q", "it applies to `find-peers`");
    refused_everywhere(
        "bootstrap a as=q",
        "found q b",
        "`find-peers` and `find-providers`",
    );
    refused_everywhere(
        "get a k as=q",
        "answer q stored",
        "whose last step is never `stored`",
    );
    refused_everywhere("get a k as=q", "answer q record", "`values q >=1`");
    refused_everywhere(
        "find-providers a k",
        "answer last providers",
        "`peers last >=1`",
    );
    refused_everywhere(
        "start provide a k as=q",
        "recall q =1",
        "it applies to `find-peers`",
    );
    refused_everywhere(
        "ask r a find-node k as=x",
        "reply-record x",
        "`get-value`, `put-value`",
    );
    refused_everywhere(
        "ask r a get-value k",
        "reply-providers last =0",
        "`get-providers`",
    );
    // The latest query of a name counts, unless it may have failed to start.
    refused(
        &[
            "get a k as=q",
            "expect answer q not-found",
            "find-peers a k as=q",
            "expect values q =0",
        ],
        "a `find-peers`",
    );
    accepted(&[
        "put b k la",
        "get a k as=q",
        "find-peers a k as=q may-fail",
        "expect values q =0",
    ]);
    accepted(&[
        "put b k la",
        "find-peers a k as=q",
        "expect sorted q",
        "get a k as=q",
        "expect values q =0",
    ]);
    // A scripted host may answer anything.
    accepted(&["send r a hex:00 as=x", "expect reply-record x"]);
}

#[test]
fn a_planned_query_of_the_same_name_counts_as_well() {
    let planned = r#"faults = [{ at = "1s", do = "start get a k as=q" }]"#;
    let steps = [
        "find-peers a k as=q",
        "put b k la",
        "run 2s",
        "expect values q =0",
    ];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    assert_eq!(told("", HOSTS, &steps).len(), 1);
}

#[test]
fn scripted_hosts_have_no_dht() {
    refused(&["find-peers r k"], "`r` is scripted and has no DHT");
    refused(&["add-address r a"], "`r` is scripted");
    refused(&["churn r 1m 5s 5s"], "`r` is scripted");
    refused_everywhere("run 1s", "table r =0", "`r` is scripted");
    refused_everywhere("run 1s", "knows a,r b", "`r` is scripted");
    refused_everywhere("run 1s", "queries r =0", "`r` is scripted");
    refused_everywhere("get a k", "stores r k", "`r` is scripted");
    accepted(&[
        "spawn late",
        "expect table all <5",
        "expect connections r =0",
    ]);
}

#[test]
fn only_scripted_hosts_ask() {
    refused(&["ask a b find-node k"], "`a` is not scripted");
    refused(&["send a b hex:00 fails"], "`a` is not scripted");
    refused(&["hold-streams a b 3"], "`a` is not scripted");
    refused(&["script a honest"], "`a` is not scripted");
    refused(&["declare-dead a"], "`a` is not scripted");
    refused_everywhere("run 1s", "last-events a =0", "`a` is not scripted");
}

#[test]
fn hosts_are_spawned_before_any_line_names_them() {
    for line in [
        "connect a late",
        "put a peer:late v",
        "dial a @late",
        "stall a late",
        "reset late",
        "slow late 5ms",
        "connect a late fails",
        "script r honest peers=late",
    ] {
        refused(&[line], "`late` is not up yet: add `spawn late`");
        accepted(&["spawn late", line]);
    }
    for fault in [
        "partition a | late",
        "refuse late",
        "blackhole a late",
        "loss 0.1 of=late",
    ] {
        refused(&[fault], "`late` has `later = true`, and no step spawns it");
        accepted(&[fault, "spawn late", "connect a b"]);
    }
    refused_everywhere("run 1s", "knows a late", "`late` is not up yet");
    refused_everywhere("run 1s", "state all closed", "`late` is not up yet");
}

#[test]
fn snapshots_hold_the_table_that_is_compared() {
    refused_everywhere(
        "snapshot a s",
        "same-table b s",
        "does not hold the table of `b`",
    );
    accepted(&[
        "snapshot a s",
        "snapshot b s",
        "run 1s",
        "expect same-table a,b s",
    ]);
}

#[test]
fn lists_of_hosts_name_hosts() {
    refused(&["crash h,!h"], "`h,!h` names no host");
    refused_everywhere("run 1s", "table h0,!h0 =0", "names no host");
    refused(&["connect a a"], "names `a` twice");
    refused_everywhere("run 1s", "knows a a", "names `a` twice");
    refused_everywhere("run 1s", "linked a", "at least two hosts");
    refused(&["partition a,h | b,h1"], "`h1` is in two groups");
    let hosts = r#"{ name = "x1" }, { name = "x3" }"#;
    let told = told("", hosts, &["unlisten x1..x3"]);
    assert!(
        told.len() == 1 && told[0].contains("includes `x2`"),
        "{told:?}"
    );
    accepted(&["connect h h", "provide a k", "expect provider a k a"]);
}

#[test]
fn options_fit_together() {
    refused(&["dial a @b peer=h fails"], "exactly one host");
    refused(&["store-local a k v publisher=h"], "exactly one host");
    refused(&["latency 5ms to=a"], "`to` needs `of`");
    refused(&["latency 5ms of=a one-way"], "`one-way` needs both");
    refused(&["loss 0.1 to=a"], "`to` needs `of`");
    refused(&["loss 0.1 delay=1s reset"], "remove `delay` or `reset`");
    refused(&["ask r a put-value k ttl=5s"], "add its `value`");
    refused(&["ask r a put-value k"], "add its `value`");
    refused(&["ask r a add-provider k"], "add `provider`");
    refused(&["ask r a get-value k ttl=5s"], "`ttl` is that of a record");
    refused(&["script r silent peers=a"], "names no peers");
}

#[test]
fn keys_are_named_by_a_step() {
    refused_everywhere("put a song la", "stores a sung", "did you mean `song`?");
    refused_everywhere("provide a song", "provides a sing", "did you mean `song`?");
    accepted(&["put a song la", "expect not stores b song"]);
}

#[test]
fn messages_are_counted_and_streams_reset_on_mux_only() {
    for step in ["expect asked a b find-node =0", "reset-streams a b"] {
        refused(&[step], "transports = [\"mux\"]");
        let told = told("transports = [\"mux\"]", HOSTS, &[step]);
        assert_eq!(told, Vec::<String>::new());
    }
}

#[test]
fn planned_faults_meet_hosts_that_can_be_up() {
    let planned = |at: &str, fault: &str, steps: &[&str]| {
        let faults = format!("faults = [{{ at = {at:?}, do = {fault:?} }}]");
        told(&faults, HOSTS, steps)
    };
    for (at, fault, steps, words) in [
        ("1s", "crash late", &["run 5s"][..], "no step spawns it"),
        ("1s", "refuse late", &["run 5s"], "no step spawns it"),
        (
            "1s",
            "crash late",
            &["run 5s", "spawn late"],
            "performed 5s after the start",
        ),
        (
            "3s",
            "crash b",
            &["run 1s", "crash b", "run 5s"],
            "`b` is down at that time",
        ),
        (
            "3s",
            "set-mode b client",
            &["close b", "restart b", "crash b", "run 5s"],
            "is down",
        ),
    ] {
        let told = planned(at, fault, steps);
        // A close takes a time that is not known.
        if steps.contains(&"close b") {
            assert_eq!(told, Vec::<String>::new());
            continue;
        }
        assert!(
            told.len() == 1 && told[0].contains(words),
            "{fault}: {told:?}"
        );
    }
    for (at, fault, steps) in [
        ("5s", "crash late", &["run 5s", "spawn late"][..]),
        ("1s", "crash late", &["connect a b", "spawn late", "run 5s"]),
        (
            "3s",
            "crash b",
            &["run 1s", "crash b", "run 1s", "restart b", "run 5s"],
        ),
        ("3s", "crash b", &["connect a b", "crash b", "run 5s"]),
        ("3s", "refuse b", &["run 1s", "crash b", "run 5s"]),
    ] {
        let told = planned(at, fault, steps);
        assert_eq!(told, Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn settings_that_a_host_ignores_are_refused() {
    for (host, words) in [
        (
            r#"{ name = "x", peers = "a" }"#,
            "only scripted hosts have `peers`",
        ),
        (
            r#"{ name = "x", stack = "raw", script = "silent", peers = "a" }"#,
            "names no peers",
        ),
        (
            r#"{ name = "x", stack = "raw", script = "honest", bootstrap = "a" }"#,
            "has no table",
        ),
        (
            r#"{ name = "x", stack = "raw", script = "honest", settings = { mode = "client" } }"#,
            "has no settings: remove mode",
        ),
        (
            r#"{ name = "x", bootstrap = "x" }"#,
            "names the host itself",
        ),
        (
            r#"{ name = "x", bootstrap = "late" }"#,
            "not up at the start",
        ),
        (r#"{ name = "x", bootstrap = "a,!a" }"#, "names no host"),
    ] {
        let steps: &[&str] = match host.contains("late") {
            true => &["spawn late"],
            false => &["run 1s"],
        };
        let told = told("", &format!("{HOSTS} {host}"), steps);
        assert!(
            told.len() == 1 && told[0].contains(words),
            "{host}: {told:?}"
        );
    }
}

#[test]
fn words_for_an_application_are_those_that_it_states() {
    let stacks = r#"stacks = ["pending-leak-sound"]"#;
    for (step, words) in [
        (
            "expect not app-metric a pendng =0",
            "did you mean `pending`?",
        ),
        (
            "always 5s not app-metric a pendng =0",
            "did you mean `pending`?",
        ),
        ("app-command a \"ftch song\" fails", "did you mean `fetch`?"),
    ] {
        let told = told(stacks, r#"{ name = "a" }"#, &[step]);
        assert!(
            told.len() == 1 && told[0].contains(words),
            "{step}: {told:?}"
        );
    }
}

#[test]
fn only_hosts_with_a_filter_are_filtered() {
    let stacks = r#"stacks = ["kad", "file-sharing"]"#;
    let hosts = r#"{ name = "a" }, { name = "b", stack = "kad" }"#;
    for steps in [
        &["block a b fails"][..],
        &["block a b fails", "unblock a b"],
        &["drop-messages a find-node"],
        &["delay-messages a find-node 1s"],
        &["drop-messages a find-node", "pass-messages a"],
    ] {
        let told = told(stacks, hosts, steps);
        let words = "`a` has the stack `file-sharing`, which does not support this";
        let is_told = told.iter().all(|told| told.contains(words));
        assert!(is_told && told.len() == steps.len(), "{steps:?}: {told:?}");
    }
    assert_eq!(told(stacks, hosts, &["block b a"]), Vec::<String>::new());
}

#[test]
fn what_traversal_has_found_is_read_of_hosts_with_its_behaviours() {
    let hosts = |stack: &str| {
        format!(
            r#"{{ name = "a", bootstrap = "b", stack = "{stack}", settings = {{ traversal = {{ relay_client = true, dcutr = true, autonat_v1 = {{}} }} }} }},
               {{ name = "b", settings = {{ traversal = {{ relay = {{}} }} }} }}"#
        )
    };
    for condition in [
        "punches a >0",
        "failed-punches a =0",
        "reachability a unknown",
    ] {
        for step in [
            format!("expect {condition}"),
            format!("eventually 5s not {condition}"),
        ] {
            let told_of = told("", &hosts("file-sharing"), &[&step]);
            let words = "`a` has the stack `file-sharing`, which does not support this";
            let is_told = told_of.iter().any(|told| told.contains(words));
            assert!(is_told, "{step}: {told_of:?}");
            let told_of = told("", &hosts("kad-identify"), &[&step]);
            assert_eq!(told_of, Vec::<String>::new(), "{step}");
        }
    }
}

#[test]
fn a_list_without_all_hosts_is_refused() {
    refused(&["spawn late", "crash all,!all"], "`!all` leaves no host");
}

#[test]
fn a_query_that_runs_keeps_its_name() {
    let again = "an earlier query is called `q`";
    refused(&["start get a k as=q", "start get b k as=q"], again);
    accepted(&["start get a k as=q", "finish q", "start get b k as=q"]);
    accepted(&[
        "start get a k as=q",
        "expect not ended q",
        "start get b k as=q",
    ]);
    refused(&["get a k as=q", "start get b k as=q"], again);
    accepted(&["get a k as=q", "expect answer q not-found", "get b k as=q"]);
    accepted(&["start get a k", "start get b k"]);
    accepted(&["get a k", "get b k"]);
}

#[test]
fn one_of_several_connections_is_one_of_a_pair() {
    refused(
        &["connect a b", "reset a only=oldest"],
        "name the others with `with`",
    );
    refused(
        &["connect a b", "stall a b only=old"],
        "did you mean `oldest`?",
    );
    accepted(&["connect a b", "reset a with=b only=oldest", "run 1s"]);
}

#[test]
fn a_key_is_what_it_looks_like() {
    refused(&["find-peers a @b"], "write `peer:b` for the peers closest");
    refused(&["find-peers a @h"], "`@h` is the address of a host");
    accepted(&["find-peers a @song"]);
    for (hidden, named, bytes) in [
        (r"so\u200bng", "U+200B", "hex:736fe2808b6e67"),
        (r"\u202egnos", "U+202E", "hex:e280ae676e6f73"),
        (r"so\u0000ng", "U+0000", "hex:736f006e67"),
        (r#"\"so\u00a0ng\""#, "U+00A0", "hex:736fc2a06e67"),
    ] {
        for line in [
            "put a HIDDEN la",
            "put a song HIDDEN",
            "find-peers a HIDDEN",
        ] {
            let line = line.replace("HIDDEN", hidden);
            let text = format!(
                "format = 1\nname = \"wrong\"\nabout = \"Looks like another key\"\nhosts = [{{ name = \"a\", count = 2 }}]\nsteps = [\"connect a a\", \"{}\"]\n",
                line.replace(" a ", " a0 ")
            );
            let told = crate::problems_of(&text, &dht_scenarios::Stacks::standard());
            assert_eq!(told.len(), 1, "{line}: {told:?}");
            assert!(
                told[0].contains(named) && told[0].contains(bytes),
                "{told:?}"
            );
        }
    }
    accepted(&["put a caf\u{e9} \"la li\""]);
}

#[test]
fn not_is_not_said_twice() {
    for condition in [
        "not not knows a b",
        "not not not knows a b",
        "not not connected a b",
    ] {
        for step in ["expect", "eventually 5s", "always 5s"] {
            refused(
                &["connect a b", &format!("{step} {condition}")],
                "`not not` is the same as none",
            );
        }
    }
    accepted(&["connect a b", "expect not knows a b"]);
}

#[test]
fn nothing_connects_to_a_host_that_is_down() {
    for stop in ["crash b", "close b"] {
        refused(
            &["connect a b", stop, "connect a b"],
            "`b` is down, so that nothing connects to it: add `restart b`",
        );
        accepted(&["connect a b", stop, "connect a b fails"]);
        accepted(&["connect a b", stop, "connect a b may-fail"]);
        accepted(&["connect a b", stop, "restart b", "connect a b"]);
    }
    refused(&["crash h1", "connect a h"], "`h1` is down");
}

#[test]
fn the_name_of_a_host_is_told_in_lowercase() {
    let told_of = told("", HOSTS, &["connect A b"]);
    let words = "`A` is not the name of a host: names have lowercase letters, as `a`";
    assert!(told_of[0].contains(words), "{told_of:?}");
    let told_of = told("", HOSTS, &["connect 1 b"]);
    assert!(told_of[0].contains("is not a list of hosts"), "{told_of:?}");
}
