//! The coverage table.

mod go_tests;

use std::fs;

use dht_harness_cli::corpus;

use go_tests::GoTestCoverage;

const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../COVERAGE.md");

#[test]
fn coverage_md_is_up_to_date() {
    let generated = GoTestCoverage::of(&corpus::catalog()).markdown();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(TABLE, &generated).expect("the table can be written");
    }
    let kept = fs::read_to_string(TABLE).unwrap_or_default();
    assert!(
        kept == generated,
        "COVERAGE.md is out of date: regenerate it with `UPDATE=1 cargo test -p dht-harness-cli coverage`"
    );
}

#[test]
fn covered_tests_are_in_the_lists() {
    let coverage = GoTestCoverage::of(&corpus::catalog());
    assert_eq!(coverage.unknown(), Vec::<&str>::new());
}

/// The numbers must not decrease.
#[test]
fn the_number_of_covered_tests_does_not_decrease() {
    let coverage = GoTestCoverage::of(&corpus::catalog());
    let kad =
        coverage.count("go-libp2p-kad-dht").covered + coverage.count("go-libp2p-kbucket").covered;
    assert!(kad >= 115, "{kad} of 121");
    let host = coverage.count("go-libp2p").covered;
    assert!(host >= 65, "{host} of 73");
}
