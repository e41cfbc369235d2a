//! The list of suspected defects of libp2p.

mod suspects;

pub(super) use suspects::id;

use dht_harness_cli::corpus;

use super::assert_up_to_date;

#[test]
fn upstream_md_is_up_to_date() {
    assert_up_to_date(
        "UPSTREAM.md",
        &suspects::markdown(&corpus::catalog()),
        "upstream",
    );
}

#[test]
fn every_suspect_has_an_explanation() {
    for suspect in suspects::suspects(&corpus::catalog()) {
        assert!(
            suspect.explanation.is_some(),
            "{} has no explanation",
            suspect.scenario
        );
    }
}
