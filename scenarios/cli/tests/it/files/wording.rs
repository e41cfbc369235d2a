//! Verdicts depend on the fields of failures, never on their texts.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use dht_harness::check::wording;
use dht_harness_cli::corpus;
use dht_scenarios::{Case, CaseFailure, Catalog, Expect, Stacks, Verdict};

/// The minimum number of cases with an expected failure.
const CASES: usize = 400;

/// Whether a case with an expected failure has the right verdict.
fn is_as_expected(case: &Case<'_>, verdict: &Verdict) -> bool {
    match (case.expect, verdict) {
        (Expect::Known(known), Verdict::AsExpected(ids)) => {
            let mut expected: Vec<_> = known.iter().map(|known| known.id.as_str()).collect();
            expected.dedup();
            *ids == expected.join(", ")
        }
        (Expect::Caught { .. }, Verdict::AsExpected(_)) => true,
        // The file of a kept failure fails as long as the failure occurs.
        (Expect::Found(_), Verdict::Failed(_)) => true,
        _ => false,
    }
}

#[test]
fn verdicts_do_not_depend_on_message_texts() {
    let catalog = corpus::catalog();
    let cases: Vec<Case<'_>> = catalog
        .scenarios()
        .iter()
        .flat_map(|scenario| scenario.cases())
        .filter(|case| *case.expect != Expect::Pass)
        .collect();
    assert!(cases.len() >= CASES, "only {} cases", cases.len());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let report = wording::reworded(|| case.run(0));
            assert!(is_as_expected(case, &report.verdict), "{report:?}");
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "each thread runs simulations of its own"
    )]
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
}

/// Replaces the expectation in a scenario and runs its first case with scrambled
/// message texts.
fn judged(file: &str, expected: &str, otherwise: &str) -> (Verdict, Vec<CaseFailure>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(&path).expect("text");
    assert!(text.contains(expected), "{text}");
    let mut catalog = Catalog::new(Stacks::standard());
    let name = catalog.add(&path, &text.replace(expected, otherwise));
    let cases = catalog.select(&[name]).expect("cases");
    let report = wording::reworded(|| cases[0].run(0));
    (report.verdict, report.violated)
}

#[test]
fn another_kind_of_violation_is_unexpected() {
    let with = |pattern: &str| {
        judged(
            "upstream/b24-dialled-without-identity.toml",
            r#"violates = "entries-are-dialable""#,
            &format!(r#"violates = "{pattern}""#),
        )
    };
    let (verdict, _) = with("entries-are-dialable/duplicate-address");
    assert_eq!(verdict, Verdict::AsExpected("B24".to_owned()));
    let (verdict, violated) = with("entries-are-dialable/no-address");
    assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
    let [
        CaseFailure::Violation {
            invariant, kind, ..
        },
    ] = violated.as_slice()
    else {
        panic!("{violated:?}");
    };
    assert_eq!(
        (&**invariant, &**kind),
        ("entries-are-dialable", "duplicate-address")
    );
}

#[test]
fn the_failure_of_another_step_is_unexpected() {
    let (verdict, violated) = judged(
        "upstream/b24-dialled-without-identity.toml",
        r#"{ id = "B24", step = "expect not knows a b" }"#,
        r#"{ id = "B24", step = "expect not knows a named" }"#,
    );
    assert!(matches!(verdict, Verdict::Failed(_)), "{verdict:?}");
    let [
        CaseFailure::Step {
            index: 12,
            step,
            cause,
            ..
        },
    ] = violated.as_slice()
    else {
        panic!("{violated:?}");
    };
    assert_eq!(
        (&**step, &**cause),
        ("expect not knows a b", "condition-unmet")
    );
}
