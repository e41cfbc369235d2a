//! Every file of the corpus, by name.

use std::path::PathBuf;

use dht_scenarios::{Stacks, assert_holds};
use rstest::rstest;

#[rstest]
fn holds(
    #[files("corpus/**/*.toml")]
    #[files("upstream/*.toml")]
    file: PathBuf,
) {
    assert_holds(&file, &Stacks::standard());
}
