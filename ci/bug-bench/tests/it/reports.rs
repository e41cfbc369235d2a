//! Reports: totals, tables, and continuation.

use std::path::PathBuf;

use dht_bug_bench::{BenchReport, Control, Found, MutantReport, Settings};

use crate::mutant;

fn found(violated: &str, steps: usize, hosts: usize) -> Option<Found> {
    Some(Found {
        scenario: Some("f02/a".to_owned()),
        package: None,
        violated: vec![violated.to_owned()],
        cases: Some(12),
        virtual_s: Some(90.0),
        steps: Some(steps),
        hosts: Some(hosts),
        file: None,
    })
}

fn settings() -> Settings {
    Settings {
        harness: "0.1.0".to_owned(),
        program: "one".to_owned(),
        crates: [("libp2p-kad".to_owned(), "0.49.0".to_owned())].into(),
        seed: 3,
        fuzz_s: Some(600.0),
    }
}

/// One mutant that corpus and fuzzing detect, one that only the corpus detects,
/// one that is not detected, and one that does not compile.
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
    report.put(
        MutantReport::new(&mutant("D", "a", "b"))
            .invalid("does not compile: error: no\nmore".to_owned()),
    );
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
fn the_table_contains_its_settings() {
    let text = report().markdown();
    assert!(
        text.contains("dht-harness 0.1.0, libp2p-kad 0.49.0, seed 3"),
        "{text}"
    );
    assert!(text.contains("at most 10m of real time"), "{text}");
    let call = "`dht-bug-bench --fuzz-for 10m --seed 3 --table ci/BUGBENCH.md`";
    assert!(text.contains(call), "{text}");
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
        text.contains("| D | It is wrong | does not compile: error: no |  |  |"),
        "{text}"
    );
}

/// A mutant that a test of a crate has detected.
fn noticed_by_a_test_of(package: &str, id: &str) -> MutantReport {
    MutantReport {
        upstream_tests: Some(true),
        by_upstream_tests: Some(Found {
            package: Some(package.to_owned()),
            ..Found::default()
        }),
        ..MutantReport::new(&mutant(id, "a", "b"))
    }
}

#[test]
fn a_mutant_counts_only_where_it_has_a_result() {
    let mut report = report();
    report.put(noticed_by_a_test_of("libp2p-kad", "E"));
    report.put(noticed_by_a_test_of("libp2p-swarm", "F"));
    let text = report.sums();
    for line in [
        "noticed by the corpus: 2 of 3 (67 %)",
        "noticed by fuzzing: 1 of 3 (33 %)",
        "noticed by either: 2 of 3 (67 %)",
        "noticed by the crates' own tests: 2 of 5 (40 %), by libp2p-kad's alone: 1",
    ] {
        assert!(text.lines().any(|said| said == line), "{line} in {text}");
    }
}

#[test]
fn skipped_results_are_mentioned() {
    let mut report = BenchReport {
        settings: Settings {
            fuzz_s: None,
            ..settings()
        },
        ..BenchReport::default()
    };
    report.put(MutantReport {
        corpus: Some(false),
        ..MutantReport::new(&mutant("A", "a", "b"))
    });
    let text = report.markdown();
    for part in [
        "`dht-bug-bench --no-fuzz --no-upstream-tests --seed 3 --table ci/BUGBENCH.md`",
        "by fuzzing (not asked)",
        "by the crates' own tests (not asked)",
        "- noticed by fuzzing: not asked\n",
        "- noticed by the crates' own tests: not asked\n",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn the_terminal_table_shows_each_mutant_and_the_totals() {
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
fn earlier_results_are_parsed_back() {
    let report = report();
    let (_folder, path) = written(&report);
    let resumed = BenchReport::resume(&path, &settings()).unwrap();
    assert_eq!(resumed, report);
    let known = resumed.earlier(&mutant("A", "a", "b")).unwrap();
    assert_eq!(known.fuzz, Some(true));
    assert!(resumed.earlier(&mutant("A", "a", "changed")).is_none());
    assert!(resumed.earlier(&mutant("E", "a", "b")).is_none());
}

/// A report with results of the crates' own tests.
fn report_with_own_tests() -> BenchReport {
    let mut report = report();
    report.put(MutantReport {
        corpus: Some(true),
        by_corpus: found("queries-end", 9, 4),
        ..noticed_by_a_test_of("libp2p-kad", "E")
    });
    report
}

/// Whether exactly the results of corpus and fuzzing were removed.
fn is_forgotten(resumed: &BenchReport, report: &BenchReport) -> bool {
    let expected = report.mutants.iter().map(|mutant| MutantReport {
        valid: mutant.valid,
        why_invalid: mutant.why_invalid.clone(),
        upstream_tests: mutant.upstream_tests,
        by_upstream_tests: mutant.by_upstream_tests.clone(),
        ..MutantReport::new(&self::mutant(&mutant.id, "a", "b"))
    });
    resumed.controls.is_empty() && resumed.mutants == expected.collect::<Vec<_>>()
}

#[test]
fn results_under_other_settings_are_removed() {
    let report = report_with_own_tests();
    let (_folder, path) = written(&report);
    let changes: [fn(&mut Settings); 3] = [
        |settings| settings.program = "another".to_owned(),
        |settings| settings.seed = 4,
        |settings| settings.fuzz_s = Some(60.0),
    ];
    for change in changes {
        let mut settings = settings();
        change(&mut settings);
        let resumed = BenchReport::resume(&path, &settings).unwrap();
        assert!(is_forgotten(&resumed, &report), "{resumed:#?}");
        assert_eq!(resumed.settings, settings);
        let totals = resumed.totals;
        assert_eq!((totals.valid, totals.caught), (4, 0));
        assert_eq!(totals.upstream_tests, 1);
    }
}

#[test]
fn a_report_without_program_digest_is_of_another_program() {
    let report = report_with_own_tests();
    let (_folder, path) = written(&report);
    let text = std::fs::read_to_string(&path).unwrap();
    let without = text.replace("\"program\": \"one\",", "");
    assert_ne!(text, without);
    std::fs::write(&path, without).unwrap();
    let resumed = BenchReport::resume(&path, &settings()).unwrap();
    assert!(is_forgotten(&resumed, &report), "{resumed:#?}");
}

#[test]
fn results_of_skipped_fuzzing_are_kept() {
    let report = report();
    let (_folder, path) = written(&report);
    let without = Settings {
        fuzz_s: None,
        ..settings()
    };
    assert_eq!(BenchReport::resume(&path, &without).unwrap(), report);
    // Fuzzing that was skipped before can be run now.
    let (_folder, path) = written(&BenchReport {
        settings: without,
        ..report.clone()
    });
    assert_eq!(BenchReport::resume(&path, &settings()).unwrap(), report);
}

#[test]
fn results_of_other_crates_are_rejected() {
    let (_folder, path) = written(&report());
    let mut settings = settings();
    settings
        .crates
        .insert("libp2p-kad".to_owned(), "0.50.0".to_owned());
    let said = BenchReport::resume(&path, &settings).unwrap_err();
    assert!(said.to_string().contains("libp2p-kad 0.49.0"), "{said}");
}

#[test]
fn a_file_that_is_not_a_report_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bugs.json");
    std::fs::write(&path, "{}").unwrap();
    let error = BenchReport::resume(&path, &settings()).unwrap_err();
    assert!(
        error.to_string().contains("no report of the bench"),
        "{error}"
    );
}

#[test]
fn one_of_a_kind_is_written_in_the_singular() {
    let mut report = report();
    report.put(MutantReport {
        fuzz: Some(true),
        by_fuzz: found("no-panic", 1, 1).map(|found| Found {
            cases: Some(1),
            ..found
        }),
        ..MutantReport::new(&mutant("E", "a", "b"))
    });
    let text = report.markdown();
    let size = "after 1 case; 1m 30s virtual; 1 step, 1 host |";
    assert!(text.contains(size), "{text}");
}
