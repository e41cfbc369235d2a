//! Runs every file of the corpus, by name.

use std::path::PathBuf;

use dht_scenarios::{Stacks, assert_scenario_passes};
use rstest::rstest;

#[rstest]
fn holds(
    #[files("../corpus/**/*.toml")]
    #[files("../upstream/*.toml")]
    file: PathBuf,
) {
    assert_scenario_passes(&file, &Stacks::standard());
}
