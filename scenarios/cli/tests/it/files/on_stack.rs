//! The corpus on an application with its own event loop: the sound one passes, and each
//! mistake that scenarios for other stacks can show is found by them.

use dht_harness_cli::corpus;
use dht_scenarios::{OnStack, Scenario};
use rstest::rstest;

/// The least number of cases that apply to the application.
const CASES: usize = 600;

fn on_stack(stack: &str, families: &[&str]) -> OnStack {
    let is_chosen = |name: &str| {
        let of_family = |family: &&str| name.starts_with(&format!("{family}/"));
        families.is_empty() || families.iter().any(of_family)
    };
    let on_stack = corpus::catalog().scenarios_on_stack(stack, is_chosen);
    on_stack.expect("a standard stack")
}

#[test]
fn most_of_the_corpus_applies() {
    let on_stack = on_stack("file-sharing", &[]);
    let cases = on_stack
        .catalog
        .scenarios()
        .iter()
        .flat_map(Scenario::cases);
    let (cases, skipped) = (cases.count(), on_stack.skipped.len());
    assert!(cases >= CASES, "only {cases} cases");
    assert!(skipped > 0, "scenarios for kad alone do not apply");
    assert_eq!(on_stack.reasons().lines().count(), skipped);
}

#[rstest]
fn the_sound_application_passes(
    #[values(
        "applications",
        "beyond",
        "f01-lifecycle",
        "f02-eviction",
        "f03-buckets",
        "f04-admission",
        "f05-refresh",
        "f06-mode",
        "f07-lookup",
        "f08-peer-routing",
        "f09-values",
        "f10-providers",
        "f11-expiry",
        "f12-hostile",
        "f13-addresses",
        "f14-diversity",
        "f15-namespaces",
        "f16-connections",
        "f17-network",
        "f18-load",
        "neighbours",
        "regressions",
        "upstream"
    )]
    family: &str,
) {
    on_stack("file-sharing", &[family]).assert_passes();
}

#[rstest]
#[case::forgets("forgets-identified-addresses", "f02-eviction")]
#[case::keeps("keeps-listener-after-shutdown", "f01-lifecycle")]
#[case::ends("ends-when-a-query-fails", "f09-values")]
fn a_mistake_is_found_by_scenarios_for_other_stacks(#[case] mistake: &str, #[case] family: &str) {
    let failed = |stack: &str| {
        let on_stack = on_stack(stack, &[family]);
        let cases = on_stack
            .catalog
            .scenarios()
            .iter()
            .flat_map(Scenario::cases);
        cases.filter(|case| !case.run(0).verdict.is_ok()).count()
    };
    assert_eq!(failed("file-sharing"), 0);
    assert!(failed(&format!("file-sharing-{mistake}")) > 0);
}
