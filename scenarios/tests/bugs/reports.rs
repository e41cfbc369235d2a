//! Results: counted, shown, and continued.

use std::path::PathBuf;

use dht_scenarios::bugs::{BenchReport, Control, Found, MutantReport, Settings};

use crate::mutant;

fn found(violated: &str, steps: usize, hosts: usize) -> Option<Found> {
    Some(Found {
        scenario: Some("f02/a".to_owned()),
        violated: vec![violated.to_owned()],
        cases: Some(12),
        virtual_s: Some(90.0),
        steps: Some(steps),
        hosts: Some(hosts),
    })
}

fn settings() -> Settings {
    Settings {
        harness: "0.1.0".to_owned(),
        crates: [("libp2p-kad".to_owned(), "0.49.0".to_owned())].into(),
        seed: 3,
        fuzz_s: Some(600.0),
    }
}

/// One that both find, one that only the corpus finds, one that nothing finds,
/// and one that does not compile.
fn report() -> BenchReport {
    let mut report = BenchReport {
        settings: settings(),
        ..BenchReport::default()
    };
    report.controls.push(Control {
        build: "shared-1".to_owned(),
        cases: 400,
        ..Control::default()
    });
    let new = |id: &str| MutantReport {
        corpus: Some(false),
        fuzz: Some(false),
        upstream_tests: Some(false),
        ..MutantReport::new(&mutant(id, "a", "b"))
    };
    report.put(MutantReport {
        corpus: Some(true),
        fuzz: Some(true),
        by_corpus: found("step: expect a|b", 30, 9),
        by_fuzz: found("no-panic", 5, 3),
        ..new("A")
    });
    report.put(MutantReport {
        corpus: Some(true),
        by_corpus: found("queries-end", 9, 4),
        ..new("B")
    });
    report.put(new("C"));
    report.put(MutantReport::new(&mutant("D", "a", "b")).invalid("error: no\nmore".to_owned()));
    report
}

#[test]
fn totals_count_what_compiles() {
    let totals = report().totals;
    assert_eq!((totals.mutants, totals.valid), (4, 3));
    assert_eq!((totals.corpus, totals.fuzz, totals.caught), (2, 1, 2));
    assert_eq!(
        (totals.upstream_tests, totals.shrunk, totals.small),
        (0, 1, 1)
    );
}

#[test]
fn fuzzing_is_shown_before_the_corpus() {
    let report = report();
    let [one, other, none, _] = report.mutants.as_slice() else {
        panic!("four mutants");
    };
    assert_eq!(
        (one.invariant.as_deref(), one.steps),
        (Some("no-panic"), Some(5))
    );
    assert_eq!(
        (other.invariant.as_deref(), other.steps),
        (Some("queries-end"), Some(9))
    );
    assert_eq!((none.invariant.as_deref(), none.steps), (None, None));
}

#[test]
fn the_table_says_what_it_was_made_with() {
    let text = report().markdown();
    assert!(
        text.contains("dht-harness 0.1.0, libp2p-kad 0.49.0, seed 3"),
        "{text}"
    );
    assert!(text.contains("at most 10m of real time"), "{text}");
    assert!(
        text.contains("- noticed by either: 2 of 3 (67 %)"),
        "{text}"
    );
    let row = text.lines().find(|line| line.starts_with("| A |")).unwrap();
    assert_eq!(
        row,
        "| A | It is wrong | step: expect a\\|b; in f02/a; after 12 cases; 1m 30s virtual; \
         30 steps, 9 hosts | no-panic; in f02/a; after 12 cases; 1m 30s virtual; 5 steps, 3 hosts \
         | no |"
    );
    assert!(
        text.contains("| C | It is wrong | no | no | no |"),
        "{text}"
    );
    assert!(
        text.contains("| D | It is wrong | does not compile |  |  |"),
        "{text}"
    );
}

#[test]
fn a_terminal_sees_each_mutant_and_the_totals() {
    let text = report().shown();
    for part in [
        "A",
        "queries-end",
        "does not compile: error: no",
        "4 mutants, 3 of them compile",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

fn written(report: &BenchReport) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bugs.json");
    report.write(&path).unwrap();
    (folder, path)
}

#[test]
fn earlier_results_are_read_back() {
    let report = report();
    let (_folder, path) = written(&report);
    let resumed = BenchReport::resume(&path, &settings()).unwrap();
    assert_eq!(resumed, report);
    let known = resumed.earlier(&mutant("A", "a", "b")).unwrap();
    assert_eq!(known.fuzz, Some(true));
    assert!(resumed.earlier(&mutant("A", "a", "changed")).is_none());
    assert!(resumed.earlier(&mutant("E", "a", "b")).is_none());
}

#[test]
fn results_of_other_settings_are_not_continued() {
    let (_folder, path) = written(&report());
    let refused = |change: fn(&mut Settings)| {
        let mut settings = settings();
        change(&mut settings);
        BenchReport::resume(&path, &settings)
            .unwrap_err()
            .to_string()
    };
    assert!(refused(|settings| settings.seed = 4).contains("seed 3"));
    assert!(refused(|settings| settings.fuzz_s = Some(60.0)).contains("--fuzz-for 10m"));
    let said = refused(|settings| {
        settings
            .crates
            .insert("libp2p-kad".to_owned(), "0.50.0".to_owned());
    });
    assert!(said.contains("libp2p-kad 0.49.0"), "{said}");
    // What was not fuzzed before can be fuzzed now, and the other way round.
    let mut without = settings();
    without.fuzz_s = None;
    assert!(BenchReport::resume(&path, &without).is_ok());
}

#[test]
fn a_report_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bugs.json");
    std::fs::write(&path, "{}").unwrap();
    let error = BenchReport::resume(&path, &settings()).unwrap_err();
    assert!(
        error.to_string().contains("no report of the bench"),
        "{error}"
    );
}
