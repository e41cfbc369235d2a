//! Hosts that never meet.

use super::told;
use crate::report_of;

const FOUR: &str =
    r#"{ name = "a" }, { name = "b" }, { name = "c" }, { name = "d", bootstrap = "c" }"#;

#[track_caller]
fn passes(line: &str) {
    let told = told("", FOUR, &["connect a b", "run 1s", line]);
    let is_told = told.len() == 1 && told[0].contains("this cannot fail: nothing brings `");
    assert!(is_told, "{line}: {told:?}");
}

#[track_caller]
fn accepted(keys: &str, hosts: &str, steps: &[&str]) {
    assert_eq!(told(keys, hosts, steps), Vec::<String>::new(), "{steps:?}");
}

#[test]
fn a_check_is_about_hosts_that_can_meet() {
    for line in [
        "expect not knows a c",
        "expect not knows a,b c,d",
        "expect knows a c fails",
        "eventually 5s not entry-connected a c",
        "always 5s not connected a c",
        "expect entry-addresses a c =0",
        "expect connections a =0 to=c",
        "expect dials a <1 to=d",
    ] {
        passes(line);
    }
    for line in [
        "expect not knows a b",
        "expect not knows c d",
        "expect not knows a b,c",
        "expect connections a =0",
        // It fails, and tells why.
        "expect knows a c",
    ] {
        accepted("", FOUR, &["connect a b", "run 1s", line]);
    }
    accepted(
        "",
        FOUR,
        &["connect a b", "crash a", "expect not knows a c"],
    );
    accepted(
        "",
        FOUR,
        &["connect a b", "connect b d", "expect not knows a c"],
    );
}

#[test]
fn a_host_that_meets_none_has_an_empty_table() {
    let hosts = r#"{ name = "a" }, { name = "b" }"#;
    for line in [
        "expect table a =0",
        "expect table a <1",
        "always 5s not table a >=1",
    ] {
        let told = told("", hosts, &["run 1s", line]);
        let words = "nothing brings `a` together with another host";
        assert!(
            told.len() == 1 && told[0].contains(words),
            "{line}: {told:?}"
        );
        accepted("", hosts, &["run 1s", line, "connect a b"]);
    }
}

#[test]
fn hosts_may_meet_by_addresses_names_and_routers() {
    let line = "expect not knows a c";
    for (keys, step) in [
        ("", "dial a /ip4/10.0.0.3/tcp/4001 may-fail"),
        ("", "add-address a b address=/ip4/10.0.0.3/tcp/4001"),
        (
            r#"names = [{ name = "boot.example", hosts = "b" }]"#,
            "dial a /dns4/boot.example/tcp/4001",
        ),
    ] {
        let hosts = FOUR.replace("\"a\"", "\"a\", addresses = \"ip4,tcp,names\"");
        accepted(keys, &hosts, &["connect a b", step, line]);
    }
    let routers = r#"routers = [{ name = "home" }]"#;
    let hosts = FOUR.replace("\"b\"", "\"b\", behind = \"home\"");
    accepted(routers, &hosts, &["connect b a", line]);
}

#[test]
fn a_connection_that_is_closed_may_be_there() {
    let close = |from: &str, to: &str| format!("disconnect {from} {to} may-fail");
    for (before, from, to) in [
        ("run 1s", "a", "c"),
        ("connect a b", "a", "c"),
        ("run 1s", "a,b", "c,d"),
    ] {
        let line = close(from, to);
        let told = told("", FOUR, &[before, &line, "connect a d"]);
        let is_told = told.len() == 1 && told[0].contains("there is no connection to close");
        assert!(is_told, "{line}: {told:?}");
    }
    for (before, from, to) in [
        ("connect a b", "a", "b"),
        ("run 1s", "c", "d"),
        ("connect a b", "a", "b,c"),
    ] {
        accepted("", FOUR, &[before, &close(from, to)]);
    }
    accepted("", FOUR, &["run 1s", "disconnect a c fails"]);
}

#[test]
fn hosts_and_steps_without_an_effect_are_told_in_the_report() {
    let idle = |hosts: &str, steps: &str| {
        let text = format!(
            "format = 1\nname = \"idle\"\nabout = \"Hosts that take no part\"\nhosts = [{hosts}]\nsteps = [{steps}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    let three = r#"{ name = "h", count = 3 }"#;
    assert_eq!(
        idle(three, r#""connect h0 h1""#),
        ["`h2`: no line names it, and no other host knows it"]
    );
    assert_eq!(
        idle(three, r#""connect h0 h1", "run 1s", "crash h2""#),
        [""; 0]
    );
    // Without hosts that meet, they are the subject.
    assert_eq!(idle(three, r#""run 1m", "crash h0""#), [""; 0]);
    let of_time = "all steps: time passes, no host knows another one, and no line makes one act";
    assert_eq!(idle(three, r#""run 1m""#), [of_time]);
    let ready = r#"{ name = "h", settings = { periodic_bootstrap = "1m" } }"#;
    assert_eq!(idle(ready, r#""run 10m""#), [""; 0]);
    let asking = r#"{ name = "h", count = 2, bootstrap = "h" }"#;
    assert_eq!(idle(asking, r#""run 1m""#), [""; 0]);
    assert_eq!(
        idle(three, r#""connect h h", "heal-all""#),
        ["`heal-all`, step 2: the file has no fault of the network"]
    );
    assert_eq!(
        idle(three, r#""connect h h", "cut h0 h1", "run 1s", "heal-all""#),
        [""; 0]
    );
}

#[test]
fn a_check_before_all_other_steps_is_told_in_the_report() {
    let idle = |first: &str, before: &str| {
        let text = format!(
            "format = 1\nname = \"idle\"\nabout = \"A check too early\"\nhosts = [{FOUR}]\nsteps = [{before}\"{first}\", \"connect a b\", \"connect b c\"]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    for (line, together) in [
        ("expect connections a =0", "`a` together with another host"),
        ("expect not knows a b", "`a` and `b` together"),
        ("expect dials a,b =0 to=c", "`a` and `c` together"),
        ("always 1m not connected a b", "`a` and `b` together"),
    ] {
        assert_eq!(
            idle(line, ""),
            [format!(
                "`{line}`, step 1: nothing before it brings {together}"
            )]
        );
        assert_eq!(idle(line, "\"run 1s\", "), [""; 0]);
    }
    for line in [
        // How a file begins that is about what the table holds later.
        "expect table a =0",
        "expect not connected c d",
        "expect connected a b fails",
    ] {
        assert_eq!(idle(line, ""), [""; 0], "{line}");
    }
}

#[test]
fn a_lookup_that_asks_no_peer_is_told_in_the_report() {
    let idle = |steps: &str| {
        let text = format!(
            "format = 1\nname = \"alone\"\nabout = \"A lookup\"\ntransports = [\"mux\"]\n\
             hosts = [{{ name = \"a\" }}, {{ name = \"b\" }}]\nsteps = [\"connect a b\", {steps}]\n"
        );
        let report = report_of(&text);
        assert!(report.verdict.is_ok(), "{:?}", report.verdict);
        report.idle
    };
    // The protocols of `b` are not known at that instant.
    let lookup = r#""find-peers a k as=q""#;
    for condition in [
        "succeeded q",
        "answer q peers",
        "not found q b",
        "took q <=5s",
        "failures q =0",
    ] {
        let told = idle(&format!(r#"{lookup}, "expect {condition}""#));
        let words = format!("`expect {condition}`, step 3: `q` has sent no request");
        assert!(told.len() == 1 && told[0].starts_with(&words), "{told:?}");
        let counted = format!(r#"{lookup}, "expect {condition}", "expect requests q =0""#);
        assert_eq!(idle(&counted), [""; 0]);
    }
    assert_eq!(idle(&format!(r#"{lookup}, "expect peers q =0""#)), [""; 0]);
    let later = format!(r#""run 1s", {lookup}, "expect succeeded q""#);
    assert_eq!(idle(&later), [""; 0]);
    let local = r#""store-local a k la", "get a k as=q", "expect succeeded q""#;
    assert_eq!(idle(local), [""; 0]);
}
