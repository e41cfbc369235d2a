//! The list of suspected defects of libp2p.

mod suspects;

pub(super) use suspects::id;

use std::fs;

use dht_harness_cli::corpus;

const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../UPSTREAM.md");

#[test]
fn upstream_md_is_up_to_date() {
    let generated = suspects::markdown(&corpus::catalog());
    if std::env::var_os("UPDATE").is_some() {
        fs::write(LIST, &generated).expect("the list can be written");
    }
    let kept = fs::read_to_string(LIST).unwrap_or_default();
    assert!(
        kept == generated,
        "UPSTREAM.md is out of date: regenerate it with `UPDATE=1 cargo test -p dht-harness-cli upstream`"
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
