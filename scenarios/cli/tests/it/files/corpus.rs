//! Runs each file of the corpus as a test.

use std::path::PathBuf;

use dht_scenarios::{Stacks, assert_scenario_passes};
use rstest::rstest;

#[rstest]
fn passes(
    #[files("../corpus/**/*.toml")]
    #[files("../upstream/*.toml")]
    file: PathBuf,
) {
    assert_scenario_passes(&file, &Stacks::standard());
}
