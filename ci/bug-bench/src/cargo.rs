//! Builds with cargo.

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

/// An executable file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The name of the target from which it was built.
    pub(crate) target: String,
    /// The file of its `main`, or the root of the crate that it tests.
    pub(crate) source: PathBuf,
    /// Its path.
    pub(crate) path: PathBuf,
}

/// The results of a build.
#[derive(Debug, Default)]
pub(crate) struct Products {
    pub(crate) executables: Vec<Executable>,
    /// The root file of each crate that was compiled.
    pub(crate) sources: BTreeSet<PathBuf>,
}

/// A compile error.
#[derive(Debug)]
pub(crate) struct CompileError {
    /// The human-readable message.
    pub(crate) text: String,
    /// Crate, file and byte range, the most relevant first.
    pub(crate) places: Vec<(String, String, usize, usize)>,
}

/// The outcome of a build: its results, or its compile errors.
pub(crate) type Outcome = Result<Products, Vec<CompileError>>;

/// Runs cargo on the package of a folder. `on_built` is called for each target
/// that was built.
///
/// The first attempt is offline and uses cargo's cache. If that fails, cargo is
/// run again with network access.
pub(crate) fn cargo(
    upstream: &Upstream,
    arguments: &[&str],
    folder: &Path,
    on_built: &dyn Fn(&str),
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
            // The build uses the cargo settings of the workspace.
            .current_dir(&upstream.workspace);
        match call(command, &log, on_built)? {
            Ok(outcome) => return Ok(outcome),
            Err(output) => tail = output,
        }
    }
    Err(BenchError::Cargo { log, tail })
}

/// The inner error is the end of cargo's output if it could not start the
/// build.
fn call(
    mut command: Command,
    log: &Path,
    on_built: &dyn Fn(&str),
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
                    on_built(&artifact.target.name);
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

/// The last lines of a text, for display.
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
            // Code from a macro is attributed to the place of its call.
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
