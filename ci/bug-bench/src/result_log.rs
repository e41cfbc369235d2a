//! Results, written as they arrive.

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
};

use crate::{
    control::Control,
    error::BenchError,
    mutant::Mutant,
    report::{BenchReport, MutantReport},
};

/// The report, written to its file whenever a result is added.
#[derive(Debug)]
pub(crate) struct ResultLog {
    report: Mutex<BenchReport>,
    /// The file, if there is one.
    json: Option<PathBuf>,
}

impl ResultLog {
    /// Continues a report.
    pub(crate) fn new(report: BenchReport, json: Option<PathBuf>) -> Self {
        ResultLog {
            report: Mutex::new(report),
            json,
        }
    }

    /// The results of a mutant so far.
    pub(crate) fn known(&self, mutant: &Mutant) -> MutantReport {
        let known = lock(&self.report).earlier(mutant).cloned();
        known.unwrap_or_else(|| MutantReport::new(mutant))
    }

    /// The control of the build with this digest, if there is one.
    pub(crate) fn control(&self, build: &str, digest: &str) -> Option<Control> {
        let report = lock(&self.report);
        let mut controls = report.controls.iter();
        controls
            .find(|control| control.build == build && control.digest == digest)
            .cloned()
    }

    /// Adds a control, replacing an earlier one of the same build.
    pub(crate) fn put_control(&self, control: Control) -> Result<(), BenchError> {
        let mut report = lock(&self.report);
        report.controls.retain(|other| other.build != control.build);
        report.controls.push(control);
        self.write(&report)
    }

    /// Adds the results of a mutant; returns them with their derived fields.
    pub(crate) fn put(&self, mut result: MutantReport) -> Result<MutantReport, BenchError> {
        result.settle();
        let mut report = lock(&self.report);
        report.put(result.clone());
        self.write(&report)?;
        Ok(result)
    }

    /// Returns the report when everything is done.
    pub(crate) fn close(self) -> Result<BenchReport, BenchError> {
        let report = lock(&self.report).clone();
        self.write(&report)?;
        Ok(report)
    }

    fn write(&self, report: &BenchReport) -> Result<(), BenchError> {
        match &self.json {
            Some(path) => report.write(path),
            None => Ok(()),
        }
    }
}

/// Locked data is never left in an inconsistent state, so a poisoned lock can
/// be ignored.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
