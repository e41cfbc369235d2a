//! Entries match the failures that they describe, and no others.

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use dht_harness::check::wording;
use dht_scenarios::{Stacks, file::parse};

use super::*;
use crate::case_result::run_case;

/// Parses a list of one defect.
fn one(entry: &str) -> KnownDefect {
    let text = format!("[[known]]\nid = \"B0\"\nwhy = \"because\"\n{entry}");
    let KnownDefects(mut known) = KnownDefects::read(&text).expect(entry);
    known.remove(0)
}

fn failure(signature: &str) -> ObservedFailure {
    ObservedFailure {
        signature: signature.parse().expect(signature),
        cause: None,
        hosts: Vec::new(),
        actions: Vec::new(),
        faults: Vec::new(),
        step: 0,
    }
}

/// Whether an entry matches a failure of an otherwise empty run.
fn describes(entry: &str, failure: &ObservedFailure) -> bool {
    let (file, result) = (ScenarioFile::default(), CaseResult::default());
    one(entry).describes(&file, &result, failure)
}

#[test]
fn an_entry_matches_an_invariant_by_its_kind() {
    let twice = failure("entries-are-dialable/duplicate-address");
    assert!(describes("invariant = 'entries-are-dialable'", &twice));
    let entry = "invariant = 'entries-are-dialable'\nkind = 'duplicate-address'";
    assert!(describes(entry, &twice));
    for other in [
        "entries-are-dialable/no-address",
        "status-means-connected/not-connected",
        "step recover",
        "run stalled",
    ] {
        assert!(!describes(entry, &failure(other)), "{other}");
    }
}

#[test]
fn an_entry_matches_a_step_by_its_verbs_and_its_cause() {
    let entry = "step = 'expect recall'\nkind = 'condition-unmet'";
    let unmet = ObservedFailure {
        cause: Some("condition-unmet"),
        ..failure("step expect recall")
    };
    assert!(describes(entry, &unmet));
    let gone = ObservedFailure {
        cause: Some("query-error"),
        ..unmet.clone()
    };
    let negated = ObservedFailure {
        signature: "step expect not recall".parse().unwrap(),
        ..unmet
    };
    for other in [gone, negated, failure("run stalled")] {
        assert!(!describes(entry, &other), "{other:?}");
    }
    assert!(describes("run = 'stalled'", &failure("run stalled")));
    assert!(!describes("run = 'stalled'", &failure("run blocked")));
}

#[test]
fn an_entry_demands_earlier_actions_and_faults_in_force() {
    let failed = ObservedFailure {
        actions: ["run", "restart", "restart keep-store"]
            .map(Into::into)
            .into(),
        faults: vec!["partition"],
        ..failure("no-panic/panic")
    };
    let entry = |more: &str| format!("invariant = 'no-panic'\n{more}");
    for (more, is_so) in [
        ("actions = [['move', 'restart']]", true),
        ("actions = [['move', 'restart'], ['run']]", true),
        ("actions = [['restart keep-store']]", true),
        ("actions = [['restart lose-identity']]", false),
        ("actions = [['run'], ['move', 'dial']]", false),
        ("faults = [['cut', 'partition']]", true),
        ("faults = [['cut'], ['partition']]", false),
    ] {
        assert_eq!(describes(&entry(more), &failed), is_so, "{more}");
    }
}

#[test]
fn an_entry_demands_hosts_modes_and_stacks_of_the_scenario() {
    let group = |name: &str, mode: kad::Mode| HostGroup {
        name: name.to_owned(),
        count: Some(2),
        settings: dht_fixtures::KadSettings {
            mode: Some(mode),
            ..Default::default()
        },
        ..HostGroup::default()
    };
    let servers = ScenarioFile {
        stacks: vec!["evicting".to_owned()],
        hosts: vec![group("h", kad::Mode::Server)],
        ..ScenarioFile::default()
    };
    let mut both = servers.clone();
    both.hosts.push(group("c", kad::Mode::Client));
    let mut set = servers.clone();
    set.steps = vec!["set-mode h0 client".parse().unwrap()].into();
    let failed = |hosts: &[&str]| ObservedFailure {
        hosts: hosts.iter().map(ToString::to_string).collect(),
        ..failure("no-panic/panic")
    };
    let entry = |more: &str| one(&format!("invariant = 'no-panic'\n{more}"));
    let result = CaseResult::default();
    for (more, file, hosts, is_so) in [
        ("hosts = 'clients'", &both, &["c0", "c1"][..], true),
        ("hosts = 'clients'", &both, &["c0", "h1"], false),
        ("hosts = 'clients'", &both, &[], false),
        ("hosts = 'clients'", &set, &["h0"], false),
        ("modes = ['client']", &both, &[], true),
        ("modes = ['client', 'server']", &both, &[], true),
        ("modes = ['client']", &set, &[], true),
        ("modes = ['client']", &servers, &[], false),
        ("stacks = ['tokio', 'evicting']", &servers, &[], true),
        ("stacks = ['tokio']", &servers, &[], false),
    ] {
        let described = entry(more).describes(file, &result, &failed(hosts));
        assert_eq!(described, is_so, "{more} {hosts:?}");
    }
}

#[test]
fn an_entry_demands_settings_of_a_host_of_the_failure() {
    let group = |name: &str, settings: &str| HostGroup {
        name: name.to_owned(),
        settings: toml::from_str(settings).expect(settings),
        ..HostGroup::default()
    };
    let file = ScenarioFile {
        hosts: vec![
            group("a", "replication_interval = '0s'"),
            group(
                "b",
                "publication_interval = '0s'\nreplication_interval = 'never'",
            ),
            group("c", "publication_interval = '0s'"),
        ],
        ..ScenarioFile::default()
    };
    let entry = one("invariant = 'no-panic'\n\
         settings = [{ replication_interval = '0ms' }, { replication_interval = 'never', publication_interval = '0s' }]");
    for (host, is_so) in [("a", true), ("b", true), ("c", false), ("d", false)] {
        let failed = ObservedFailure {
            hosts: vec![host.to_owned()],
            ..failure("no-panic/panic")
        };
        let described = entry.describes(&file, &CaseResult::default(), &failed);
        assert_eq!(described, is_so, "{host}");
    }
}

#[test]
fn an_entry_demands_other_violations_and_features_of_the_run() {
    let file = ScenarioFile::default();
    let recall = failure("step expect recall");
    let entry = one("step = 'expect recall'\n\
         with = [{ invariant = 'buckets-hold', kind = 'out-of-range' }]\n\
         reached = ['dial failed: wrong-peer-id']");
    let mut result = CaseResult {
        failures: vec![failure("buckets-hold/out-of-range"), recall.clone()],
        ..CaseResult::default()
    };
    assert!(!entry.describes(&file, &result, &recall));
    result.reached.note("dial failed: transport".to_owned());
    assert!(!entry.describes(&file, &result, &recall));
    result.reached.note("dial failed: wrong-peer-id".to_owned());
    assert!(entry.describes(&file, &result, &recall));
    result.failures[0] = failure("buckets-hold/too-many-entries");
    assert!(!entry.describes(&file, &result, &recall));
}

#[test]
fn unknown_names_in_a_list_are_errors() {
    for entry in [
        "",
        "invariant = 'no-panik'",
        "invariant = 'no-panic'\nstep = 'recover'",
        "invariant = 'no-panic'\nkind = 'duplicate-address'",
        "step = 'recover'\nkind = 'panic'",
        "step = 'recuver'",
        "run = 'away'",
        "run = 'stalled'\nkind = 'panic'",
        "invariant = 'no-panic'\nactions = [['mov']]",
        "invariant = 'no-panic'\nfaults = [['split']]",
        "invariant = 'no-panic'\nreached = ['dial failed']",
        "invariant = 'no-panic'\nwith = [{ invariant = 'no-panik' }]",
        "invariant = 'no-panic'\nsettings = [{ replication = 'twenty' }]",
        "invariant = 'no-panic'\nsettings = [{ replicaton_interval = '0s' }]",
        "invariant = 'no-panic'\nseen = 'overflow'",
    ] {
        let text = format!("[[known]]\nid = 'B0'\nwhy = 'because'\n{entry}");
        assert!(KnownDefects::read(&text).is_err(), "{entry}");
    }
    let unexplained = "[[known]]\nid = 'B0'\nwhy = ' '\ninvariant = 'no-panic'";
    let error = KnownDefects::read(unexplained).unwrap_err();
    assert!(matches!(error, KnownError::NoReason { .. }), "{error}");
}

#[test]
fn the_list_of_upstream_defects_can_be_read() {
    assert!(KnownDefects::upstream().iter().count() > 0);
}

/// A scenario that shows a known defect.
struct Example {
    /// The id of the defect.
    id: String,
    file: Arc<ScenarioFile>,
}

/// The scenarios of `tests/known`: `b22-2.toml` is the second one for `B22`.
fn examples() -> Vec<Example> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/known");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).expect("text");
        let file = parse(path, &text, None).unwrap_or_else(|problems| panic!("{problems}"));
        let name = file.name.to_uppercase();
        let id = name.split_once('-').map_or(&*name, |(id, _)| id);
        Example {
            id: id.to_owned(),
            file: Arc::new(file),
        }
    };
    paths.iter().map(|path| read(path)).collect()
}

/// The positions of the entries that match a failure of a run, and the failures that
/// no entry matches.
fn described(file: &ScenarioFile, result: &CaseResult) -> (BTreeSet<usize>, Vec<String>) {
    let known = KnownDefects::upstream();
    let mut entries = BTreeSet::new();
    let mut unknown = Vec::new();
    for failure in &result.failures {
        let mut all = known.iter();
        match all.position(|defect| defect.describes(file, result, failure)) {
            Some(position) => drop(entries.insert(position)),
            None => unknown.push(format!("{failure:?}")),
        }
    }
    (entries, unknown)
}

#[test]
fn every_entry_matches_its_example_with_any_message_texts() {
    let known = KnownDefects::upstream();
    let mut seen = BTreeSet::new();
    for Example { id, file } in examples() {
        let name = &file.name;
        let plain = run_case(&file, &Stacks::standard());
        let (entries, unknown) = described(&file, &plain);
        assert!(unknown.is_empty(), "{name}: {unknown:?}\n{}", plain.report);
        let is_its_own = |entry: &usize| known.iter().nth(*entry).is_some_and(|it| it.id == id);
        assert!(entries.iter().any(is_its_own), "{name}: {entries:?}");
        let met = known.met_by(&file, &Stacks::standard());
        assert!(met.iter().any(|met| met.id == id), "{name}: {met:?}");
        let reworded = wording::reworded(|| run_case(&file, &Stacks::standard()));
        assert_eq!(reworded.digest, plain.digest, "{name}");
        assert_eq!(reworded.failures, plain.failures, "{name}");
        assert_ne!(reworded.report, plain.report, "{name}");
        assert_eq!(described(&file, &reworded), (entries.clone(), Vec::new()));
        seen.extend(entries);
    }
    let all = known.iter().enumerate();
    let missing: Vec<_> = all.filter(|(entry, _)| !seen.contains(entry)).collect();
    assert!(missing.is_empty(), "no scenario shows {missing:?}");
}

/// Removes from a failure, its run or its scenario one thing that an entry demands.
type Change = fn(&mut ObservedFailure, &mut CaseResult, &mut ScenarioFile);

/// The changes that apply to an entry, depending on what it demands.
fn changes(defect: &KnownDefect) -> Vec<Change> {
    let all: [(bool, Change); 8] = [
        (true, |failure, _, _| {
            failure.signature = "run stalled".parse().expect("a signature");
        }),
        (defect.cause.is_some(), |failure, _, _| {
            failure.cause = Some("did-not-fail");
        }),
        (defect.hosts.is_some(), |failure, _, _| {
            failure.hosts.push("h0".to_owned());
        }),
        (!defect.actions.is_empty(), |failure, _, _| {
            failure.actions.clear();
        }),
        (!defect.modes.is_empty(), |_, _, file| file.hosts.clear()),
        (!defect.settings.is_empty(), |failure, _, _| {
            failure.hosts.clear();
        }),
        (!defect.with.is_empty(), |_, result, _| {
            result.failures.clear();
        }),
        (!defect.reached.is_empty(), |_, result, _| {
            result.reached = Default::default();
        }),
    ];
    let demanded = all.into_iter().filter(|(is_demanded, _)| *is_demanded);
    demanded.map(|(_, change)| change).collect()
}

#[test]
fn no_entry_matches_a_failure_that_lacks_one_of_its_demands() {
    let known = KnownDefects::upstream();
    for Example { file, .. } in examples() {
        let result = run_case(&file, &Stacks::standard());
        for failure in &result.failures {
            let describes = |it: &&KnownDefect| it.describes(&file, &result, failure);
            for defect in known.iter().filter(describes) {
                for change in changes(defect) {
                    let mut failure = failure.clone();
                    let mut result = result.clone();
                    let mut file = ScenarioFile::clone(&file);
                    change(&mut failure, &mut result, &mut file);
                    let still = defect.describes(&file, &result, &failure);
                    assert!(!still, "{defect:?}\n{failure:?}");
                }
            }
        }
    }
}
