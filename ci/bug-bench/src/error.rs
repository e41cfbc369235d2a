use std::{io, path::PathBuf};

use dht_scenarios::file::Problems;
use thiserror::Error;

/// Why the bench cannot run. A mutant that cannot be applied or does not
/// compile is not such an error.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// Some mutants are malformed.
    #[error("some mutants cannot be tried:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mutants(Vec<Problems>),
    /// A requested mutant does not exist.
    #[error("no mutant is called {id:?}{}", .nearest.as_ref().map(|id| format!("; did you mean {id:?}?")).unwrap_or_default())]
    UnknownMutant {
        /// The requested id.
        id: String,
        /// The most similar existing id.
        nearest: Option<String>,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// cargo cannot describe the workspace.
    #[error(
        "cannot learn from cargo where the published crates are: {0}; run this inside the workspace of dht-harness"
    )]
    Metadata(#[from] cargo_metadata::Error),
    /// The bench cannot build in this workspace.
    #[error("{0}")]
    Workspace(String),
    /// cargo failed for another reason than a compile error.
    #[error("cargo failed, see {log}:\n{tail}")]
    Cargo {
        /// The complete output.
        log: PathBuf,
        /// The last lines of the output.
        tail: String,
    },
    /// A program could not be started.
    #[error("cannot run {program}: {source}")]
    Start {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A program failed without an active mutant, or did not write its report.
    #[error("{program} could not do its work, see {log}: {why}")]
    Program {
        /// The program.
        program: PathBuf,
        /// The complete output.
        log: PathBuf,
        /// The reason.
        why: String,
    },
    /// Earlier results cannot be continued.
    #[error("{path}: {why}")]
    Resume {
        /// The file.
        path: PathBuf,
        /// The reason, with the remedy.
        why: String,
    },
}

impl BenchError {
    /// Converts an I/O error of this file, for `map_err`.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| BenchError::File { path, source }
    }
}
