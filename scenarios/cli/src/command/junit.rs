//! The reports of `run` and `fuzz` as JUnit XML, which most CI systems show.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use dht_fuzz::Summary;
use dht_harness::noun;
use dht_scenarios::CaseReport;
use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    CliError, NEAR_MISS,
    destinations::{Content, Destinations, ReportFile},
    tally::folder,
};

/// The file for a JUnit report, opened before the work.
pub(super) struct JunitFile(ReportFile);

/// A selected case that has no result.
#[derive(Debug)]
pub(super) struct MissingCase {
    pub(super) name: String,
    /// Whether a signal has ended it.
    pub(super) is_started: bool,
}

impl JunitFile {
    /// Opens the file, as one of the destinations of a command.
    pub(super) fn open(
        path: Option<&Path>,
        destinations: &mut Destinations,
    ) -> Result<Option<Self>, CliError> {
        let Some(path) = path else { return Ok(None) };
        destinations.add(Content::Junit, path)?;
        ReportFile::open(path).map(|file| Some(JunitFile(file)))
    }

    /// Writes the report: a suite for each folder. The files in the folders that were not read
    /// are skipped tests.
    pub(super) fn write(
        self,
        cases: &[CaseReport],
        missing: &[MissingCase],
        not_read: &[PathBuf],
    ) -> Result<(), CliError> {
        self.write_report(&report(cases, missing, not_read))
    }

    /// Writes the report of a campaign: a suite with a test for all cases and one for each
    /// failure that was found.
    pub(super) fn write_campaign(self, summary: &Summary) -> Result<(), CliError> {
        self.write_report(&campaign(summary))
    }

    fn write_report(self, report: &Report) -> Result<(), CliError> {
        let text = report.to_string();
        self.0.write(text.expect("a report is text").as_bytes())
    }
}

fn report(cases: &[CaseReport], missing: &[MissingCase], not_read: &[PathBuf]) -> Report {
    let mut suites: IndexMap<String, TestSuite> = IndexMap::new();
    let with_result = cases.iter().map(|case| (&case.name, test_case(case)));
    let without = missing.iter().map(|case| (&case.name, missing_case(case)));
    for (name, test) in with_result.chain(without) {
        let folder = folder(name);
        let suite = suites
            .entry(folder.clone())
            .or_insert_with(|| TestSuite::new(folder));
        suite.add_test_case(test);
    }
    if !not_read.is_empty() {
        let mut suite = TestSuite::new("not read");
        suite.add_test_cases(not_read.iter().map(|file| unread_file(file)));
        suites.insert("not read".to_owned(), suite);
    }
    let mut report = Report::new("dht-harness");
    report.add_test_suites(suites.into_values());
    report
}

fn campaign(summary: &Summary) -> Report {
    let mut suite = TestSuite::new("fuzz");
    let cases = noun(summary.cases as usize, "case", "cases");
    let mut all = TestCase::new(
        format!("{} {cases}", summary.cases),
        TestCaseStatus::success(),
    );
    all.set_classname("fuzz")
        .set_time(Duration::from_secs_f64(summary.wall_s));
    suite.add_test_case(all);
    for part in summary.stopped() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let cases = noun(part.cases as usize, "case", "cases");
        status.set_message(format!("stopped by a signal after {} {cases}", part.cases));
        let mut test = TestCase::new(part.to_string(), status);
        test.set_classname("fuzz");
        suite.add_test_case(test);
    }
    let mut failed = |name: &str, message: String, text: String| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status
            .set_message(message)
            .set_type("FOUND")
            .set_description(text);
        let mut test = TestCase::new(name, status);
        test.set_classname("fuzz");
        suite.add_test_case(test);
    };
    for finding in &summary.findings {
        failed(
            &finding.name,
            finding.invariant.to_string(),
            finding.to_string(),
        );
    }
    for (signature, cases) in &summary.unshrunk {
        let more = format!(
            "{} more {}, not shrunk",
            cases.len(),
            noun(cases.len(), "case", "cases")
        );
        let cases: Vec<String> = cases.iter().map(ToString::to_string).collect();
        let name = format!("{signature}, not shrunk");
        failed(&name, more, format!("cases {}", cases.join(", ")));
    }
    let mut report = Report::new("dht-harness");
    report.add_test_suite(suite);
    report
}

fn test_case(case: &CaseReport) -> TestCase {
    let status = match case.verdict.failure() {
        None => TestCaseStatus::success(),
        Some(failure) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let text = format!("{failure}{}", case.remarks());
            status
                .set_message(text.lines().next().unwrap_or_default())
                .set_type(case.verdict.to_string())
                .set_description(text);
            status
        }
    };
    let mut test = named(&case.name, status);
    test.set_time(case.wall);
    test
}

/// A case that a signal has ended is an error, and one that was not run is skipped.
fn missing_case(case: &MissingCase) -> TestCase {
    let (mut status, message) = match case.is_started {
        true => (
            TestCaseStatus::non_success(NonSuccessKind::Error),
            "not finished: the run was interrupted",
        ),
        false => (TestCaseStatus::skipped(), "not run"),
    };
    status.set_message(message);
    named(&case.name, status)
}

fn unread_file(file: &Path) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message(NEAR_MISS);
    let mut test = TestCase::new(file.display().to_string(), status);
    test.set_classname("not read");
    test
}

fn named(path: &str, status: TestCaseStatus) -> TestCase {
    let folder = folder(path);
    let name = path.strip_prefix(&format!("{folder}/"));
    let mut test = TestCase::new(name.unwrap_or(path), status);
    test.set_classname(folder);
    test
}
