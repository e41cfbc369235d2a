//! Routers, relays and AutoNAT that could do nothing.

use super::{refused_in, told};

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
    refused_in(
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
    refused_in(
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
        refused_in(ROUTERS, HOSTS, &["run 1s", step], words);
    }
}

#[test]
fn behaviours_that_can_do_nothing_are_told() {
    refused_in(
        ROUTERS,
        &HOSTS.replace("relay_client = true, ", "").replace(
            "\"open\"",
            "\"open\", settings = { traversal = { relay_client = true } }",
        ),
        &["run 1s"],
        "DCUtR needs a relayed connection",
    );
}

#[test]
fn a_line_about_a_router_names_one_of_the_file() {
    let hosts =
        r#"{ name = "a" }, { name = "b", behind = "home0" }, { name = "c", behind = "home1" }"#;
    let routers = r#"routers = [{ name = "home", count = 2 }]"#;
    for (step, words) in [
        (
            "restart-router hom0",
            "no router is called `hom0`; did you mean `home0`?",
        ),
        (
            "renumber-router home",
            "there are several routers `home`: write one of them",
        ),
        ("relocate b work", "no router is called `work`"),
        ("restart-router internet", "no router is called `internet`"),
        (
            "move b",
            "write `relocate HOSTS ROUTER` in a file with routers",
        ),
    ] {
        refused_in(routers, hosts, &["run 1s", step], words);
    }
    for step in [
        "restart-router home0",
        "renumber-router home1",
        "relocate b home1",
        "relocate b internet",
    ] {
        assert_eq!(
            told(routers, hosts, &["run 1s", step]),
            Vec::<String>::new(),
            "{step}"
        );
    }
}

#[test]
fn a_router_may_have_nothing_behind_it_before_a_host_moves_there() {
    let hosts = r#"{ name = "a", behind = "home" }"#;
    let routers = r#"routers = [{ name = "home" }, { name = "cafe" }]"#;
    refused_in(routers, hosts, &["run 1s"], "nothing is behind `cafe`");
    assert_eq!(
        told(routers, hosts, &["relocate a cafe"]),
        Vec::<String>::new()
    );
}

#[test]
fn the_internet_is_no_router() {
    let hosts = r#"{ name = "a", behind = "internet" }"#;
    let routers = r#"routers = [{ name = "internet" }]"#;
    refused_in(
        routers,
        hosts,
        &["run 1s"],
        "the network outside all routers",
    );
}

#[test]
fn a_lifetime_of_udp_is_one_that_a_connection_meets() {
    let routers =
        |lifetime: &str| format!(r#"routers = [{{ name = "home", udp_lifetime = "{lifetime}" }}]"#);
    let hosts = r#"{ name = "a", behind = "home", addresses = "quic-v1" }, { name = "b" }"#;
    refused_in(
        &routers("4s"),
        hosts,
        &["run 1s"],
        "`udp_lifetime` is at least 5s",
    );
    assert_eq!(
        told(&routers("30s"), hosts, &["run 1s"]),
        Vec::<String>::new()
    );
    let tcp = r#"{ name = "a", behind = "home" }, { name = "b" }"#;
    refused_in(
        &routers("30s"),
        tcp,
        &["run 1s"],
        "no host of the file uses UDP",
    );
}

#[test]
fn a_host_that_is_carried_elsewhere_may_ask_the_router_there() {
    let hosts = r#"{ name = "a" }, { name = "b", behind = "home" }"#;
    let routers = r#"routers = [{ name = "home", port_mapping = true }]"#;
    refused_in(
        routers,
        hosts,
        &["map-port b", "map-port a"],
        "`a` is behind no router",
    );
    let steps = ["relocate a home", "map-port a"];
    assert_eq!(told(routers, hosts, &steps), Vec::<String>::new());
}

#[test]
fn dial_backs_are_counted_where_a_host_dials_back() {
    let client = r#"{ name = "a", settings = { traversal = { autonat_v2_client = true } } }"#;
    let steps = ["connect a b", "run 1m", "expect failed-dial-backs a =0"];
    let hosts = format!(r#"{client}, {{ name = "b" }}"#);
    refused_in("", &hosts, &steps, "no host dials others back");
    let server = r#"{ name = "b", settings = { traversal = { autonat_v2_server = true } } }"#;
    let hosts = format!("{client}, {server}");
    assert_eq!(told("", &hosts, &steps), Vec::<String>::new());
}
