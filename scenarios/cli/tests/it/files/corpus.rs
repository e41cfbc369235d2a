//! Runs each file of the corpus as a test.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dht_scenarios::{CaseReport, Catalog, Stacks};
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
    passes_without_idle_lines(&file);
}

/// A kept failure that has been repaired is a test like others. What the others are is told by `run`.
#[rstest]
fn kept_file_has_no_idle_line(#[files("../regressions/*.toml")] file: PathBuf) {
    passes_without_idle_lines(&file);
}

/// Requires that each case of a file passes, and that each of its hosts, settings and steps has a use.
#[track_caller]
fn passes_without_idle_lines(file: &Path) {
    let mut catalog = Catalog::new(Stacks::standard());
    let names = catalog.load(file).unwrap_or_else(|error| panic!("{error}"));
    let cases = catalog.select(&names).expect("the file is in the catalog");
    let reports: Vec<CaseReport> = cases.iter().map(|case| case.run(0)).collect();
    for report in &reports {
        let failure = report.report.as_deref().unwrap_or_default();
        assert!(report.verdict.is_ok(), "{}\n{failure}", report.name);
    }
    let idle: Vec<&String> = reports.iter().flat_map(|report| &report.idle).collect();
    assert!(idle.is_empty(), "{idle:#?}");
}
