//! Kept failures replay with the same digest.

use std::{path::PathBuf, thread};

use dht_scenarios::{Catalog, Stacks, assert_scenario_passes};
use rstest::rstest;

#[rstest]
fn reproduces(#[files("../regressions/*.toml")] file: PathBuf) {
    assert_scenario_passes(&file, &Stacks::standard());
}

/// The number of replays of each file.
const TIMES: usize = 20;

#[rstest]
fn replays_to_one_digest(#[files("../regressions/*.toml")] file: PathBuf) {
    let digests = || {
        let mut catalog = Catalog::new(Stacks::standard());
        let names = catalog.load(&file).expect("a scenario");
        let cases = catalog.select(&names).expect("cases");
        let mut digests: Vec<_> = cases
            .iter()
            .map(|case| (case.path(), case.run(0).digest))
            .collect();
        digests.sort_by(|one, other| one.0.cmp(&other.0));
        digests
    };
    let first = digests();
    #[expect(
        clippy::disallowed_methods,
        reason = "each thread runs simulations of its own"
    )]
    thread::scope(|scope| {
        let again: Vec<_> = (1..TIMES).map(|_| scope.spawn(digests)).collect();
        for thread in again {
            assert_eq!(thread.join().expect("it runs"), first);
        }
    });
}
