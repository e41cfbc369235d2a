use std::{io, path::PathBuf};

use dht_scenarios::file::Problems;
use thiserror::Error;

/// Why the bench cannot do its work. That a mutant does not fit the published crate
/// or does not compile is no such thing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BenchError {
    /// Mutants are not of the form.
    #[error("some mutants cannot be tried:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Mutants(Vec<Problems>),
    /// A mutant was asked for that there is not.
    #[error("no mutant is called {id:?}{}", .nearest.as_ref().map(|id| format!("; did you mean {id:?}?")).unwrap_or_default())]
    UnknownMutant {
        /// What was asked for.
        id: String,
        /// The most similar id there is.
        nearest: Option<String>,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// cargo does not tell of the workspace.
    #[error(
        "cannot learn from cargo where the published crates are: {0}; run this inside the workspace of dht-harness"
    )]
    Metadata(#[from] cargo_metadata::Error),
    /// The workspace is not one that the bench can build on.
    #[error("{0}")]
    Workspace(String),
    /// cargo failed otherwise than by a compile error.
    #[error("cargo failed, see {log}:\n{tail}")]
    Cargo {
        /// All that it said.
        log: PathBuf,
        /// The end of that.
        tail: String,
    },
    /// A program could not be started.
    #[error("cannot run {program}: {source}")]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program did not do what was asked of it, though no mutant was at fault.
    #[error("{program} could not do its work, see {log}: {why}")]
    Program {
        /// The program.
        program: PathBuf,
        /// All that it said.
        log: PathBuf,
        /// What is missing.
        why: String,
    },
    /// Earlier results cannot be continued.
    #[error("{path}: {why}")]
    Resume {
        /// The file.
        path: PathBuf,
        /// Why, and what would be right.
        why: String,
    },
}

impl BenchError {
    /// For `map_err` on what was done with a file.
    pub fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        |source| BenchError::File { path, source }
    }
}
