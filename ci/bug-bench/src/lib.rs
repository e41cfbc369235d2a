//! The bug bench: measures how many bugs of libp2p the scenarios and fuzzing
//! detect.
//!
//! A bug is applied to a copy of a published crate. The program is then built with
//! that copy and run, and should detect the bug. Bugs are data, [`Mutant`]s, in
//! separate files. This repository contains no copy of the code of libp2p.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `error` | errors of the bench | |
//! | `mutant` | mutants and their file format | error |
//! | `edit_span` | location of edits in the published sources | mutant |
//! | `applicability` | applicability of mutants to the published sources | edit_span |
//! | `batch` | distribution of mutants over builds | edit_span |
//! | `files` | files written only when they change | error |
//! | `upstream` | location of the published crates | error |
//! | `cargo` | builds with cargo | upstream |
//! | `test_workspace` | workspace for the crates' own tests | files |
//! | `build_dir` | edited copies and the package built with them | edit_span, test_workspace, upstream |
//! | `compile` | builds, and attribution of their errors to mutants | build_dir, cargo |
//! | `process` | programs run with limits | error |
//! | `found` | how a mutant was detected | |
//! | `control` | failures without a mutant | found |
//! | `report` | the results of all mutants, and their totals | control, mutant |
//! | `table` | results as tables | report |
//! | `progress` | progress callbacks | report |
//! | `result_log` | results, written as they arrive | report |
//! | `builder` | builds of programs and tests | compile, progress |
//! | `trial` | detection of mutants by the program | cargo, control, mutant, process |
//! | `suite` | detection of mutants by the crates' own tests | cargo, found, mutant, process |
//! | `bench` | configuration, and order of builds and runs | applicability, batch, builder, result_log, suite, trial |
//!
//! It knows the program only by its command line and its JSON, and must not
//! know how a scenario is run.

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
mod error;
mod files;
mod found;
mod mutant;
mod process;
mod progress;
mod report;
mod result_log;
mod suite;
mod table;
mod test_workspace;
mod trial;
mod upstream;

pub use applicability::Applicability;
pub use batch::{Batch, batches};
pub use bench::Bench;
pub use control::{Control, ControlFuzz};
pub use edit_span::{EditSpan, Edited, edit_spans, edited};
pub use error::BenchError;
pub use found::Found;
pub use mutant::{Edit, Mutant, MutantFile, mutants};
pub use progress::Progress;
pub use report::{BenchReport, MutantReport, Settings, Totals};
pub use upstream::{Published, Upstream};
