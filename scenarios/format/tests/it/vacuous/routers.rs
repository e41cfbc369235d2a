//! Routers, relays and AutoNAT that could do nothing.

use super::told;

/// A relay, and two hosts behind a router each.
const HOSTS: &str = r#"
  { name = "relay", settings = { traversal = { relay = {} } } },
  { name = "h", count = 2, behind = "home", settings = { mode = "auto", traversal = { relay_client = true, dcutr = true } } },
  { name = "plain", behind = "open" },
"#;

const ROUTERS: &str = r#"routers = [
  { name = "home", count = 2 },
  { name = "open" },
]"#;

/// Requires that a file has one problem, which contains the words.
#[track_caller]
fn refused(routers: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told(routers, hosts, steps);
    let [problem] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(problem.contains(words), "{problem}");
}

#[track_caller]
fn accepted(routers: &str, steps: &[&str]) {
    assert_eq!(told(routers, HOSTS, steps), Vec::<String>::new());
}

#[test]
fn lines_about_routers_and_relays_are_accepted_where_they_can_do_something() {
    let routers = ROUTERS.replace("\"open\"", "\"open\", port_mapping = true");
    let steps = [
        "connect h relay",
        "run 1s",
        "listen h1 on=@relay/p2p-circuit",
        "dial h0 @relay/p2p-circuit/p2p/h1 peer=h1",
        "expect relayed h0 h1",
        "expect punches h1 =0 to=h0",
        "map-port plain",
        "dial relay router:open peer=plain",
    ];
    accepted(&routers, &steps);
    accepted(ROUTERS, &["run 1s", "map-port h0 fails=\"maps no ports\""]);
}

#[test]
fn a_router_has_a_name_of_its_own_and_something_behind_it() {
    let with = |router: &str| {
        format!("routers = [{{ name = \"home\", count = 2 }}, {{ name = \"open\" }}, {router}]")
    };
    for (router, words) in [
        ("{ name = \"idle\" }", "nothing is behind `idle`"),
        (
            "{ name = \"row\", count = 3, behind = \"home0\" }, { name = \"last\", behind = \"row1\" }",
            "nothing is behind `row0`",
        ),
        ("{ name = \"home1\" }", "a router is called `home1` already"),
        ("{ name = \"relay\" }", "`relay` is a host as well"),
        ("{ name = \"X\" }", "`X` is not a name"),
    ] {
        let told = told(&with(router), HOSTS, &["run 1s"]);
        assert!(
            told.iter().any(|problem| problem.contains(words)),
            "{told:?}"
        );
    }
}

#[test]
fn a_host_is_behind_a_router_of_the_file() {
    refused(
        ROUTERS,
        &format!("{HOSTS}  {{ name = \"lost\", behind = \"opn\" }},\n"),
        &["run 1s"],
        "no router is called `opn`; did you mean `open`?",
    );
}

#[test]
fn a_router_is_behind_one_that_is_declared_before_it() {
    let routers = ROUTERS.replace(
        "{ name = \"home\", count = 2 }",
        "{ name = \"home\", count = 2, behind = \"open\" }",
    );
    refused(
        &routers,
        HOSTS,
        &["run 1s"],
        "`home`: no router `open` is declared before it",
    );
}

#[test]
fn what_a_host_has_no_behaviour_for_is_told() {
    for (step, words) in [
        (
            "dial plain @relay/p2p-circuit/p2p/h1 peer=h1",
            "relay_client = true",
        ),
        ("listen h0 on=@plain/p2p-circuit", "relay = {}"),
        ("expect punches plain =0", "dcutr = true"),
        ("expect reachability h0 private", "autonat_v1 = {}"),
        ("map-port relay", "`relay` is behind no router"),
        ("map-port h0", "`home` grants no ports"),
        (
            "dial relay router:nowhere peer=h0",
            "no router is called `nowhere`",
        ),
    ] {
        refused(ROUTERS, HOSTS, &["run 1s", step], words);
    }
}

#[test]
fn behaviours_that_can_do_nothing_are_told() {
    refused(
        ROUTERS,
        &HOSTS.replace("relay_client = true, ", "").replace(
            "\"open\"",
            "\"open\", settings = { traversal = { relay_client = true } }",
        ),
        &["run 1s"],
        "DCUtR needs a relayed connection",
    );
    refused(
        &format!("stacks = [\"kad\"]\n{ROUTERS}"),
        HOSTS,
        &["run 1s"],
        "learn addresses of the host from identify",
    );
}
