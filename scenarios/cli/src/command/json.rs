//! JSON reports.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use super::CliError;

/// Writes `report` as JSON to `path`, or to standard output if that is `-`.
pub(super) fn write(path: &Path, report: &impl Serialize) -> Result<(), CliError> {
    let written = if path == Path::new("-") {
        put(io::stdout().lock(), report)
    } else {
        File::create(path).and_then(|file| put(file, report))
    };
    written.map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })
}

/// Whether standard output is used for the JSON report, so that text output has
/// to be suppressed.
pub(super) fn takes_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}

fn put(mut writer: impl Write, report: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut writer, report)?;
    writeln!(writer)
}
