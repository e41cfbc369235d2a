//! A scenario that fails tells what one has to know, on one screen.

use std::path::Path;

use dht_scenarios::{Scenario, Stacks, Verdict, file::parse};
use rstest::rstest;

/// What the first case of a scenario tells that has to fail.
fn story(text: &str) -> String {
    let file = parse(Path::new("fails.toml"), text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let case = scenario.cases().next().expect("one case at least");
    match case.run(0, None).verdict {
        Verdict::Failed(story) => story,
        verdict => panic!("it has to fail, and: {verdict:?}"),
    }
}

fn assert_shown(story: &str, lines: &[&str]) {
    for line in lines {
        assert!(story.contains(line), "{line:?} is missing in\n{story}");
    }
    assert!(story.lines().count() <= 40, "more than a screen:\n{story}");
}

const HEAD: &str = r#"format = 1
name = "fails"
about = "A step that fails"
transports = ["mux"]
stacks = ["kad"]
hosts = [
  { name = "a", settings = { periodic_bootstrap = "never" } },
  { name = "b" },
  { name = "c" },
  { name = "d" },
]
"#;

#[test]
fn a_step_that_waits_shows_what_it_has_changed_in_the_table() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b,d",
  "connect a d",
  "run 1s",
  "remove-peer a b",
  "add-address a c",
  "eventually 20s knows a b",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "step 6 of 6 failed at",
            "not true within 20s of virtual time: a: b is not in its table",
            "a: open, server, 0 connections, 2 entries in its table, 2 at 1.02",
            "      + c disconnected /ip4/",
            "      - b connected /ip4/",
            "      ~ d connected /ip4/",
            "table of a: no usable entry for b: kad had entries for the peers, which the application",
        ],
    );
}

#[test]
fn a_step_that_takes_no_time_shows_what_the_one_before_has_changed() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "connect a d",
  "run 5s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "step 4 of 4 failed at",
            "a: open, server, 2 connections, 1 entry in its table, 1 at 0.02",
            "      ~ b disconnected /ip4/",
        ],
    );
}

#[test]
fn a_table_that_has_not_changed_is_said_to_be_the_same() {
    let story = story(&format!(
        r#"{HEAD}
steps = [
  "add-address a b",
  "run 1s",
  "run 1s",
  "expect knows a c",
]
"#
    ));
    assert_shown(
        &story,
        &[
            "a: open, server, 1 connection, 1 entry in its table, the same as at 1.0",
            "        b connected /ip4/",
            "reproduce: scenario fails with stack kad, transport mux, seed 0",
        ],
    );
}

/// A network of which `a` is connected to a client, a server, a host of another
/// DHT, and none.
fn explained(steps: &str) -> String {
    story(&format!(
        r#"format = 1
name = "fails"
about = "A table that lacks entries"
transports = ["mux"]
hosts = [
  {{ name = "a" }},
  {{ name = "client", settings = {{ mode = "auto", announce_address = false }} }},
  {{ name = "other", settings = {{ protocol = "/other/kad/1.0.0" }} }},
  {{ name = "alone" }},
  {{ name = "server" }},
]
steps = ["connect a client,other", {steps}]
"#
    ))
}

#[rstest]
#[case::client(
    r#""run 5s", "expect knows a client""#,
    "table of a: no usable entry for client: the peers are in kad's client mode"
)]
#[case::waiting(
    r#""eventually 20s knows a other""#,
    "table of a: no usable entry for other: the names of the kad protocol differ: \
     /ipfs/kad/1.0.0 here, /other/kad/1.0.0 there"
)]
#[case::always(
    r#""run 5s", "always 5s knows a client""#,
    "table of a: no usable entry for client: the peers are in kad's client mode"
)]
#[case::count(
    r#""run 5s", "expect table a >=1""#,
    "table of a: no usable entry for client: the peers are in kad's client mode"
)]
#[case::nothing_known(
    r#""run 5s", "expect knows server alone""#,
    "table of server: no usable entry: no address was ever added"
)]
#[case::recovery(
    r#""run 5s", "recover 1m""#,
    "no usable entry for client: the peers are in kad's client mode"
)]
fn a_table_that_lacks_entries_is_explained(#[case] steps: &str, #[case] cause: &str) {
    let story = explained(steps);
    assert_shown(&story, &[cause, "\n  remedy: "]);
    assert_eq!(story.matches(cause).count(), 1, "{story}");
}

/// The first line says what was seen, and no cause is made up.
#[rstest]
#[case::there(r#""connect a server", "run 5s", "expect not knows a server""#)]
#[case::elsewhere(r#""connect a server", "run 5s", "expect entry-addresses a server >=9""#)]
fn a_table_that_is_well_is_not_explained(#[case] steps: &str) {
    let told = explained(steps);
    let step = told.split("\nhosts:").next().expect("the hosts follow");
    assert!(!step.contains("remedy"), "{told}");
}

/// What a step tells that fails after the hosts have come up.
fn told(step: &str) -> String {
    story(&format!(
        r#"format = 1
name = "fails"
about = "An application that is told what it does not know"
transports = ["mux"]
stacks = ["pending-leak-sound"]
hosts = [
  {{ name = "a" }},
  {{ name = "b", stack = "kad" }},
]
steps = ['{step}']
"#
    ))
}

#[test]
fn an_application_says_itself_what_it_can_be_told() {
    for (step, lines) in [
        (
            r#"app-command a "fetsch song""#,
            [
                "a: `fetsch` is no command of this application; did you mean `fetch`? there are",
                "`bootnode @HOST [TEXT]`, `fetch KEY [COUNT]`, `message @HOST`",
            ],
        ),
        (
            r#"app-command a "fetch song 2 3""#,
            ["a: `fetch song 2 3` is written", "`fetch KEY [COUNT]`"],
        ),
        (
            r#"app-command a "fetch song many""#,
            ["a: `many` is no number of records", "step 1 of 1 failed at"],
        ),
        (
            r#"app-command a "message b""#,
            ["a: `b` is no address", "write `@HOST`"],
        ),
        (
            r#"app-command a "message /ip4/10.0.0.1/tcp/4001""#,
            ["does not say whose address it is", "write `@HOST`"],
        ),
        (
            "expect app-metric a pendin =0",
            [
                "a shows nothing under the name `pendin`; did you mean `pending`?",
                "there are ready, pending, done",
            ],
        ),
        (
            "expect not app-metric a pending =0",
            ["a shows pending = 0", "step 1 of 1 failed at"],
        ),
    ] {
        assert_shown(&told(step), &lines);
    }
}

#[test]
fn who_has_no_application_says_who_has_one() {
    for step in ["app-command b go", "eventually 5s app-metric b pending =0"] {
        assert_shown(
            &told(step),
            &[
                "b has no application that takes commands and shows numbers; the stacks with one:",
                "own-address-bug, own-address-sound",
            ],
        );
    }
}

#[test]
fn who_is_gone_neither_hears_nor_shows_anything() {
    let story = story(
        r#"format = 1
name = "fails"
about = "An application that is gone"
transports = ["mux"]
stacks = ["pending-leak-sound"]
hosts = [{ name = "a" }]
steps = [
  "crash a",
  'app-command a "fetch song" fails',
  "expect not app-metric a pending =1",
]
"#,
    );
    assert_shown(
        &story,
        &["step 3 of 3 failed at", "a is gone: it shows nothing"],
    );
}

/// What a scenario of these steps tells that has to fail.
fn false_condition(stack: &str, transport: &str, steps: &str) -> String {
    story(&format!(
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
    "a: 1 offers of an external address"
)]
#[case::inbound_failures(
    "kad",
    "mux",
    r#""block a b", "connect c a", "start-connect b a", "run 1s", "expect inbound-failures a =0 from=b,c""#,
    "a: 1 failed inbound connections of b"
)]
#[case::last_events(
    "kad",
    "mux",
    r#""connect r a,b", "disconnect r a", "run 1s", "expect last-events r =0 to=a,b""#,
    "r: 1 last events of connections to a"
)]
#[case::told_address(
    "kad-identify",
    "mux",
    r#""connect a b", "run 5s", "expect not told-address a b @b""#,
    "a: its behaviours were told ["
)]
#[case::told_address_of_nobody(
    "kad",
    "mux",
    r#""connect a b", "run 5s", "expect told-address a b @b""#,
    "a: its behaviours were told [] of b"
)]
#[case::last_events_of_others("kad", "mux", r#""expect last-events a =0""#, "a is not scripted")]
fn a_condition_that_is_false_tells_what_is_so(
    #[case] stack: &str,
    #[case] transport: &str,
    #[case] steps: &str,
    #[case] seen: &str,
) {
    assert_shown(&false_condition(stack, transport, steps), &[seen]);
}
