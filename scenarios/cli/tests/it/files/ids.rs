//! The list of known failures agrees with the scenarios.

use std::collections::BTreeSet;

use dht_harness_cli::corpus;
use dht_scenarios::{Scenario, known_failures};

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
