//! Calls of cargo that build something.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use cargo_metadata::{
    CompilerMessage, Message,
    diagnostic::{DiagnosticLevel, DiagnosticSpan},
};

use crate::{error::BenchError, upstream::Upstream};

/// Something that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The name of what it was built from.
    pub(crate) target: String,
    /// The file of its `main`, or the root of the crate that it tests.
    pub(crate) source: PathBuf,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// What a call has built.
#[derive(Debug, Default)]
pub(crate) struct Products {
    pub(crate) executables: Vec<Executable>,
    /// The root file of each crate that was compiled.
    pub(crate) sources: BTreeSet<PathBuf>,
}

/// An error of the compiler.
#[derive(Debug)]
pub(crate) struct CompileError {
    /// As people read it.
    pub(crate) text: String,
    /// Crate, file and bytes, the most telling first.
    pub(crate) places: Vec<(String, String, usize, usize)>,
}

/// What came of a call: what was built, or what does not compile.
pub(crate) type Outcome = Result<Products, Vec<CompileError>>;

/// Calls cargo on the package of a folder. `said` hears what has been built.
///
/// Without a network, what is in cargo's cache may do; with one, it is asked only
/// where the cache does not.
pub(crate) fn cargo(
    upstream: &Upstream,
    arguments: &[&str],
    folder: &Path,
    said: &dyn Fn(&str),
) -> Result<Outcome, BenchError> {
    let log = folder.join("cargo.log");
    let mut tail = String::new();
    for access in [Some("--offline"), None] {
        let mut command = Command::new("cargo");
        command
            .args(arguments)
            .arg("--manifest-path")
            .arg(folder.join("Cargo.toml"))
            .arg("--target-dir")
            .arg(upstream.folder.join("target"))
            .arg("--message-format=json")
            .args(access)
            // The settings of the workspace hold for what is built in it.
            .current_dir(&upstream.workspace);
        match call(command, &log, said)? {
            Ok(outcome) => return Ok(outcome),
            Err(said) => tail = said,
        }
    }
    Err(BenchError::Cargo { log, tail })
}

/// The inner error is the end of what cargo says when it cannot even begin.
fn call(
    mut command: Command,
    log: &Path,
    said: &dyn Fn(&str),
) -> Result<Result<Outcome, String>, BenchError> {
    let failed = |source| BenchError::Start {
        program: PathBuf::from("cargo"),
        source,
    };
    let file = File::create(log).map_err(BenchError::file(log))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(file)
        .spawn()
        .map_err(failed)?;
    let mut errors = Vec::new();
    let mut built = Products::default();
    if let Some(output) = child.stdout.take() {
        for message in Message::parse_stream(BufReader::new(output)) {
            match message.map_err(BenchError::file(log))? {
                Message::CompilerArtifact(artifact) => {
                    said(&artifact.target.name);
                    let source: PathBuf = artifact.target.src_path.into();
                    built.sources.insert(source.clone());
                    if let Some(path) = artifact.executable {
                        built.executables.push(Executable {
                            target: artifact.target.name,
                            source,
                            path: path.into(),
                        });
                    }
                }
                Message::CompilerMessage(message)
                    if matches!(
                        message.message.level,
                        DiagnosticLevel::Error | DiagnosticLevel::Ice
                    ) =>
                {
                    errors.push(CompileError::of(&message));
                }
                _ => {}
            }
        }
    }
    if child.wait().map_err(failed)?.success() {
        return Ok(Ok(Ok(built)));
    }
    if !errors.is_empty() {
        return Ok(Ok(Err(errors)));
    }
    let text = fs::read_to_string(log).map_err(BenchError::file(log))?;
    Ok(Err(last_lines(&text)))
}

/// The end of a text, to be shown.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

impl CompileError {
    fn of(message: &CompilerMessage) -> Self {
        let package = message.target.name.replace('_', "-");
        let mut places = Vec::new();
        let mut spans: Vec<&DiagnosticSpan> = message.message.spans.iter().collect();
        spans.sort_by_key(|span| !span.is_primary);
        for mut span in spans {
            // What a macro makes is laid to where it is called.
            loop {
                let (start, end) = (span.byte_start as usize, span.byte_end as usize);
                places.push((package.clone(), span.file_name.clone(), start, end));
                match &span.expansion {
                    Some(expansion) => span = &expansion.span,
                    None => break,
                }
            }
        }
        let text = message.message.rendered.clone();
        CompileError {
            text: text.unwrap_or_else(|| message.message.message.clone()),
            places,
        }
    }
}
