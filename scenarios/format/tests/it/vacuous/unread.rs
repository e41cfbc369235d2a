//! Failures of queries, dials and requests that no line reads.

use crate::report_of;

/// The idle lines of a run of a host `a` that knows `b`, and `c`, which nothing leads to.
#[track_caller]
fn idle(keys: &str, steps: &[&str]) -> Vec<String> {
    let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?},\n")).collect();
    let text = format!(
        "format = 1\nname = \"unread\"\nabout = \"A failure\"\ntransports = [\"mux\"]\n{keys}\n\
         hosts = [{{ name = \"a\", bootstrap = \"b\" }}, {{ name = \"b\" }}, {{ name = \"c\" }}]\n\
         steps = [\n  \"connect c b\",\n  \"run 1s\",\n{}]\n",
        steps.concat()
    );
    let report = report_of(&text);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    report.idle
}

#[track_caller]
fn told(steps: &[&str], words: &str) {
    let idle = idle("", steps);
    assert!(
        idle.len() == 1 && idle[0].contains(words),
        "{steps:?}: {idle:?}"
    );
}

#[track_caller]
fn quiet(steps: &[&str]) {
    assert_eq!(idle("", steps), [""; 0], "{steps:?}");
}

#[test]
fn a_quorum_that_fails_is_read() {
    let failed = "`put a song la`, step 3: it ends with quorum-failed, and no line reads that; add \
                  `expect answer last quorum-failed` after it";
    told(&["put a song la"], failed);
    // A later query of the same name is another one.
    let later = [
        "put a song la",
        "find-peers a peer:b",
        "expect answer last peers",
    ];
    told(&later, failed);
    quiet(&["put a song la", "expect answer last quorum-failed"]);
    quiet(&["put a song la as=q", "expect not succeeded q"]);
    quiet(&["put a song la", "expect stores b song"]);
    quiet(&["put a song la quorum=one"]);
    told(
        &["start put a song la as=q", "finish q"],
        "`start put a song la as=q`, step 3: it ends with quorum-failed",
    );
    let several = ["put a x la", "put a y la", "put a z la"];
    told(&several, "`put a x la`, step 3, and 2 more: it ends with");
}

#[test]
fn a_query_that_times_out_or_finds_nothing_is_read() {
    let removed = [
        "store-local c song la",
        "run 1s",
        "remove-local c song",
        "get a song",
    ];
    told(&removed, "`get a song`, step 6: it ends with not-found");
    let read: Vec<&str> = removed
        .iter()
        .copied()
        .chain(["expect answer last not-found"])
        .collect();
    quiet(&read);
    // No line stores anything under the key.
    quiet(&["get a song"]);
    quiet(&["find-peers a peer:b"]);
    // What has been stored is found.
    quiet(&["put a song la", "get c song as=q", "expect values q >=1"]);
    told(&["put a song la", "get c song as=q"], "quorum-failed");
}

#[test]
fn a_planned_query_that_fails_is_read() {
    let planned = r#"faults = [{ at = "1s", do = "start put a song la as=q" }]"#;
    let of = idle(planned, &["run 10s"]);
    let words = "`start put a song la as=q`, which is planned: it ends with quorum-failed";
    assert!(of.len() == 1 && of[0].starts_with(words), "{of:?}");
    let read = ["run 10s", "expect not succeeded q"];
    assert_eq!(idle(planned, &read), [""; 0]);
}

#[test]
fn a_dial_that_does_not_wait_and_fails_is_read() {
    let idle = |steps: &str| {
        let text = format!(
            "format = 1\nname = \"unread\"\nabout = \"A failure\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"a\" }}, {{ name = \"b\" }}]\nsteps = [{steps}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    let told = idle(r#""refuse b id=f", "start-connect a b", "run 1s", "expect fired f""#);
    let words = "`start-connect a b`, step 2: `a` has never been connected to `b`, and no line is \
                 about that; add `expect not connected a b`";
    assert!(told.len() == 1 && told[0].starts_with(words), "{told:?}");
    assert_eq!(idle(r#""start-connect a b", "run 1s""#), [""; 0]);
    let read = r#""refuse b", "start-connect a b", "run 1s", "expect not connected a b""#;
    assert_eq!(idle(read), [""; 0]);
}
