//! A wrong file is told all that is wrong with it at once.

use std::path::Path;

use dht_scenarios::{
    Stacks,
    file::{Problems, parse, parse_on},
};

fn problems(text: &str) -> Problems {
    parse(Path::new("wrong.toml"), text).expect_err("the file is wrong")
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
fn ten_mistakes_are_told_in_one_go_each_in_its_place() {
    let shown = problems(TEN_MISTAKES).to_string();
    for (place, words) in [
        ("wrong.toml:4:1", "did you mean `covers`?"),
        ("wrong.toml:5:10", "did you mean `no-panic`?"),
        ("wrong.toml:6:", "is no duration"),
        ("wrong.toml:8:", "did you mean `bucket_size`?"),
        ("wrong.toml:9:3", "there are 0 of `b`"),
        (
            "wrong.toml:12:3",
            "takes time, and a planned fault takes none",
        ),
        ("wrong.toml:15:4", "did you mean `connect`?"),
        ("wrong.toml:16:3", "no host is called `zz`"),
        (
            "wrong.toml:17:18",
            "the line ends where HOSTS should follow",
        ),
        ("wrong.toml:18:3", "`a` is up: close or crash it first"),
        (
            "wrong.toml:19:3",
            "nothing was asked before this step under the name `q`",
        ),
    ] {
        assert!(shown.contains(place), "{place} is missing in\n{shown}");
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn what_is_required_is_asked_for() {
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
fn an_unknown_schedule_is_told_with_those_there_are() {
    let shown = problems("format = 1\nname = \"wrong\"\nschedule = \"random\"\n").to_string();
    assert!(shown.contains("wrong.toml:3:12"), "{shown}");
    for words in ["`schedule`", "`random`", "`arrival`", "`drawn`"] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn broken_toml_is_told_with_its_place() {
    let shown = problems("format = 1\nname = \"wrong\nabout = 3\n").to_string();
    assert!(shown.contains("wrong.toml:2:"), "{shown}");
    assert!(
        shown.contains("`about`"),
        "what follows is read as well:\n{shown}"
    );
}

#[test]
fn steps_that_cannot_follow_each_other_are_refused() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "An order that cannot be"
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
        "`a` is down, so this fails",
        "`b` is not paused",
        "nothing goes wrong before this step under the name `split`",
        "`b` is up already",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

fn problems_on_standard_stacks(text: &str) -> String {
    let stacks = Stacks::standard();
    let wrong = parse_on(Path::new("wrong.toml"), text, &stacks);
    wrong.expect_err("the file is wrong").to_string()
}

#[test]
fn unknown_stacks_are_told_with_the_nearest() {
    let shown = problems_on_standard_stacks(
        r#"format = 1
name = "wrong"
about = "Stacks that there are not"
stacks = ["kad-identfy"]
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
        "wrong.toml:7:3",
        "no stack is called `evictin`; did you mean `evicting`?",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn who_has_no_application_cannot_be_told_anything() {
    let shown = problems_on_standard_stacks(
        r#"format = 1
name = "wrong"
about = "Commands for hosts that take none"
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
        "`a` has the stack `kad`, which takes no commands and shows no numbers",
        "`c` has the stack `raw`, which takes no commands and shows no numbers",
        "own-address-bug, own-address-sound, empty-address-bug",
    ] {
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
    for sound in ["wrong.toml:14:", "wrong.toml:17:"] {
        assert!(!shown.contains(sound), "{sound:?} is told in\n{shown}");
    }
}

#[test]
fn commands_are_read_before_they_are_given() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "Commands that are none"
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
            "the line ends where COMMAND should follow",
        ),
        ("wrong.toml:7:18", "a command has a word at least"),
        ("wrong.toml:8:18", "it begins with what to do"),
        ("wrong.toml:9:3", "did you mean `bee`?"),
        ("wrong.toml:10:27", "`@bee` does not belong here"),
        ("wrong.toml:11:24", "`Pending` is no name"),
        ("wrong.toml:12:32", "`0` is no bound"),
    ] {
        assert!(shown.contains(place), "{place} is missing in\n{shown}");
        assert!(shown.contains(words), "{words:?} is missing in\n{shown}");
    }
}

#[test]
fn hosts_of_one_identity_are_told() {
    let shown = problems(
        r#"format = 1
name = "wrong"
about = "Identities that clash"
hosts = [
  { name = "a", count = 2, identity = 2 },
  { name = "b" },
  { name = "c", identity = 9, ground = { of = "a0", bucket = 255 } },
]
steps = []
"#,
    )
    .to_string();
    for (place, words) in [
        (
            "wrong.toml:6:3",
            "`a0` and `b` have one identity, that of number 2",
        ),
        ("wrong.toml:7:3", "leave `identity` or `ground` out"),
    ] {
        assert!(
            shown.contains(place) && shown.contains(words),
            "{place}: {words}\n{shown}"
        );
    }
}
