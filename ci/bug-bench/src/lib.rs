//! The bug bench: how many bugs of libp2p the scenarios and fuzzing find.
//!
//! A bug is put back into a copy of a published crate, and the program is built
//! on that copy and run: it has to notice. Bugs are data, [`Mutant`]s, in files
//! of their own; nothing of upstream is kept in this repository.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | `error` | why the bench cannot do its work | |
//! | `mutant` | what a mutant is, and its form, strictly read | error |
//! | `edit_span` | where the edits of a mutant fall in the published text | mutant |
//! | `applicability` | which mutants fit the published text | edit_span |
//! | `batch` | which mutants share a build | edit_span |
//! | `files` | files written only when they change | error |
//! | `upstream` | where cargo keeps the published crates | error |
//! | `cargo` | calls of cargo | upstream |
//! | `test_workspace` | what the crates' own tests need to be built | files |
//! | `build_dir` | the edited copies and the package that builds on them | edit_span, test_workspace, upstream |
//! | `compile` | a build, and which mutants its errors belong to | build_dir, cargo |
//! | `process` | a program run within limits | error |
//! | `found` | how a mutant was noticed | |
//! | `control` | what goes wrong without a mutant | found |
//! | `report` | the results of all mutants, and their totals | control, mutant |
//! | `table` | results as tables | report |
//! | `progress` | who is told how far the bench is | report |
//! | `result_log` | results as they come | report |
//! | `builder` | programs and tests, built | compile, progress |
//! | `trial` | what the program notices of a mutant | cargo, control, mutant, process |
//! | `suite` | what the crates' own tests notice of it | cargo, found, mutant, process |
//! | `bench` | what is asked of it, and builds and trials in their order | applicability, batch, builder, result_log, suite, trial |
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
