//! The files that a command writes. What would be lost is told before the work.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::MetadataExt,
    path::{self, Path, PathBuf},
};

use dht_harness::view::ViewFormat;

use super::CliError;

/// What a file contains that a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A report as JSON.
    Json,
    /// A report as JUnit XML.
    Junit,
    /// The trace of a run.
    Trace,
    /// A picture of a run.
    Picture(ViewFormat),
}

/// The files that one command writes.
#[derive(Debug, Default)]
pub(super) struct Destinations {
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

impl Destinations {
    /// The destinations of a command that reads these paths. Those that do not exist are
    /// names of scenarios.
    pub(super) fn of(inputs: impl IntoIterator<Item: Into<PathBuf>>) -> Self {
        Destinations {
            inputs: inputs.into_iter().map(Into::into).collect(),
            outputs: Vec::new(),
        }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// As for [`check`](Self::check), and if the folder does not exist or the file cannot be
    /// written.
    pub(super) fn add(&mut self, content: Content, path: &Path) -> Result<(), CliError> {
        self.check(content, path)?;
        let folder = folder_of(path);
        if !folder.exists() {
            return Err(CliError::Output {
                path: path.to_owned(),
                reason: format!(
                    "the folder {} does not exist; make it, or name another",
                    folder.display()
                ),
            });
        }
        can_write(path).map_err(|source| CliError::file(path, source))?;
        self.outputs.push(path.to_owned());
        Ok(())
    }

    /// Checks that nothing is lost if a file is written.
    ///
    /// # Errors
    /// Returns an error if the file is an input or another output of the command, or if it
    /// exists and contains something else.
    pub(super) fn check(&self, content: Content, path: &Path) -> Result<(), CliError> {
        let refused = |reason: String| CliError::Output {
            path: path.to_owned(),
            reason,
        };
        if path == Path::new("-") {
            return Err(refused(
                "only `--json` writes to standard output; name a file, such as `./-`".to_owned(),
            ));
        }
        let metadata = path.metadata();
        match metadata.as_ref().map(Metadata::file_type) {
            Ok(kind) if kind.is_dir() => return Err(refused("a folder; name a file".to_owned())),
            // A pipe or a device keeps nothing.
            Ok(kind) if !kind.is_file() => return Ok(()),
            _ => {}
        }
        if self.inputs.iter().any(|input| is_same(input, path)) {
            return Err(refused(
                "the command reads this file, and would overwrite it; name another file".to_owned(),
            ));
        }
        if self.outputs.iter().any(|output| is_same(output, path)) {
            return Err(refused(
                "two outputs would be written to this file; name a file for each".to_owned(),
            ));
        }
        let begins = match metadata.is_ok() {
            true => beginning(path).map_err(|source| CliError::file(path, source))?,
            false => String::new(),
        };
        if !begins.is_empty() && !content.is_of(&begins) {
            return Err(refused(format!(
                "the file is no {}, and would be overwritten; remove it, or name another file",
                content.name()
            )));
        }
        Ok(())
    }
}

impl Content {
    fn name(self) -> &'static str {
        match self {
            Content::Json => "JSON report",
            Content::Junit => "JUnit report",
            Content::Trace => "trace",
            Content::Picture(ViewFormat::Html) => "page",
            Content::Picture(ViewFormat::Perfetto) => "trace for Perfetto",
            Content::Picture(_) => "log for ShiViz",
        }
    }

    /// Whether a file that begins with this text is of this content.
    fn is_of(self, begins: &str) -> bool {
        let is_recording = begins.starts_with('{') && begins.contains("\"case\":");
        let is_trace = begins.starts_with("{\"format\":") && begins.contains("\"harness\":");
        match self {
            Content::Json => {
                let is_report = begins.starts_with('{') && begins.contains("\"format\":");
                is_report && !is_trace && !is_recording
            }
            Content::Junit => begins.starts_with("<?xml"),
            Content::Trace => is_trace,
            Content::Picture(ViewFormat::Html) => {
                begins.to_ascii_lowercase().starts_with("<!doctype html")
            }
            Content::Picture(ViewFormat::Perfetto) => {
                begins.starts_with('{') && begins.contains("\"traceEvents\"")
            }
            Content::Picture(_) => begins.starts_with("(?<host>"),
        }
    }
}

/// How many bytes of a file tell what it is.
const BEGINNING: u64 = 200;

/// The first characters of a file, without leading white space.
fn beginning(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(BEGINNING).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_start().to_owned())
}

/// Whether two paths lead to one file, which need not exist.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        (Err(_), Err(_)) => real(one) == real(other),
        _ => false,
    }
}

/// The path of a file that does not exist, without links in its folder.
fn real(path: &Path) -> Option<PathBuf> {
    let path = path::absolute(path).ok()?;
    let folder = path.parent()?.canonicalize();
    Some(folder.map_or(path.clone(), |folder| {
        folder.join(path.file_name().unwrap_or_default())
    }))
}

/// Checks that a file can be written, and leaves it as it is. Its folder has to exist.
fn can_write(path: &Path) -> io::Result<()> {
    if path.metadata().is_ok_and(|path| !path.is_file()) {
        // To open a pipe would wait for its reader.
        return Ok(());
    }
    if path.symlink_metadata().is_ok() {
        let mut options = OpenOptions::new();
        return options.append(true).open(path).map(|_| ());
    }
    probe(folder_of(path))
}

/// The folder of a file.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Checks that files can be created in a folder.
fn probe(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!(".dht-harness-{}", std::process::id()));
    File::create_new(&path).and_then(|_| fs::remove_file(&path))
}

/// Makes a folder for outputs, unless it exists, and checks that files can be created in it.
///
/// # Errors
/// Returns an error if it cannot be made or written.
fn folder(path: &Path) -> Result<(), CliError> {
    if path.exists() && !path.is_dir() {
        return Err(CliError::Output {
            path: path.to_owned(),
            reason: "several files are written, and this is a file; name a folder".to_owned(),
        });
    }
    let made = fs::create_dir_all(path).and_then(|()| probe(path));
    made.map_err(|source| CliError::file(path, source))
}

/// Makes folders for the outputs of some work, and does the work. A folder that was not there
/// before and is empty is removed if the work fails.
///
/// # Errors
/// Returns the error of the work, or one if a folder cannot be made or written.
pub(super) fn with_folders<'a, T>(
    mut paths: impl Iterator<Item = &'a PathBuf> + Clone,
    work: impl FnOnce() -> Result<T, CliError>,
) -> Result<T, CliError> {
    let new: Vec<&Path> = paths
        .clone()
        .flat_map(|path| path.ancestors())
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    let made = paths.try_for_each(|path| folder(path));
    let result = made.and_then(|()| work());
    if result.is_err() {
        for folder in new {
            // One that is not empty stays.
            let _ = fs::remove_dir(folder);
        }
    }
    result
}

/// A file for a report, opened before the work. What it contains stays until the report
/// replaces it.
pub(super) struct ReportFile {
    path: PathBuf,
    file: File,
    /// Whether the file is new and empty, and has to go if there is no report.
    is_new: bool,
}

impl ReportFile {
    /// Opens the file of one of the destinations.
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let is_new = path.symlink_metadata().is_err();
        let mut options = OpenOptions::new();
        let opened = options.create(true).write(true).truncate(false).open(path);
        Ok(ReportFile {
            path: path.to_owned(),
            file: opened.map_err(|source| CliError::file(path, source))?,
            is_new,
        })
    }

    /// The path if the file is new, and has to go if there is no report.
    pub(super) fn new_file(&self) -> Option<PathBuf> {
        self.is_new.then(|| self.path.clone())
    }

    /// Replaces what the file contains.
    pub(super) fn write(mut self, text: &[u8]) -> Result<(), CliError> {
        self.is_new = false;
        let replaced = self.replace(text);
        replaced.map_err(|source| CliError::file(&self.path, source))
    }

    fn replace(&mut self, text: &[u8]) -> io::Result<()> {
        // A pipe has neither a length nor a position.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
            self.file.rewind()?;
        }
        self.file.write_all(text)?;
        self.file.flush()
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.is_new {
            let _ = fs::remove_file(&self.path);
        }
    }
}
