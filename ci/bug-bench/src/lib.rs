//! The bug bench: how many bugs of libp2p the scenarios and fuzzing find.
//!
//! A bug is put back into a copy of a published crate, and the program is built
//! on that copy and run: it has to notice. Bugs are data, [`Mutant`]s, in files
//! of their own; nothing of upstream is kept in this repository.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | `mutant` | what a mutant is | |
//! | `read` | its form, strictly read | mutant |
//! | `edit_span` | where the edits of a mutant fall in the published text | mutant |
//! | `applicability` | which mutants fit the published text | edit_span |
//! | `batch` | which mutants share a build | edit_span |
//! | `upstream` | where cargo keeps the published crates | |
//! | `build_dir` | the edited copies and the package that builds on them | batch, upstream |
//! | `cargo` | calls of cargo | upstream |
//! | `compile` | a build, and whose its errors are | build_dir, cargo |
//! | `process` | a program run within limits | |
//! | `trial` | what the program notices of a mutant | process |
//! | `suite` | what the crates' own tests notice of it | cargo, process |
//! | `control`, `report`, `totals`, `table` | what came of it all | |
//! | `builder` | programs and tests, built | compile |
//! | `result_log` | results as they come | report |
//! | `scheduler` | builds and trials in their order | builder, trial, suite, result_log |
//! | `bench` | what is asked of it | scheduler, applicability |
//!
//! It knows the program by its command line and its JSON only, and must not know
//! how a scenario is run.

#![deny(missing_docs)]

mod applicability;
mod batch;
mod bench;
mod build_dir;
mod builder;
mod cargo;
mod compile;
mod control;
mod edit_span;
mod mutant;
mod process;
mod read;
mod report;
mod result_log;
mod scheduler;
mod suite;
mod table;
mod totals;
mod trial;
mod upstream;

pub use applicability::Applicability;
pub use batch::{Batch, batches};
pub use bench::{Bench, Progress};
pub use control::{Control, ControlFuzz};
pub use edit_span::{EditSpan, Edited, edit_spans, edited};
pub use mutant::{Edit, Mutant, MutantFile, mutants};
pub use report::{BenchReport, Found, MutantReport, Settings};
pub use totals::Totals;
pub use upstream::{Published, Upstream};

use std::{io, path::PathBuf};

use thiserror::Error;

use dht_scenarios::file::Problems;

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
