//! All problems of an invalid file are reported at once.

use std::path::Path;

use dht_scenarios::{
    Stacks,
    file::{Problems, parse},
};
use rstest::rstest;

fn problems(text: &str) -> Problems {
    parse(Path::new("wrong.toml"), text, None).expect_err("the file is wrong")
}

const TEN_MISTAKES: &str = r#"format = 1
name = "wrong"
about = "Ten mistakes in one file"
covrs = ["go-libp2p:TestPing"]
checks = ["no-panik"]
network = { latency = "10 parsecs" }
hosts = [
  { name = "a", settings = { bucket_sice = 4 } },
  { name = "b", count = 0 },
]
faults = [
  { at = "1s", do = "run 5s" },
]
steps = [
  "conect a a",
  "connect a zz",
  "expect knows a",
  "restart a",
  "finish q",
]
"#;

#[test]
fn all_mistakes_are_reported_at_once_with_their_locations() {
    let shown = problems(TEN_MISTAKES).to_string();
    for (place, words) in [
        ("wrong.toml:4:1", "did you mean `covers`?"),
        ("wrong.toml:5:10", "did you mean `no-panic`?"),
        ("wrong.toml:6:", "is not a duration"),
        ("wrong.toml:8:", "did you mean `bucket_size`?"),
        ("wrong.toml:9:3", "`b` has the count 0"),
        (
            "wrong.toml:12:3",
            "waits, but a planned fault must not wait",
        ),
        ("wrong.toml:15:4", "did you mean `connect`?"),
        ("wrong.toml:16:3", "no host is called `zz`"),
        (
            "wrong.toml:17:18",
            "HOSTS is missing at the end of the line",
        ),
        (
            "wrong.toml:18:3",
            "`a` is up: add `close` or `crash` before this step",
        ),
        ("wrong.toml:19:3", "no earlier step defines the query `q`"),
    ] {
        assert!(shown.contains(place), "{place} is missing in\n{shown}");
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn missing_keys_are_reported() {
    let shown = problems("format = 2\n").to_string();
    for words in [
        "`name` is missing",
        "`about` is missing",
        "`hosts` is missing",
        "`steps` is missing",
        "this is format 2",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn an_unknown_schedule_is_reported_with_the_valid_ones() {
    let shown = problems("format = 1\nname = \"wrong\"\nschedule = \"random\"\n").to_string();
    assert!(shown.contains("wrong.toml:3:12"), "{shown}");
    for words in ["`schedule`", "random", "`arrival`", "`drawn`"] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn invalid_toml_is_reported_with_its_location() {
    let shown = problems("format = 1\nname = \"wrong\nabout = 3\n").to_string();
    assert!(shown.contains("wrong.toml:2:"), "{shown}");
    assert!(
        shown.contains("`about`"),
        "the rest of the file should be checked as well:\n{shown}"
    );
}

#[test]
fn steps_in_an_impossible_order_are_reported() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "An impossible order"
hosts = [{ name = "a" }, { name = "b" }, { name = "late", later = true }]
steps = [
  "connect late a",
  "close a",
  "connect a b",
  "resume b",
  "heal split",
  "spawn b",
]
"#,
    )
    .to_string();
    for words in [
        "`late` is not up yet",
        "`a` is down, so this step fails",
        "`b` is not paused",
        "no earlier step defines the fault `split`",
        "`b` is already up",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

fn problems_on_standard_stacks(text: &str) -> String {
    let stacks = Stacks::standard();
    let wrong = parse(Path::new("wrong.toml"), text, &stacks);
    wrong.expect_err("the file is wrong").to_string()
}

#[test]
fn unknown_stacks_are_reported_with_the_nearest_one() {
    let shown = problems_on_standard_stacks(
        r#"format = 1
name = "wrong"
about = "Unknown stacks"
stacks = ["kad-identfy"]
known = [{ id = "MINE-1", about = "They are not connected", stacks = ["raww"] }]
allow = [{ id = "MINE-1", step = "connect a b" }]
hosts = [
  { name = "a" },
  { name = "b", stack = "evictin" },
]
steps = ["connect a b"]
"#,
    );
    for words in [
        "wrong.toml:4:10",
        "no stack is called `kad-identfy`; did you mean `kad-identify`?",
        "wrong.toml:5:10",
        "no stack is called `raww`; did you mean `raw`?",
        "wrong.toml:9:3",
        "no stack is called `evictin`; did you mean `evicting`?",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn steps_for_applications_need_a_stack_with_one() {
    let shown = problems_on_standard_stacks(
        r#"format = 1
name = "wrong"
about = "Commands for hosts without an application"
stacks = ["own-address-sound", "kad"]
hosts = [
  { name = "a" },
  { name = "b", stack = "own-address-bug" },
  { name = "c", stack = "raw", script = "honest" },
]
faults = [
  { at = "1s", do = 'app-command c "fetch song"' },
]
steps = [
  'app-command b "bootnode @a"',
  'app-command a "bootnode @b"',
  "eventually 5s not app-metric b,c pending =0",
  "expect app-metric b pending =0",
]
"#,
    );
    for words in [
        "wrong.toml:11:3",
        "wrong.toml:15:3",
        "wrong.toml:16:3",
        "`a` has the stack `kad`, which has no application",
        "`c` has the stack `raw`, which has no application",
        "own-address-bug, own-address-sound, empty-address-bug",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
    for sound in ["wrong.toml:14:", "wrong.toml:17:"] {
        assert!(!shown.contains(sound), "{sound:?} is reported in\n{shown}");
    }
}

#[test]
fn commands_are_checked_before_the_run() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "Invalid commands"
hosts = [{ name = "a" }, { name = "bee" }]
steps = [
  "app-command a",
  'app-command a ""',
  'app-command a "@bee bootnode"',
  'app-command a "bootnode @be"',
  'app-command a bootnode @bee',
  "expect app-metric a Pending =0",
  "expect app-metric a pending 0",
]
"#,
    )
    .to_string();
    for (place, words) in [
        (
            "wrong.toml:6:17",
            "COMMAND is missing at the end of the line",
        ),
        ("wrong.toml:7:18", "a command has at least one word"),
        ("wrong.toml:8:18", "start with the verb"),
        ("wrong.toml:9:3", "did you mean `bee`?"),
        ("wrong.toml:10:27", "`@bee` is not expected here"),
        ("wrong.toml:11:24", "`Pending` is not a name"),
        ("wrong.toml:12:32", "`0` is not a bound"),
    ] {
        assert!(shown.contains(place), "{place} is missing in\n{shown}");
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn hosts_with_the_same_identity_are_reported() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "Identities that clash"
hosts = [
  { name = "a", count = 2, identity = 2 },
  { name = "b" },
  { name = "c", identity = 9, ground = { of = "a0", bucket = 255 } },
]
steps = ["run 1s"]
"#,
    )
    .to_string();
    for (place, words) in [
        (
            "wrong.toml:6:3",
            "`a0` and `b` have the same identity, number 2",
        ),
        ("wrong.toml:7:3", "exclude each other: remove one of them"),
    ] {
        assert!(
            shown.contains(place) && shown.contains(words),
            "{place}: {words}\n{shown}"
        );
    }
}

#[rstest]
#[case::too_large(
    "count = 99999999999",
    "a whole number from 0 to 4294967295, and not `99999999999`"
)]
#[case::far_too_large("count = 99999999999999999999", "a whole number from 0 to 4294967295")]
#[case::negative(
    "identity = -1",
    "`identity` is a whole number from 0 to 4294967295, and not `-1`"
)]
#[case::text(
    "count = \"3\"",
    "a whole number from 0 to 4294967295, and not `\"3\"`"
)]
#[case::fraction("count = 1.5", "and not `1.5`")]
#[case::zero(
    "settings = { bucket_size = 0 }",
    "`bucket_size` is a whole number from 1 to 1024, and not `0`"
)]
#[case::within(
    "ground = { of = \"b\", bucket = 256 }",
    "`bucket` of `ground` is a whole number from 0 to 255"
)]
#[case::no_text("bootstrap = 1", "`bootstrap` is a text in quotes, and not `1`")]
#[case::no_bool("later = 1", "`later` is `true` or `false`, and not `1`")]
#[case::no_table("settings = 3", "this has to be a table")]
#[case::no_word(
    "settings = { mode = 3 }",
    "`mode` is one of `server`, `client`, `auto`, and not `3`"
)]
#[case::wrong_word(
    "settings = { mode = \"clent\" }",
    "`auto`, and not `\"clent\"`; did you mean `client`?"
)]
#[case::script("script = \"honset\", stack = \"raw\"", "did you mean `honest`?")]
#[case::script_type("script = 3, stack = \"raw\"", "`script` is a text in quotes")]
#[case::itself(
    "ground = { of = \"a\", bucket = 250 }",
    "`a` has its identity near itself"
)]
#[case::no_host(
    "ground = { of = \"bb\", bucket = 250 }",
    "no host is called `bb`; did you mean `b`?"
)]
fn a_wrong_value_of_a_host_is_one_problem_in_words(#[case] key: &str, #[case] says: &str) {
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"A wrong value\"\nsteps = [\"run 1s\"]\n\
         hosts = [{{ name = \"a\", {key} }}, {{ name = \"b\" }}]\n"
    );
    let list = problems(&text).list;
    let [problem] = list.as_slice() else {
        panic!("{list:?}");
    };
    assert!(problem.text.contains(says), "{problem:?}");
    for word in ["u32", "usize", "expected", "invalid type"] {
        assert!(!problem.text.contains(word), "{problem:?}");
    }
}

/// Each key is told with its spelling, and nothing is told to be missing.
#[test]
fn keys_with_capitals_are_told_with_their_spelling() {
    let text = "Format = 1\nNAME = \"any\"\nAbout = \"Any\"\nHosts = [{ name = \"a\" }]\n\
                Steps = [\"run 1s\"]\n";
    let told: Vec<String> = problems(text)
        .list
        .into_iter()
        .map(|problem| problem.text)
        .collect();
    let keys = ["Format", "NAME", "About", "Hosts", "Steps"];
    let expected = keys.map(|key| {
        let known = key.to_lowercase();
        format!("unknown key `{key}`; did you mean `{known}`?")
    });
    assert_eq!(told, expected);
}

#[rstest]
#[case::version("format = \"1\"", "a number without quotes: write format = 1")]
#[case::misspelt("fromat = 1", "unknown key `fromat`; did you mean `format`?")]
#[case::other_version("format = 2", "this is format 2")]
#[case::transports(
    "format = 1\ntransports = [\"quic\"]",
    "each item of `transports` is one of `mux`, `stream`"
)]
#[case::list("format = 1\nstacks = \"kad\"", "`stacks` is a list in brackets")]
#[case::seed(
    "format = 1\nseed = -1",
    "`seed` is a whole number from 0 to 9223372036854775807"
)]
fn a_wrong_key_of_a_file_is_one_problem(#[case] key: &str, #[case] says: &str) {
    let text = format!(
        "{key}\nname = \"wrong\"\nabout = \"A wrong value\"\nsteps = [\"run 1s\"]\n\
         hosts = [{{ name = \"a\" }}]\n"
    );
    let list = problems(&text).list;
    let [problem] = list.as_slice() else {
        panic!("{list:?}");
    };
    assert!(problem.text.contains(says), "{problem:?}");
}

#[rstest]
#[case::verb("Put a k v", "did you mean `put`?")]
#[case::number("bandwidth 99999999999999999999", "at most 18446744073709551615")]
#[case::negative("bandwidth -1", "not a whole number")]
#[case::range("connect h0..h99999999999 a", "at most 20000 hosts")]
#[case::time("run 99999999999999999999s", "at most 200 years")]
#[case::value("put a k size:99999999999999999999", "at most 67108864")]
#[case::quorum("put a k v quorum=99999999999", "from 1 to 4294967295")]
#[case::empty("", "ACTION is missing: the text is empty")]
#[case::blank("  ", "ACTION is missing: the text is empty")]
#[case::none(
    "script a flaky-every(0)",
    "\"0\" is not a number of at least 1, or too large"
)]
fn a_wrong_word_of_a_line_is_told_with_its_limit(#[case] step: &str, #[case] says: &str) {
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"A wrong line\"\nsteps = [{step:?}]\n\
         hosts = [{{ name = \"a\" }}]\n"
    );
    let list = problems(&text).list;
    let [problem] = list.as_slice() else {
        panic!("{list:?}");
    };
    assert!(problem.text.contains(says), "{problem:?}");
}

#[test]
fn identities_near_each_other_are_refused_with_the_remedy() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "Two hosts that are near each other"
hosts = [
  { name = "a", ground = { of = "b", bucket = 250 } },
  { name = "b", ground = { of = "a", bucket = 250 } },
]
steps = ["run 1s"]
"#,
    )
    .to_string();
    assert!(shown.contains("declare `b` first"), "{shown}");
}

/// A step with a mistake of spelling, and what its only message says.
#[rstest]
#[case::single_quotes("connect a b fails='is closed'", "write fails=\"TEXT\"")]
#[case::single_quoted_key("find-peers a 'my song'", "a word does not begin with `'`")]
#[case::blanks("find-peers a song as = q", "without blanks around its `=`")]
#[case::blank_behind("find-peers a song as= q", "without blanks around its `=`")]
#[case::blank_before("find-peers a song as =q", "without blanks around its `=`")]
#[case::twice_equal("expect table a ==2", "write `=2`")]
#[case::turned("expect table a =>2", "write `>=2`")]
#[case::unequal("expect table a !=2", "`not` before the condition")]
#[case::comma("connect a, b", "without blanks around its commas")]
#[case::comma_before("connect a ,b", "without blanks around its commas")]
#[case::all("find-peers a peer:all", "`all` is every host")]
fn a_misspelt_step_is_told_as_such(#[case] step: &str, #[case] says: &str) {
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"any\"\nhosts = [{{ name = \"a\" }}, {{ name = \"b\" }}]\n\
         steps = ['''{step}''']\n"
    );
    let Problems { list, .. } = problems(&text);
    assert!(list.len() == 1 && list[0].text.contains(says), "{list:?}");
}

#[test]
fn a_key_of_the_file_below_a_heading_is_told_as_such() {
    let text = "format = 1\nname = \"wrong\"\nabout = \"any\"\n[network]\nlatency = \"5ms\"\n\
                hosts = [{ name = \"a\" }]\nsteps = [\"run 1s\"]\n";
    let Problems { list, .. } = problems(text);
    let told: Vec<&str> = list.iter().map(|problem| problem.text.as_str()).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, key) in told.into_iter().zip(["hosts", "steps"]) {
        assert!(
            told.starts_with(&format!("`{key}` is a key of the file")),
            "{told}"
        );
        assert!(told.contains("above the first heading"), "{told}");
    }
}

/// The names of libp2p lead to the keys of a file, wherever they are written.
#[rstest]
#[case(
    "max_established_per_peer",
    "connection_limits",
    "max_established_per_peer"
)]
#[case(
    "with_max_pending_incoming",
    "connection_limits",
    "max_pending_incoming"
)]
#[case("max_connections", "connection_limits", "max_established")]
#[case("kbucket_inserts", "", "inserts")]
#[case("kbucket_size", "", "bucket_size")]
#[case("set_kbucket_pending_timeout", "", "pending_timeout")]
#[case("set_record_ttl", "", "record_ttl")]
#[case("provider_record_ttl", "", "provider_ttl")]
#[case("set_replication_interval", "", "replication_interval")]
#[case("set_query_timeout", "", "query_timeout")]
#[case("idle_connection_timeout", "", "idle_timeout")]
#[case("with_idle_connection_timeout", "", "idle_timeout")]
#[case("set_mode", "", "mode")]
#[case("client_mode", "", "mode")]
#[case("periodic_bootstrap_interval", "", "periodic_bootstrap")]
#[case("set_parallelism", "", "parallelism")]
#[case("alpha", "", "parallelism")]
#[case("replication_factor", "", "replication")]
#[case("disjoint_query_paths", "", "disjoint_paths")]
#[case("provider_publication_interval", "", "provider_interval")]
#[case("max_provided_keys", "store", "max_provided_keys")]
#[case("max_records", "store", "max_records")]
#[case("set_substreams_timeout", "", "substreams_timeout")]
#[case("set_caching", "", "caching")]
#[case("record_filtering", "", "filtering")]
#[case("protocols", "", "protocol")]
#[case("protocol_names", "", "protocol")]
#[case("max_circuits_per_peer", "traversal.relay", "max_circuits_per_peer")]
#[case("hide_listen_addrs", "identify", "hide_listen_addrs")]
fn a_name_of_libp2p_leads_to_the_key(#[case] name: &str, #[case] table: &str, #[case] key: &str) {
    let told = |text: String| {
        let list = problems(&text).list;
        let [problem] = list.as_slice() else {
            panic!("{name}: {list:?}");
        };
        problem.text.clone()
    };
    let file = |host: &str| {
        format!(
            "format = 1\nname = \"names\"\nabout = \"A name of libp2p\"\n\
             hosts = [{{ name = \"a\", {host} }}]\nsteps = [\"run 1s\"]\n"
        )
    };
    let at_host = told(file(&format!("{name} = 1")));
    let path = match table {
        "" => "settings".to_owned(),
        table => format!("settings.{table}"),
    };
    let words = format!("unknown key `{name}`; write `{key}` in `{path}` of a host: ");
    assert!(at_host.starts_with(&words), "{at_host}");
    assert!(at_host.len() > words.len() + 10, "{at_host}");
    let in_settings = told(file(&format!("settings = {{ {name} = 1 }}")));
    let words = match table {
        "" => format!("unknown key `{name}`; write `{key}`: "),
        _ => words,
    };
    assert!(in_settings.starts_with(&words), "{in_settings}");
}

#[test]
fn an_unknown_key_of_an_inner_table_is_told_like_others() {
    for (settings, words) in [
        (
            "store = { max_recods = 1 }",
            "unknown key `max_recods` of `store`; did you mean `max_records`?",
        ),
        (
            "traversal = { relay = { reservations = 1 } }",
            "unknown key `reservations` of `relay`; ",
        ),
        (
            "store = { record_ttl = \"1m\" }",
            "unknown key `record_ttl` of `store`; write `record_ttl` in `settings` of a host: ",
        ),
    ] {
        let text = format!(
            "format = 1\nname = \"names\"\nabout = \"An unknown key\"\n\
             hosts = [{{ name = \"a\", settings = {{ {settings} }} }}]\nsteps = [\"run 1s\"]\n"
        );
        let list = problems(&text).list;
        assert!(
            list.len() == 1 && list[0].text.starts_with(words),
            "{list:?}"
        );
    }
}
