//! Runs each file of the corpus as a test.

use std::{fs, path::PathBuf};

use dht_scenarios::{Stacks, assert_scenario_passes};
use rstest::rstest;

#[rstest]
fn passes(
    #[files("../corpus/**/*.toml")]
    #[files("../upstream/*.toml")]
    file: PathBuf,
) {
    // Cases of this project are looked for by the names of their files.
    let text = fs::read_to_string(&file).expect("text");
    let stem = file.file_stem().expect("a name").to_string_lossy();
    assert!(text.contains(&format!("\nname = \"{stem}\"\n")), "{stem}");
    assert_scenario_passes(&file, &Stacks::standard());
}
