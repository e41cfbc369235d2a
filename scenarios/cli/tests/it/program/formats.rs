//! The documented keys are those that are written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use dht_fuzz::{CaseId, CoverageMap, Kept, Part, Summary};
use dht_scenarios::file::Shrunk;
use serde_json::Value;

use super::{FAILS, PASSES, empty, run, write};

const PAGE: &str = include_str!("../../../../../book/src/formats.md");

/// The rows of all tables under this heading, cell by cell.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, section) = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .expect("the heading");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = |row: &'static str| row.trim_matches('|').split('|').map(str::trim).collect();
    rows.map(cells).collect()
}

fn documented(heading: &str) -> BTreeSet<String> {
    let keys = rows(heading)
        .into_iter()
        .map(|row| row[0].trim_matches('`').to_owned());
    keys.collect()
}

/// Adds the keys of a value. Those of an object that is documented as a whole are not
/// entered.
fn keys(value: &Value, path: &str, whole: &BTreeSet<String>, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(_) if whole.contains(&format!("{path}{{}}")) => {
            found.insert(format!("{path}{{}}"));
        }
        Value::Object(map) => {
            for (key, value) in map {
                let dot = if path.is_empty() { "" } else { "." };
                keys(value, &format!("{path}{dot}{key}"), whole, found);
            }
        }
        Value::Array(list) => {
            for value in list {
                keys(value, &format!("{path}[]"), whole, found);
            }
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[track_caller]
fn assert_documented(heading: &str, reports: &[Value]) {
    let documented = documented(heading);
    let mut written = BTreeSet::new();
    for report in reports {
        assert_eq!(report["format"], 1);
        keys(report, "", &documented, &mut written);
    }
    assert_eq!(written, documented, "{heading}");
}

fn read(path: &std::path::Path) -> Value {
    let text = fs::read_to_string(path).expect("a document");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn the_keys_of_a_run_are_documented() {
    let dir = empty();
    let faults = "faults = [{ at = \"0s\", do = \"blackhole a b id=cut\" }]\n";
    write(
        dir.path(),
        "f/good.toml",
        "good",
        &format!("{faults}steps = [\"reset a\", \"run 2s\"]"),
    );
    write(
        dir.path(),
        "f/step.toml",
        "step",
        &format!("{faults}{FAILS}"),
    );
    let crash = "{ at = \"1s\", do = \"crash b\" }";
    write(
        dir.path(),
        "f/down.toml",
        "down",
        &format!("faults = [{crash}, {crash}]\nsteps = [\"run 2s\"]"),
    );
    let must = faults.replace("id=cut\"", "id=cut\", must_fire = true");
    write(
        dir.path(),
        "f/run.toml",
        "run",
        &format!("{must}steps = [\"run 2s\"]"),
    );
    let allow = "allow = [{ id = \"D1\", step = \"expect not knows a b\" }]\n";
    let gone = format!(
        "{allow}steps = [\"crash b\", \"find-peers a song\", \"expect not knows a b\", \
         \"restart b\", \"connect a b\"]"
    );
    write(dir.path(), "f/gone.toml", "gone", &gone);
    write(
        dir.path(),
        "f/known.toml",
        "known",
        &format!(
            "{allow}steps = [\"add-address a b\", \"crash b\", \"find-peers a song\", \
             \"expect not knows a b\"]"
        ),
    );
    let stack = "stacks = [\"faulty-hides-disconnects\"]\n";
    let steps = "steps = [\"add-address a b\", \"connect a b\", \"run 1s\", \"crash b\", \"latency 9ms\", \"run 1m\"]";
    write(
        dir.path(),
        "f/broken.toml",
        "broken",
        &format!("{stack}{steps}"),
    );
    let steps = "steps = [\"add-address a b\", \"dial a @b\", \"find-peers a song\", \"run 1s\"]";
    write(dir.path(), "f/twice.toml", "twice", steps);
    run(
        dir.path(),
        &["run", "f", "--json", "one.json", "--html", "pages"],
    );
    let idle = "steps = [\"connect a b\", \"heal-all\"]";
    write(dir.path(), "f/idle.toml", "idle", idle);
    run(dir.path(), &["run", "f/idle.toml", "--json", "three.json"]);
    let filtered = "steps = [\"connect a b\", \"drop-messages a find-node\"]";
    write(dir.path(), "g/filtered.toml", "filtered", filtered);
    write(dir.path(), "g/good.toml", "good", PASSES);
    write(dir.path(), "g/late.tml", "late", PASSES);
    run(
        dir.path(),
        &["run", "g", "--stack", "file-sharing", "--json", "two.json"],
    );
    let reports = ["one.json", "two.json", "three.json"].map(|file| read(&dir.path().join(file)));
    assert_documented("The report of `run`", &reports);

    let recordings = fs::read_dir(dir.path().join("target/dht-harness")).expect("recordings");
    let recordings = recordings.map(|file| read(&file.expect("a file").path()));
    assert_documented("A recording", &Vec::from_iter(recordings));
}

#[test]
fn the_keys_of_a_campaign_are_documented() {
    let signature = "no-panic".parse().expect("a signature");
    let finding = Kept {
        name: String::new(),
        invariant: signature,
        beside: ["queries-end".parse().expect("a signature")].into(),
        file: "file".into(),
        count: 1,
        seed: 0,
        case: 0,
        cases: 1,
        virtual_s: 1.0,
        steps: 1,
        hosts: 1,
        shrunk: Shrunk::Fully,
        steps_before: 1,
        hosts_before: 1,
    };
    let summary = Summary {
        drawn: [("crash".to_owned(), 1)].into(),
        format: Summary::FORMAT,
        parts: vec![Part {
            seed: 0,
            shard: "0/1".parse().expect("a shard"),
            options: String::new(),
            cases: 1,
            has_ended: true,
            stopped: false,
        }],
        cases: 1,
        virtual_s: 1.0,
        wall_s: 1.0,
        steps: 1,
        steps_effective: 1,
        findings: vec![finding],
        unshrunk: [("no-panic".to_owned(), vec![CaseId { seed: 0, case: 1 }])].into(),
        known: [("B1".to_owned(), 1)].into(),
        coverage: CoverageMap::default(),
    };
    let summary = serde_json::to_value(summary).expect("JSON");
    assert_documented("The report of `fuzz` and `merge`", &[summary]);
}

#[test]
fn the_keys_of_a_report_on_lines_are_documented() {
    let dir = empty();
    let steps = "transports = [\"mux\"]\nsteps = [\"connect a b\", \"run 1s\", \
                 \"expect connected a b\", \"expect connections a =5\"]";
    let settings = "network = { dial_timeout = \"7s\" }";
    write(
        dir.path(),
        "f/it.toml",
        "it",
        &format!("{settings}\n{steps}"),
    );
    run(
        dir.path(),
        &["check", "--lines", "f", "--json", "report.json"],
    );
    assert_documented(
        "The report of `check --lines`",
        &[read(&dir.path().join("report.json"))],
    );
}

#[test]
fn the_keys_of_a_measurement_are_documented() {
    let dir = empty();
    let arguments = [
        "scale",
        "--hosts",
        "2",
        "--virtual",
        "1s",
        "--json",
        "report.json",
    ];
    run(dir.path(), &arguments);
    assert_documented(
        "The report of `scale`",
        &[read(&dir.path().join("report.json"))],
    );
}

/// Scenarios that have events of all kinds between them.
const TRACED: [&str; 6] = [
    "founding",
    "f01-lifecycle",
    "f12-hostile",
    "f16-connections",
    "nat",
    "upstream",
];

#[test]
fn the_keys_of_a_trace_are_documented() {
    let dir = empty();
    let arguments = [&["run", "--traces", "traces"][..], &TRACED].concat();
    let ended = run(dir.path(), &arguments);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let rows = rows("A trace");
    let (common, events): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.len() == 2);
    let names = |cell: &str| -> BTreeSet<String> {
        let words = cell.split_whitespace();
        words
            .map(|word| word.trim_matches('`').to_owned())
            .collect()
    };
    let common: BTreeSet<String> = common.iter().flat_map(|row| names(row[0])).collect();
    let documented: BTreeMap<String, BTreeSet<String>> = events
        .iter()
        .map(|row| (row[0].trim_matches('`').to_owned(), names(row[1])))
        .collect();
    let mut written = BTreeMap::new();
    let (mut of_header, mut of_events) = (BTreeSet::new(), BTreeSet::new());
    for file in fs::read_dir(dir.path().join("traces")).expect("traces") {
        let text = fs::read_to_string(file.expect("a file").path()).expect("text");
        for (number, line) in text.lines().enumerate() {
            let line: BTreeMap<String, Value> = serde_json::from_str(line).expect("an object");
            let Some(event) = line.get("event") else {
                assert_eq!((number, &line["format"]), (0, &Value::from(2)));
                of_header.extend(line.into_keys());
                continue;
            };
            let event = event.as_str().expect("a name").to_owned();
            let keys = line.into_keys();
            let (shared, own): (BTreeSet<_>, BTreeSet<_>) =
                keys.partition(|key| ["seq", "at", "host", "event"].contains(&key.as_str()));
            of_events.extend(shared);
            assert_eq!(*written.entry(event).or_insert(own.clone()), own);
        }
    }
    assert_eq!(&of_header | &of_events, common);
    assert_eq!(written, documented);
}
