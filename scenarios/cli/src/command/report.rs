//! The report of `run`.

use std::{collections::BTreeSet, path::PathBuf};

use dht_scenarios::{Case, CaseReport, Skipped, Verdict};
use serde::Serialize;

use super::junit::MissingCase;

#[derive(Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) counts: Counts,
    /// The scenarios that are for other releases of libp2p, or with `--stack`: that do not
    /// apply to the stack.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_applicable: Vec<Skipped>,
    pub(super) scenarios: Vec<CaseReport>,
}

/// How many cases ended how.
#[derive(Serialize)]
pub(super) struct Counts {
    /// The version of the format of the report.
    format: u32,
    seed: u64,
    pub(super) passed: usize,
    failed: usize,
    pub(super) unexpected_passes: usize,
    /// The number of cases that Ctrl-C has ended.
    pub(super) not_finished: usize,
    /// The number of cases that were not run, because of Ctrl-C or `--fail-fast`.
    pub(super) not_run: usize,
    /// The files in the folders that were not read although their names are nearly those of
    /// scenario files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_read: Vec<PathBuf>,
}

impl Counts {
    /// The number of cases that make the command fail.
    pub(super) fn red(&self) -> usize {
        self.failed + self.unexpected_passes
    }
}

impl Report {
    const FORMAT: u32 = 1;

    pub(super) fn new(
        seed: u64,
        scenarios: Vec<CaseReport>,
        missing: &[MissingCase],
        not_applicable: Vec<Skipped>,
        not_read: Vec<PathBuf>,
    ) -> Self {
        let count = |wanted: fn(&Verdict) -> bool| {
            scenarios
                .iter()
                .filter(|report| wanted(&report.verdict))
                .count()
        };
        let not_finished = missing.iter().filter(|case| case.is_started).count();
        let counts = Counts {
            format: Report::FORMAT,
            seed,
            passed: count(Verdict::is_ok),
            failed: count(|verdict| matches!(verdict, Verdict::Failed(_))),
            unexpected_passes: count(|verdict| matches!(verdict, Verdict::UnexpectedPass(_))),
            not_finished,
            not_run: missing.len() - not_finished,
            not_read,
        };
        Report {
            counts,
            not_applicable,
            scenarios,
        }
    }
}

/// The cases without a report, of which those before the position `started` were started
/// and have not finished.
pub(super) fn missing(
    cases: &[Case<'_>],
    reports: &[CaseReport],
    started: usize,
) -> Vec<MissingCase> {
    let reported: BTreeSet<&str> = reports.iter().map(|report| &*report.name).collect();
    let cases = cases
        .iter()
        .enumerate()
        .map(|(position, case)| MissingCase {
            name: case.path(),
            is_started: position < started,
        });
    let missing = cases.filter(|case| !reported.contains(&*case.name));
    missing.collect()
}
