//! JSON reports.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{CliError, output};

/// The file for a JSON report, opened before the work, so that a path that cannot be
/// written is told then. What the file holds stays until the report replaces it.
pub(super) struct JsonFile {
    /// The path and the file. `None` is standard output.
    file: Option<(PathBuf, File)>,
    /// Whether the file is new and empty, and has to go if there is no report.
    is_new: bool,
}

impl JsonFile {
    /// Opens the file. `-` is standard output.
    pub(super) fn open(path: Option<&Path>) -> Result<Option<Self>, CliError> {
        let Some(path) = path else { return Ok(None) };
        if path == Path::new("-") {
            let (file, is_new) = (None, false);
            return Ok(Some(JsonFile { file, is_new }));
        }
        let is_new = path.symlink_metadata().is_err();
        // A scenario, or anything else that is no report, would be lost.
        let begins = |text: Vec<u8>| text.trim_ascii_start().first().copied();
        let is_file = path.metadata().is_ok_and(|path| path.is_file());
        let first = is_file
            .then(|| fs::read(path).ok().and_then(begins))
            .flatten();
        if first.is_some_and(|first| first != b'{') {
            let source = io::Error::new(
                io::ErrorKind::AlreadyExists,
                "the file is no JSON report, and would be overwritten",
            );
            return Err(CliError::file(path, source));
        }
        let file = writable(path)?;
        Ok(Some(JsonFile {
            file: Some((path.to_owned(), file)),
            is_new,
        }))
    }

    /// Whether this is standard output, so that text output has to be suppressed.
    pub(super) fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// Writes the report.
    pub(super) fn write(mut self, report: &impl Serialize) -> Result<(), CliError> {
        self.is_new = false;
        match &mut self.file {
            None => output::written(put(io::stdout().lock(), report)),
            Some((path, file)) => {
                replace(file, report).map_err(|source| CliError::file(path, source))
            }
        }
    }
}

/// Whether standard output is used for the JSON report, so that text output has
/// to be suppressed.
pub(super) fn takes_stdout(path: Option<&Path>) -> bool {
    path == Some(Path::new("-"))
}

/// Opens a file for writing, and leaves its content.
pub(super) fn writable(path: &Path) -> Result<File, CliError> {
    let mut options = OpenOptions::new();
    let opened = options.create(true).write(true).truncate(false).open(path);
    opened.map_err(|source| CliError::file(path, source))
}

/// Checks that files can be created in a folder.
pub(super) fn probe(folder: &Path) -> Result<(), CliError> {
    let path = folder.join(format!(".dht-harness-{}", std::process::id()));
    let probed = File::create_new(&path).and_then(|_| fs::remove_file(&path));
    probed.map_err(|source| CliError::file(folder, source))
}

impl Drop for JsonFile {
    fn drop(&mut self) {
        if let (true, Some((path, _))) = (self.is_new, &self.file) {
            let _ = fs::remove_file(path);
        }
    }
}

fn replace(file: &mut File, report: &impl Serialize) -> io::Result<()> {
    // A pipe has neither a length nor a position.
    if file.metadata()?.is_file() {
        file.set_len(0)?;
        file.rewind()?;
    }
    put(file, report)
}

fn put(mut writer: impl Write, report: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(report)?;
    text.push(b'\n');
    writer.write_all(&text)?;
    writer.flush()
}
