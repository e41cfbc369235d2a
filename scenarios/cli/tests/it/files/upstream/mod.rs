//! The list of suspected defects of libp2p.

mod suspects;

pub(super) use suspects::id;

use dht_harness_cli::corpus;
use dht_scenarios::known_failures;

use super::assert_up_to_date;

#[test]
fn upstream_md_is_up_to_date() {
    assert_up_to_date(
        "UPSTREAM.md",
        &suspects::markdown(&corpus::catalog()),
        "upstream",
    );
}

/// The pages of campaigns link to them.
#[test]
fn every_known_defect_has_an_anchor() {
    let page = suspects::markdown(&corpus::catalog());
    for defect in known_failures().iter().filter(|known| known.is_defect()) {
        let anchor = format!("<a id=\"{}\"></a>", defect.id.to_lowercase());
        assert_eq!(page.matches(&anchor).count(), 1, "{}", defect.id);
    }
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
