//! The coverage table.

mod go_tests;

use dht_harness_cli::corpus;

use super::assert_up_to_date;
use go_tests::GoTestCoverage;

#[test]
fn coverage_md_is_up_to_date() {
    assert_up_to_date(
        "COVERAGE.md",
        &GoTestCoverage::of(&corpus::catalog()).markdown(),
        "coverage",
    );
}

#[test]
fn covered_tests_are_in_the_lists() {
    let coverage = GoTestCoverage::of(&corpus::catalog());
    assert_eq!(coverage.unknown(), Vec::<&str>::new());
}

#[test]
fn tests_covered_in_part_are_covered() {
    let coverage = GoTestCoverage::of(&corpus::catalog());
    assert_eq!(coverage.without_a_row(), Vec::<&str>::new());
}

/// The numbers must not decrease.
#[test]
fn the_number_of_covered_tests_does_not_decrease() {
    let coverage = GoTestCoverage::of(&corpus::catalog());
    let kad =
        coverage.count("go-libp2p-kad-dht").covered + coverage.count("go-libp2p-kbucket").covered;
    assert!(kad >= 107, "{kad} of 107");
    let host = coverage.count("go-libp2p").covered;
    assert!(host >= 72, "{host} of 72");
}
