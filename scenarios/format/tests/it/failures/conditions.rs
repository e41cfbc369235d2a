//! Conditions that are false, or about which nothing can be said.

use rstest::rstest;

use super::{HEAD, assert_passes, assert_shown, report};

/// The failure report of a scenario with these steps.
fn false_condition(stack: &str, transport: &str, steps: &str) -> String {
    report(&format!(
        r#"format = 1
name = "fails"
about = "A condition that is false"
transports = ["{transport}"]
stacks = ["{stack}"]
hosts = [
  {{ name = "a", settings = {{ announce_address = false }} }},
  {{ name = "b" }},
  {{ name = "c" }},
  {{ name = "r", stack = "raw", script = "silent" }},
]
steps = [{steps}]
"#
    ))
}

#[rstest]
#[case::candidates(
    "kad-identify",
    "stream",
    r#""settle", "unlisten a", "start-connect a b", "listen a", "run 5s", "expect candidates a =0""#,
    "a: 1 offer of an external address"
)]
#[case::inbound_failures(
    "kad",
    "mux",
    r#""block a b", "connect c a", "start-connect b a", "run 1s", "expect inbound-failures a =0 from=b,c""#,
    "a: 1 failed inbound connection of b"
)]
#[case::last_events(
    "kad",
    "mux",
    r#""connect r a,b", "disconnect r a", "run 1s", "expect last-events r =0 to=a,b""#,
    "r: 1 last event of connections to a"
)]
#[case::told_address(
    "kad-identify",
    "mux",
    r#""connect a b", "run 5s", "expect not told-address a b @b""#,
    "a: its behaviours were told ["
)]
#[case::second_table(
    "dual",
    "mux",
    r#""connect a b", "run 2s", "expect not knows a b in=lan""#,
    "a: b is in its table"
)]
#[case::recall_in_the_second_dht(
    "dual",
    "mux",
    r#""connect a b", "run 2s", "find-peers a song in=lan as=q", "expect recall q =1""#,
    "of which no recall is computed"
)]
#[case::diagnosis(
    "kad",
    "mux",
    r#""connect a b", "run 5s", "expect diagnosis b a protocol-names""#,
    "b: of a [no-identify]"
)]
#[case::request_answers(
    "kad",
    "mux",
    r#""connect a b", "run 5s", "expect request-answers a =1 from=b""#,
    "a: 0 answers to requests of b"
)]
#[case::told_address_of_nobody(
    "kad",
    "mux",
    r#""connect a b", "run 5s", "expect told-address a b @b""#,
    "a: its behaviours were told [] of b"
)]
#[case::answer(
    "kad",
    "mux",
    r#""add-address a b,c", "start put a k v quorum=3 as=q", "finish q", "expect succeeded q""#,
    "its last step is quorum-failed (stored at 2 peers, and the quorum is 3)"
)]
fn an_unmet_condition_is_reported_with_what_was_seen(
    #[case] stack: &str,
    #[case] transport: &str,
    #[case] steps: &str,
    #[case] seen: &str,
) {
    assert_shown(&false_condition(stack, transport, steps), &[seen]);
}

#[test]
fn a_time_is_told_as_files_write_it() {
    let report = report(
        r#"format = 1
name = "fails"
about = "No time to recover"
transports = ["mux"]
hosts = [{ name = "h", count = 4, bootstrap = "h0,h1" }]
steps = ["bootstrap all", "recover 0s"]
"#,
    );
    assert_shown(&report, &["later than within the allowed 0s\n"]);
}

#[test]
fn faults_of_one_step_are_one_line_in_the_words_of_the_file() {
    let report = false_condition(
        "kad",
        "mux",
        r#""firewall a,b,c id=nat", "cut a b id=gone", "dial a @b fails", "expect knows a b""#,
    );
    assert_shown(
        &report,
        &[
            "faults in force:\n  faults 1 to 3, `firewall a,b,c id=nat`, of which the first: dials to a are never \
             answered, since 0.0",
            "  fault 4, `cut a b id=gone`: packets from a to b are dropped, since 0.0",
        ],
    );
}

#[test]
fn a_long_value_is_cut() {
    let steps = r#""store-local b song size:20000", "expect not stores b song""#;
    let report = false_condition("kad", "mux", steps);
    assert_shown(&report, &["xxxx\".. (20000 bytes)"]);
    assert!(!report.contains(&"x".repeat(65)), "{report}");
}

#[test]
fn a_failed_dial_names_the_hosts() {
    let report = false_condition("kad", "mux", r#""refuse c id=closed", "dial a @c peer=c""#);
    assert_shown(&report, &["a could not connect to c: "]);
    assert!(!report.contains(": :"), "{report}");
    assert!(report.contains("/p2p/12D3Koo"), "{report}");
}

#[test]
fn a_healed_fault_is_not_in_force() {
    let steps = r#""partition a | b id=split", "latency 5ms id=slow", "run 2s", "heal split", "expect knows a b""#;
    let report = false_condition("kad", "mux", steps);
    assert_shown(
        &report,
        &["faults in force:\n  fault 2, `latency 5ms id=slow`"],
    );
    assert!(!report.contains("partition a"), "{report}");
}

#[rstest]
#[case::answer("not answer q timed-out")]
#[case::succeeded("not succeeded q")]
#[case::not_found("not found q b")]
#[case::values("values q =0")]
#[case::unanswered("unanswered q =0")]
#[case::failures("failures q <=1")]
#[case::peers("not peers q >=1")]
fn what_a_running_query_has_not_done_is_open(#[case] condition: &str) {
    let query = if condition.starts_with("values") {
        "start get a song as=q"
    } else {
        "start find-peers a song as=q"
    };
    let steps = format!("\"hang b\", \"add-address a b\", \"{query}\", \"expect {condition}\"");
    let report = false_condition("kad", "mux", &steps);
    assert_shown(&report, &["it has not ended"]);
}

#[rstest]
#[case::table("table a =0")]
#[case::knows("not knows a b")]
#[case::stores("not stores a song")]
#[case::mode("not mode a client")]
fn a_host_that_is_down_has_no_empty_table_or_store(#[case] condition: &str) {
    let steps = format!("\"store-local a song la\", \"crash a\", \"expect {condition}\"");
    let report = false_condition("kad", "mux", &steps);
    assert_shown(&report, &["a is down: it has no table, store or mode"]);
}

/// A condition of a host that is down is neither true nor false, whatever the step expects.
#[rstest]
#[case::as_it_is("expect knows a b fails")]
#[case::behind_not("expect not knows a b fails")]
#[case::eventually("eventually 1m knows a b fails")]
#[case::always("always 1m not knows a b fails")]
#[case::count("expect table a =1 fails")]
fn what_cannot_be_told_is_no_failure_that_was_expected(#[case] step: &str) {
    const SAYS: &str = "it cannot be told whether the condition holds";

    let steps = format!("\"add-address a b\", \"crash a\", \"{step}\"");
    let failed = report(&format!("{HEAD}steps = [{steps}]"));
    assert_shown(
        &failed,
        &["a is down: it has no table, store or mode", SAYS],
    );
    let (bare, allowed) = (steps.replace(" fails", ""), step.replace(" fails", ""));
    let failed = report(&format!(
        "{HEAD}known = [{{ id = \"X1\", about = \"A table is not lost in a crash\", \
         at = [\"step expect knows\", \"step expect not knows\", \"step expect table\"] }}]\n\
         allow = [{{ id = \"X1\", step = \"{allowed}\" }}]\nsteps = [{bare}]"
    ));
    assert_shown(
        &failed,
        &["a is down: it has no table, store or mode", SAYS],
    );
}

/// A query that a host has lost has neither succeeded nor not.
#[rstest]
#[case::as_it_is("expect succeeded q fails")]
#[case::behind_not("expect not succeeded q fails")]
fn what_is_said_of_a_lost_query_is_no_failure_that_was_expected(#[case] step: &str) {
    let failed = report(&format!(
        "{HEAD}steps = [\"add-address a b\", \"start find-peers a k as=q\", \"crash a\", \
         \"restart a\", \"{step}\"]"
    ));
    assert_shown(&failed, &["it cannot be told whether the condition holds"]);
}

#[rstest]
#[case::recover("recover 1s")]
#[case::complete("expect complete a,b,c")]
#[case::behind_not("expect not complete a,b,c")]
#[case::linked("expect linked a,b,c")]
fn nothing_is_sound_without_hosts_that_run(#[case] step: &str) {
    let steps = format!("\"crash a,b,c\", \"{step}\"");
    let report = false_condition("kad", "mux", &steps);
    let told = ["no host is a server", "is not up"];
    assert!(told.iter().any(|told| report.contains(told)), "{report}");
}

#[rstest]
#[case::sorted(
    r#""find-peers a song as=q""#,
    "sorted q",
    "has found less than two peers"
)]
#[case::recall(
    r#""crash b,c", "find-peers a song as=q""#,
    "recall q =1",
    "no other host is a server"
)]
#[case::buckets(
    r#""add-address a b", "remove-peer a b""#,
    "buckets a <=2",
    "its table is empty"
)]
fn a_condition_with_nothing_to_look_at_is_open(
    #[case] before: &str,
    #[case] condition: &str,
    #[case] seen: &str,
) {
    for condition in [condition.to_owned(), format!("not {condition}")] {
        let steps = format!("{before}, \"expect {condition}\"");
        assert_shown(&false_condition("kad", "mux", &steps), &[seen]);
    }
}

#[rstest]
#[case::linked("crash c", "linked a,c", "c is not up")]
#[case::complete("crash c", "complete a,c", "c is not up")]
#[case::one_is_linked("crash b,c", "linked all,!r", "fewer than two of these hosts")]
#[case::one_is_complete("crash b,c", "complete a", "no other host is a server")]
#[case::all_are_down("crash b,c", "complete all,!a,!r", "none of these hosts is up")]
#[case::holders(
    "put a song la quorum=one, crash all",
    "holders all,!r song =0",
    "none of these hosts has a store"
)]
#[case::connected("crash c", "connected c a", "c has crashed")]
#[case::connections("crash c", "connections c =0", "c has crashed")]
#[case::under_way("crash c", "under-way c =0", "c has crashed")]
#[case::listeners("crash c", "listeners c =0", "c has crashed")]
#[case::external("crash c", "external c =0", "c has crashed")]
#[case::queries("crash c", "queries c =0", "c has crashed")]
fn nothing_is_said_of_hosts_that_are_down(
    #[case] before: &str,
    #[case] condition: &str,
    #[case] seen: &str,
) {
    let before: Vec<String> = before.split(", ").map(|step| format!("{step:?}")).collect();
    let before = format!(
        "\"add-address all,!r all,!r\", \"bootstrap all,!r\", {}",
        before.join(", ")
    );
    for condition in [condition.to_owned(), format!("not {condition}")] {
        let steps = format!("{before}, \"expect {condition}\"");
        assert_shown(&false_condition("kad", "mux", &steps), &[seen]);
    }
}

#[test]
fn one_server_does_not_recover() {
    let report = false_condition("kad", "mux", r#""crash b,c", "recover 1m""#);
    assert_shown(&report, &["a is the only server"]);
}

#[test]
fn the_hosts_that_are_left_are_looked_at() {
    assert_passes(
        r#"format = 1
name = "passes"
about = "Conditions on a network with a host that is down"
transports = ["mux"]
stacks = ["kad"]
hosts = [{ name = "h", count = 4, bootstrap = "h" }]
steps = [
  "bootstrap h",
  "put h0 song la quorum=one",
  "expect holders h song >=2",
  "crash h3",
  "expect linked h",
  "expect linked h0..h3",
  "expect linked h0,h1",
  "expect complete all",
  "expect complete h0",
  "expect holders h song >=2",
  "expect connected h1 h3",
  "close h2",
  "expect connections h2 =0",
  "expect queries h2 =0",
  "expect listeners h2 =0",
]
"#,
    );
}
