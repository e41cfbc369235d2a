//! Steps for hosts that are down or keys that nothing is under, and steps done twice.

use super::{HOSTS, accepted, refused, told};

/// Requires that the only problem of a file with these planned faults contains the words.
#[track_caller]
fn planned_refused(faults: &str, steps: &[&str], words: &str) {
    let told = told(&format!("faults = [{faults}]"), HOSTS, steps);
    let [problem] = told.as_slice() else {
        panic!("{faults}: {told:?}");
    };
    assert!(problem.contains(words), "{faults}: {problem}");
}

#[track_caller]
fn planned_accepted(faults: &str, steps: &[&str]) {
    let told = told(&format!("faults = [{faults}]"), HOSTS, steps);
    assert_eq!(told, Vec::<String>::new(), "{faults}");
}

#[test]
fn what_is_removed_has_been_stored() {
    for (line, words) in [
        ("remove-local a sogn", "did you mean `song`?"),
        ("remove-record a sogn", "did you mean `song`?"),
        ("stop-providing a song", "no step stores, announces"),
    ] {
        refused(&["put a song la", line], words);
    }
    refused(&["provide a song", "stop-providing a sogn"], "`song`");
    planned_refused(
        r#"{ at = "1s", do = "remove-local a sogn" }"#,
        &["put a song la", "run 2s"],
        "`song`",
    );
    let told = told(
        "",
        HOSTS,
        &["stop-providing a song", "expect not provides a song"],
    );
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn a_line_changes_what_is_so_already() {
    refused(&["latency 10ms"], "all links have this latency already");
    accepted(&["latency 20ms", "run 1s", "latency 10ms"]);
    accepted(&["latency 11ms"]);
    let narrow = "network = { bandwidth = 1000 }";
    let told_of = told(narrow, HOSTS, &["bandwidth 1000"]);
    let words = "all links have this rate already";
    assert!(
        told_of.len() == 1 && told_of[0].contains(words),
        "{told_of:?}"
    );
    for steps in [
        &["bandwidth 2000"][..],
        &["bandwidth 1000 of=a"],
        &["bandwidth 2000", "run 1s", "bandwidth 1000"],
    ] {
        assert_eq!(told(narrow, HOSTS, steps), Vec::<String>::new());
    }
}

#[test]
fn times_and_options_have_an_effect() {
    for (line, words) in [
        ("run 0s", "no time passes in 0s"),
        ("run 5M", "write `5m` for minutes"),
        (
            "eventually 0s knows a b",
            "`expect` checks a condition at once",
        ),
        ("put a song la ttl=0s", "has expired at once"),
        ("start put a song la ttl=0s", "has expired at once"),
        ("store-local a song la ttl=0s", "has expired at once"),
        ("settle within=0s", "nothing settles within 0s"),
        ("drop-messages a add-provider answers", "has no answer"),
        ("delay-messages a add-provider 1s answers", "has no answer"),
        ("crash a may-fail", "cannot fail"),
        ("get a,b,a song", "`a` is named twice"),
        ("get h9 song", "`h` has `h0` to `h2`"),
    ] {
        refused(&[line], words);
    }
    let compared = "expect same-table a before";
    let problems = told(
        "",
        HOSTS,
        &["snapshot a before may-fail", "run 1s", compared],
    );
    assert!(problems.len() == 1 && problems[0].contains("cannot fail"));
    accepted(&["put a song la ttl=1s", "settle within=1s"]);
    accepted(&[
        "drop-messages a add-provider",
        "drop-messages b get-value answers",
    ]);
    accepted(&["crash a", "crash a may-fail"]);
    // A host is closed twice at once.
    accepted(&["get a,b song", "close a,a"]);
    for (settings, words) in [
        ("max_packet_size = 0", "no message can be sent"),
        ("query_timeout = \"0s\"", "each query ends at once"),
    ] {
        let hosts = |settings: &str| format!("{{ name = \"a\", settings = {{ {settings} }} }}");
        let told_of = told("", &hosts(settings), &["run 1s"]);
        assert!(
            told_of.len() == 1 && told_of[0].contains(words),
            "{told_of:?}"
        );
        let settings = settings.replace('0', "64");
        let told_of = told("", &hosts(&settings), &["run 1s"]);
        assert_eq!(told_of, Vec::<String>::new());
    }
}

#[test]
fn planned_faults_are_read_in_the_order_of_their_times() {
    let fault = r#"{ at = "20s", do = "blackhole a b id=f" }"#;
    let heal = |at: &str| format!("{{ at = \"{at}\", do = \"heal f\" }}");
    let run = ["run 1m"];
    planned_accepted(&format!("{}, {fault}", heal("30s")), &run);
    planned_refused(
        &format!("{}, {fault}", heal("10s")),
        &run,
        "no earlier step defines the fault",
    );
    let until = |until: &str| {
        format!("{{ at = \"20s\", do = \"blackhole a b id=f\", until = \"{until}\" }}")
    };
    planned_accepted(&until("50s"), &run);
    planned_refused(&until("5h"), &run, "is not healed 5h after it");
    // A query takes five minutes at most, and how long a `recover` takes is not known.
    planned_refused(
        &until("5h"),
        &["run 1m", "bootstrap a"],
        "all steps have ended at the latest 6m after the start",
    );
    planned_accepted(&until("5m"), &["run 1m", "bootstrap a"]);
    planned_accepted(&until("5h"), &["run 1m", "recover 1m"]);
}

#[test]
fn the_advice_for_a_planned_fault_that_waits_exists() {
    for (line, advice) in [
        ("connect a b", "use `start-connect`"),
        ("close a", "use `start-close`"),
        ("get a song", "write `start` before it"),
        ("disconnect a b", "perform `disconnect` as a step"),
        ("settle", "perform `settle` as a step"),
    ] {
        let fault = format!("{{ at = \"1s\", do = {line:?} }}");
        planned_refused(&fault, &["run 2s"], advice);
    }
}
