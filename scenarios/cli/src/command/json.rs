//! JSON reports.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{
    CliError,
    destinations::{Content, Destinations, ReportFile},
    output,
};

/// The file for a JSON report, opened before the work, so that a path that cannot be
/// written is told then. What the file holds stays until the report replaces it.
pub(super) struct JsonFile {
    /// `None` is standard output.
    file: Option<ReportFile>,
}

impl JsonFile {
    /// Opens the file, as one of the destinations of a command. `-` is standard output.
    pub(super) fn open(
        path: Option<&Path>,
        destinations: &mut Destinations,
    ) -> Result<Option<Self>, CliError> {
        let Some(path) = path else { return Ok(None) };
        if takes_stdout(Some(path)) {
            return Ok(Some(JsonFile { file: None }));
        }
        destinations.add(Content::Json, path)?;
        let file = Some(ReportFile::open(path)?);
        Ok(Some(JsonFile { file }))
    }

    /// Whether this is standard output, so that text output has to be suppressed.
    pub(super) fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// The path of the file if it is new, and has to go if there is no report.
    pub(super) fn new_file(&self) -> Option<PathBuf> {
        self.file.as_ref().and_then(ReportFile::new_file)
    }

    /// Writes the report.
    pub(super) fn write(self, report: &impl Serialize) -> Result<(), CliError> {
        let mut text = serde_json::to_vec_pretty(report).expect("a report is plain data");
        text.push(b'\n');
        match self.file {
            None => {
                let mut stdout = io::stdout().lock();
                output::written(stdout.write_all(&text).and_then(|()| stdout.flush()))
            }
            Some(file) => file.write(&text),
        }
    }
}

/// Whether standard output is used for the JSON report, so that text output has
/// to be suppressed.
pub(super) fn takes_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}
