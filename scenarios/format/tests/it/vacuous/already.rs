//! Lines that set what is so already, and lines that remove entries from empty tables.

use super::{HOSTS, accepted, refused, told};

const EFFECT: &str = "this has no effect";

/// Requires that the last of these steps has no effect.
#[track_caller]
fn repeats(steps: &[&str], words: &str) {
    refused(steps, &format!("{EFFECT}: {words} already"));
}

#[test]
fn a_host_is_put_in_another_mode() {
    repeats(&["set-mode a server"], "`a` has this mode");
    repeats(&["set-mode a,b server"], "all these hosts have this mode");
    let client = "set-mode a client";
    repeats(&[client, "run 1s", client], "`a` has this mode");
    repeats(
        &[client, "crash a", "restart a", "set-mode a server"],
        "`a` has this mode",
    );
    repeats(
        &["spawn late", "set-mode late server"],
        "`late` has this mode",
    );
    accepted(&["set-mode a auto"]);
    accepted(&[client, "set-mode a server"]);
    accepted(&[client, "set-mode a,b client"]);
    accepted(&[client, "crash a", "restart a", client]);
    accepted(&["crash a", "set-mode a server fails"]);
    accepted(&["set-mode a client fails", "set-mode a server"]);
    let automatic = r#"{ name = "a", settings = { mode = "auto" } }"#;
    let told_of = |steps: &[&str]| told("", automatic, steps);
    assert!(told_of(&["set-mode a auto"])[0].contains(EFFECT));
    // An automatic server stays one whatever its addresses are.
    assert_eq!(told_of(&["set-mode a server"]), Vec::<String>::new());
    let planned = r#"faults = [{ at = "1s", do = "set-mode a client" }]"#;
    let steps = ["run 2s", "set-mode a server"];
    assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    let repeated = r#"format = 1
        name = "wrong"
        about = "Green by mistake"
        hosts = [{ name = "a" }]
        steps = [{ repeat = 2, steps = ["set-mode a client", "run 1s"] }]"#;
    let told = crate::problems_of(repeated, &dht_scenarios::Stacks::standard());
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_script_is_another_one() {
    repeats(&["script r honest"], "`r` has this script");
    let silent = "script r silent";
    repeats(&[silent, "connect a r", silent], "`r` has this script");
    accepted(&[silent, "run 1s", "script r honest", "run 1s", silent]);
    accepted(&["script r honest peers=a"]);
    let lying = "script r lying peers=a";
    repeats(&[lying, "run 1s", lying], "`r` has this script");
    accepted(&[lying, "run 1s", "script r lying peers=b"]);
    // The script names the address that the host has when the line is performed.
    accepted(&[lying, "move a", lying]);
    // It counts the requests again.
    let flaky = "script r slow(1s,flaky-every(2,honest))";
    accepted(&[flaky, "run 1s", flaky]);
}

#[test]
fn an_external_address_is_a_new_one() {
    let own = "add-external a";
    repeats(&[own], "`a` has this external address");
    repeats(
        &["add-external a address=@a"],
        "`a` has this external address",
    );
    repeats(
        &["add-external a,b"],
        "all these hosts have this external address",
    );
    repeats(
        &["run 1s", "crash a", "restart a", own],
        "`a` has this external address",
    );
    let other = "add-external a address=/ip4/10.0.0.9/tcp/1";
    repeats(&[other, "run 1s", other], "`a` has this external address");
    repeats(
        &["remove-external a", own, "run 1s", own],
        "`a` has this external address",
    );
    accepted(&["remove-external a", own]);
    accepted(&["remove-external a", "add-external a,b"]);
    accepted(&["move a", own]);
    // It becomes the first one again.
    accepted(&[other, own]);
    accepted(&[
        other,
        "remove-external a address=/ip4/10.0.0.9/tcp/1",
        other,
    ]);
    for host in [
        r#"{ name = "a", dial_only = true }"#,
        r#"{ name = "a", settings = { announce_address = false } }"#,
        r#"{ name = "a", settings = { traversal = { autonat_v1 = {} } } }"#,
    ] {
        let hosts = format!("{host}, {{ name = \"b\" }}");
        assert_eq!(told("", &hosts, &[own]), Vec::<String>::new());
    }
}

#[test]
fn hosts_with_other_stacks_may_be_in_any_state() {
    let hosts = r#"{ name = "a" }, { name = "s", stack = "file-sharing" }"#;
    let steps = ["set-mode a server", "add-external a", "remove-peer a s"];
    let told = told("", hosts, &steps);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn what_leaves_a_table_can_be_in_it() {
    let nothing = "this removes nothing: no host of the file knows another one";
    for line in ["remove-peer a b", "remove-address a b"] {
        refused(&[line], nothing);
        refused(&["run 1m", "set-mode b client", line], nothing);
        for met in ["add-address a b", "connect b a", "start-connect h a"] {
            accepted(&[met, line]);
        }
        let planned = r#"faults = [{ at = "1s", do = "start-connect a b" }]"#;
        let steps = ["run 2s", line];
        assert_eq!(told(planned, HOSTS, &steps), Vec::<String>::new());
    }
    let hosts = r#"
      { name = "a", bootstrap = "b" },
      { name = "b" },
      { name = "c" },
    "#;
    let told_of = |steps: &[&str]| told("", hosts, steps);
    for line in ["remove-peer a c", "remove-peer b a"] {
        let told = told_of(&[line]);
        assert!(
            told[0].contains("no `bootstrap` names one of these peers"),
            "{told:?}"
        );
        // A host may hear of those that another one knows.
        assert_eq!(told_of(&["run 1s", line]), Vec::<String>::new());
    }
    for line in ["remove-peer a b", "remove-peer a,b c,b"] {
        assert_eq!(told_of(&[line]), Vec::<String>::new());
    }
}
