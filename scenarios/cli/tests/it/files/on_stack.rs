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
fn the_sound_application_passes() {
    let passed = on_stack("file-sharing", &[]).assert_passes();
    assert!(passed >= CASES, "only {passed} cases");
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
        cases
            .filter(|case| !case.run(0, None).verdict.is_ok())
            .count()
    };
    assert_eq!(failed("file-sharing"), 0);
    assert!(failed(&format!("file-sharing-{mistake}")) > 0);
}
