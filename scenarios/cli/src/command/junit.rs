//! The report of `run` as JUnit XML, which most CI systems show.

use std::{fs::File, io::Write, path::PathBuf};

use dht_scenarios::CaseReport;
use indexmap::IndexMap;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{CliError, json, tally::folder};

/// The file for a JUnit report, opened before the work.
pub(super) struct JunitFile {
    path: PathBuf,
    file: File,
}

impl JunitFile {
    pub(super) fn open(path: Option<&PathBuf>) -> Result<Option<Self>, CliError> {
        path.map(|path| {
            let file = json::writable(path)?;
            Ok(JunitFile {
                path: path.clone(),
                file,
            })
        })
        .transpose()
    }

    /// Writes the report: a suite for each folder.
    pub(super) fn write(mut self, cases: &[CaseReport]) -> Result<(), CliError> {
        let text = report(cases).to_string().map_err(std::io::Error::other);
        let written = text.and_then(|text| {
            self.file.set_len(0)?;
            self.file.write_all(text.as_bytes())
        });
        written.map_err(|source| CliError::file(&self.path, source))
    }
}

fn report(cases: &[CaseReport]) -> Report {
    let mut suites: IndexMap<String, TestSuite> = IndexMap::new();
    for case in cases {
        let folder = folder(&case.name);
        let suite = suites
            .entry(folder.clone())
            .or_insert_with(|| TestSuite::new(folder));
        suite.add_test_case(test_case(case));
    }
    let mut report = Report::new("dht-harness");
    report.add_test_suites(suites.into_values());
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
    let folder = folder(&case.name);
    let name = case.name.strip_prefix(&format!("{folder}/"));
    let mut test = TestCase::new(name.unwrap_or(&case.name), status);
    test.set_classname(folder).set_time(case.wall);
    test
}
