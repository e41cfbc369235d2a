//! A file can only expect failures that are known, where they can occur.

use dht_scenarios::{KnownFailure, Stacks, known_failures};

use crate::{problems_of, report_of};

/// The problems of a file with these keys.
fn told_by(stacks: &Stacks, keys: &str) -> Vec<String> {
    let text = format!(
        r#"format = 1
name = "wrong"
about = "Expected failures"
{keys}
hosts = [{{ name = "a", settings = {{ query_timeout = "5s" }} }}, {{ name = "b" }}]
steps = ["connect a b", "expect not connected a b", "eventually 5s not knows a b", "find-peers a k", "expect took last <1s"]
"#
    );
    problems_of(&text, stacks)
}

#[track_caller]
fn refused(keys: &str, words: &str) {
    let told = told_by(&Stacks::standard(), keys);
    assert!(
        told.len() == 1 && told[0].contains(words),
        "{keys}: {told:?}"
    );
}

#[track_caller]
fn accepted(keys: &str) {
    let told = told_by(&Stacks::standard(), keys);
    assert_eq!(told, Vec::<String>::new(), "{keys}");
}

#[test]
fn an_id_is_known_or_declared() {
    let allow = r#"allow = [{ id = "typo", step = "expect not connected a b" }]"#;
    refused(allow, "no known failure has the id `typo`");
    refused(
        r#"allow = [{ id = "B2a", step = "expect took last <1s" }]"#,
        "did you mean `B2`?",
    );
    accepted(&format!(
        "{allow}\nknown = [{{ id = \"typo\", about = \"They are not connected\" }}]"
    ));
    let project =
        Stacks::standard().with_known(KnownFailure::new("typo", "They are not connected"));
    assert_eq!(told_by(&project, allow), Vec::<String>::new());
}

#[test]
fn a_declaration_says_what_should_be_and_is_used() {
    let allow = r#"allow = [{ id = "MINE", step = "expect not connected a b" }]"#;
    for (known, words) in [
        (r#"{ id = "MINE", about = " " }"#, "in a sentence"),
        (r#"{ id = "MINE", about = "x" }"#, "in a sentence"),
        (
            r#"{ id = "MINE 1", about = "It is so" }, { id = "MINE", about = "It is so" }"#,
            "the id \"MINE 1\" has a blank or a comma",
        ),
        (
            r#"{ id = "MINE", about = "It is so" }, { id = "MINE", about = "It is so" }"#,
            "declared twice",
        ),
        (
            r#"{ id = "MINE", about = "It is so" }, { id = "THINE", about = "It is so" }"#,
            "the id `THINE`",
        ),
        (
            r#"{ id = "MINE", about = "It is so" }, { id = "B2", about = "It is so" }"#,
            "is known already",
        ),
    ] {
        refused(&format!("{allow}\nknown = [{known}]"), words);
    }
    let known = r#"{ id = "MINE", about = "It is so", needs = [["hosts.scrpt"]] }"#;
    let told = told_by(&Stacks::standard(), &format!("{allow}\nknown = [{known}]"));
    let words = "no file has the key `hosts.scrpt`";
    assert!(told.iter().any(|told| told.contains(words)), "{told:?}");
}

#[test]
fn a_failure_is_one_as_which_the_id_shows() {
    accepted(r#"allow = [{ id = "B2", step = "expect took last <1s" }]"#);
    refused(
        r#"allow = [{ id = "B2", step = "expect not connected a b" }]"#,
        "`B2` does not show as `step expect not connected`, but as `step expect took`",
    );
    refused(
        r#"allow = [{ id = "B24", violates = "no-panic" }]"#,
        "`B24` does not show as `no-panic`",
    );
    let own = |at: &str| {
        format!(
            r#"allow = [{{ id = "MINE", step = "eventually 5s not knows a b" }}]
known = [{{ id = "MINE", about = "It is so", at = ["{at}"] }}]"#
        )
    };
    accepted(&own("step expect not knows"));
    refused(
        &own("step expect knows"),
        "`MINE` does not show as `step expect not knows`",
    );
    refused(&own("step expect connected"), "`MINE` does not show as");
    refused(&own("step expct knows"), "is not a signature");
}

#[test]
fn a_failure_occurs_on_the_stacks_and_transports_of_the_file() {
    let allow =
        |more: &str| format!(r#"allow = [{{ id = "B2", step = "expect took last <1s", {more} }}]"#);
    accepted(&allow(r#"stacks = ["kad-identify"]"#));
    refused(
        &allow(r#"stacks = ["kad"]"#),
        "is not one of the `stacks` of this file",
    );
    refused(
        &format!(
            "transports = [\"mux\"]\n{}",
            allow(r#"transports = ["stream"]"#)
        ),
        "does not run on the transport stream",
    );
    let pattern = known_failures()
        .iter()
        .find(|known| known.id == "P-pending-leak");
    assert_eq!(pattern.expect("it is listed").stacks, ["pending-leak-bug"]);
    let own = r#"allow = [{ id = "MINE", step = "connect a b" }]
known = [{ id = "MINE", about = "It is so", stacks = ["evicting"] }]"#;
    refused(own, "only the stacks evicting can fail as `MINE` says");
    accepted(&format!("stacks = [\"kad\", \"evicting\"]\n{own}"));
}

#[test]
fn a_failure_is_expected_once() {
    let entries = |one: &str, other: &str| {
        format!(
            "stacks = [\"kad\", \"evicting\"]\nallow = [{{ id = \"MINE\", {one} }}, {{ id = \"MINE\", {other} }}]\nknown = [{{ id = \"MINE\", about = \"It is so\" }}]"
        )
    };
    let step = r#"step = "connect a b""#;
    let words = "expects this failure already";
    refused(&entries(step, step), words);
    refused(
        &entries(step, r#"step = "connect  a  b", stacks = ["kad"]"#),
        words,
    );
    refused(
        &entries(
            r#"violates = "buckets-hold""#,
            r#"violates = "buckets-hold/out-of-range", transports = ["mux"]"#,
        ),
        words,
    );
    let on = |key: &str, value: &str| format!("{step}, {key} = [{value:?}]");
    accepted(&entries(&on("stacks", "kad"), &on("stacks", "evicting")));
    accepted(&entries(
        &on("transports", "mux"),
        &on("transports", "stream"),
    ));
    accepted(&entries(step, r#"step = "find-peers a k""#));
    accepted(&entries(
        r#"violates = "buckets-hold""#,
        r#"violates = "no-panic""#,
    ));
    let twice = format!(r#"{step}, stacks = ["kad", "kad"]"#);
    refused(
        &entries(&twice, &on("stacks", "evicting")),
        "names `kad` twice",
    );
    let empty = format!("{step}, stacks = []");
    let told = told_by(
        &Stacks::standard(),
        &entries(&empty, &on("stacks", "evicting")),
    );
    assert!(
        told.iter()
            .any(|told| told.contains("`stacks` is an empty list")),
        "{told:?}"
    );
}

#[test]
fn a_failure_occurs_on_the_release_of_this_build() {
    let own = |range: &str, of_entry: &str| {
        format!(
            r#"allow = [{{ id = "MINE", step = "connect a b"{of_entry} }}]
known = [{{ id = "MINE", about = "It is so", libp2p = "{range}" }}]"#
        )
    };
    let built = dht_harness::Release::BUILT;
    accepted(&own(&format!("={built}"), ""));
    let others: Vec<_> = dht_harness::Release::ALL
        .into_iter()
        .filter(|one| *one != built)
        .collect();
    let other = others[0];
    refused(&own(&format!("={other}"), ""), "add libp2p = ");
    accepted(&own(
        &format!("={other}"),
        &format!(", libp2p = \"={other}\""),
    ));
}

#[test]
fn a_step_of_a_repetition_is_named_with_its_number() {
    let file = |step: &str| {
        let text = format!(
            r#"format = 1
name = "wrong"
about = "An expected failure of one repetition"
allow = [{{ id = "MINE", step = "{step}" }}]
known = [{{ id = "MINE", about = "The value is found" }}]
hosts = [{{ name = "a" }}, {{ name = "b" }}]
steps = [{{ repeat = 3, as = "i", steps = ["get a k{{i}}"] }}]
"#
        );
        problems_of(&text, &Stacks::standard())
    };
    assert_eq!(file("get a k1"), Vec::<String>::new());
    for step in ["get a k{i}", "get a k{j}"] {
        let told = file(step);
        let [problem] = told.as_slice() else {
            panic!("{told:?}");
        };
        let says = "with the number of the repetition in place of its name in braces";
        assert!(problem.contains(says), "{problem}");
    }
}

/// The problems of a file with these steps that expects the last of them to fail.
fn told_of(id: &str, keys: &str, steps: &[&str]) -> Vec<String> {
    let last = steps.last().expect("a step");
    let listed: String = steps.iter().map(|step| format!("{step:?}, ")).collect();
    let text = format!(
        r#"format = 1
name = "wrong"
about = "An expected failure of another cause"
allow = [{{ id = "{id}", step = "{last}" }}]
{keys}
hosts = [{{ name = "a" }}, {{ name = "b" }}, {{ name = "r", stack = "raw", script = "honest" }}]
steps = ["connect r a", {listed}]
"#
    );
    problems_of(&text, &Stacks::standard())
}

#[track_caller]
fn has_one(told: &[String], words: &[&str]) {
    let [problem] = told else {
        panic!("{told:?}");
    };
    for words in words {
        assert!(problem.contains(words), "{problem}");
    }
}

#[test]
fn a_failure_has_the_cause_that_its_id_names() {
    let steps = ["connect a b", "run 1s", "expect not knows a b"];
    has_one(
        &told_of("D1", "", &steps),
        &[
            "this cannot be `D1`, because the file has none of `bootstrap`, `find-peers`, ",
            " before this step; `D1` is about this: Two hosts that can no longer reach",
            "what can fail so here is `B22`, `D4`",
        ],
    );
    let steps = [
        "add-address a b",
        "crash b",
        "find-peers a k",
        "expect not knows a b",
    ];
    has_one(
        &told_of("D2", "", &steps),
        &[
            "because the file has a `find-peers` before this step",
            "what can fail so here is `B22`, `D1`",
        ],
    );
    for id in ["B22", "D1"] {
        assert_eq!(told_of(id, "", &steps), Vec::<String>::new(), "{id}");
    }
    // What comes later has not caused it.
    let later = ["add-address a b", "find-peers a k", "expect not knows a b"];
    has_one(&told_of("D2", "", &later), &["has none of `churn`"]);
}

#[test]
fn an_id_of_a_file_has_the_cause_that_it_declares() {
    let known = |more: &str| format!(r#"known = [{{ id = "MINE", about = "It is so", {more} }}]"#);
    let steps = ["restart b", "run 1s", "expect not knows a b"];
    let steps: Vec<&str> = ["connect a b", "crash b"]
        .into_iter()
        .chain(steps)
        .collect();
    for (more, words) in [
        (
            r#"needs = [["restart lose-identity"]]"#,
            "has no `restart lose-identity`",
        ),
        (
            r#"needs = [["hosts.script"], ["hosts.settings.protocol", "partition"]]"#,
            "has none of `hosts.settings.protocol`, `partition`",
        ),
        (
            r#"needs = [["hosts.settings.traversal.relay"]]"#,
            "has no `hosts.settings",
        ),
        (r#"without = ["crash"]"#, "has a `crash` before this step"),
        (
            r#"needs = [["hosts.script"], ["banana"]]"#,
            "is neither a kind of action",
        ),
        (r#"without = ["routers"]"#, "is not a kind of action"),
        (
            r#"stacks = ["raw"]"#,
            "this step names no host with one of them",
        ),
    ] {
        has_one(&told_of("MINE", &known(more), &steps), &[words]);
    }
    for more in [
        r#"needs = [["hosts.script"], ["partition", "restart"]]"#,
        r#"without = ["restart lose-identity", "partition"]"#,
        r#"needs = [["loss"]] }, { id = "OTHER", about = "It is so""#,
    ] {
        let told = told_of("MINE", &known(more), &steps);
        let is_other = more.contains("OTHER");
        assert_eq!(told.len(), if is_other { 2 } else { 0 }, "{told:?}");
    }
}

#[test]
fn a_step_that_has_to_fail_is_another_failure() {
    assert_eq!(
        told_of("D18", "", &["get a hex: fails"]),
        Vec::<String>::new()
    );
    has_one(
        &told_of("D18", "", &["get a song"]),
        &[
            "`D18` does not show as `step get`, but as ",
            "`step get fails`",
        ],
    );
}

/// A host of one stack evicts none, in a file that expects that of another stack.
#[test]
fn a_violation_of_another_host_is_not_expected() {
    let file = |stack: &str| {
        format!(
            r#"format = 1
name = "other"
about = "A violation of another host"
transports = ["mux"]
checks = ["failed-query-evicts"]
allow = [{{ id = "MINE", violates = "failed-query-evicts" }}]
known = [{{ id = "MINE", about = "It is so", stacks = ["{stack}"] }}]
hosts = [{{ name = "a" }}, {{ name = "b" }}, {{ name = "k", stack = "kad" }}]
steps = ["connect a,k b", "run 2s", "settle", "close b", "run 1s", "find-peers a test"]
"#
        )
    };
    let own = report_of(&file("kad-identify"));
    assert!(own.verdict.is_ok(), "{:?}", own.report);
    let other = report_of(&file("kad"));
    let told = other.verdict.failure().expect("it fails");
    let says = "not expected as MINE: the violation of failed-query-evicts is that of hosts whose \
                stacks can fail so (k)";
    assert!(told.contains(says), "{told}");
}

#[test]
fn a_planned_fault_that_fails_is_not_the_failure_of_a_step() {
    let report = report_of(
        r#"format = 1
name = "planned"
about = "A planned fault fails during a step that may fail"
transports = ["mux"]
allow = [{ id = "MINE", step = "eventually 10s not connected b c" }]
known = [{ id = "MINE", about = "It is so" }]
hosts = [{ name = "a" }, { name = "b" }, { name = "c" }]
faults = [{ at = "1s", do = "partition a | b id=split", until = "5s" }]
steps = ["connect b c", "run 2s", "heal-all", "eventually 10s not connected b c"]
"#,
    );
    let told = report.verdict.failure().expect("it fails");
    assert!(told.contains("the planned fault `heal split`"), "{told}");
}
