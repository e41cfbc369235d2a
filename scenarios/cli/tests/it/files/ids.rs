//! The list of known failures agrees with the scenarios.

use std::collections::BTreeSet;

use dht_harness_cli::corpus;
use dht_scenarios::{Need, Scenario, known_failures};

#[test]
fn each_known_failure_is_expected_by_a_scenario() {
    let catalog = corpus::catalog();
    let files = catalog
        .scenarios()
        .iter()
        .filter_map(|scenario| scenario.file.as_deref());
    let expected: BTreeSet<&str> = files
        .flat_map(|file| &file.allow)
        .map(|allow| allow.id.as_str())
        .collect();
    let listed: BTreeSet<&str> = known_failures()
        .iter()
        .map(|known| known.id.as_str())
        .collect();
    assert_eq!(listed, expected);
    let unreadable = catalog
        .scenarios()
        .iter()
        .filter(|scenario| Scenario::is_unreadable(scenario));
    assert_eq!(unreadable.count(), 0);
}

/// A key of `needs` that no file has could be misspelt.
#[test]
fn each_key_that_a_known_failure_needs_is_one_of_a_scenario() {
    let catalog = corpus::catalog();
    let files = catalog.scenarios().iter();
    let files: Vec<_> = files
        .filter_map(|scenario| serde_json::to_value(scenario.file.as_deref()?).ok())
        .collect();
    fn has(value: &serde_json::Value, path: &str) -> bool {
        if let Some(list) = value.as_array() {
            return list.iter().any(|value| has(value, path));
        }
        match path.split_once('.') {
            Some((key, rest)) => value.get(key).is_some_and(|value| has(value, rest)),
            None => value.get(path).is_some_and(|value| !value.is_null()),
        }
    }
    for known in known_failures() {
        for need in known.needs.iter().flatten() {
            let Need::Key(path) = need else { continue };
            assert!(
                files.iter().any(|file| has(file, path)),
                "{}: {path}",
                known.id
            );
        }
    }
}

#[test]
fn each_release_of_a_known_failure_is_that_of_a_scenario() {
    let catalog = corpus::catalog();
    for known in known_failures() {
        let files = catalog
            .scenarios()
            .iter()
            .filter_map(|scenario| scenario.file.as_deref());
        let mut on: Vec<_> = dht_harness::Release::ALL.into();
        let shows = |release: &dht_harness::Release| {
            files.clone().any(|file| {
                let mut allow = file.allow.iter().filter(|allow| allow.id == known.id);
                file.libp2p.include(*release) && allow.any(|allow| allow.libp2p.include(*release))
            })
        };
        on.retain(shows);
        let mut listed: Vec<_> = dht_harness::Release::ALL.into();
        listed.retain(|release| known.libp2p.include(*release));
        assert_eq!(on, listed, "{}", known.id);
    }
}
