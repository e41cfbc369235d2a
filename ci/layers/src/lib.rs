//! Checks the module table in the documentation of a crate against its code.
//!
//! The table has three columns: modules, their responsibilities, and the modules that
//! they depend on. A module may use its dependencies and, transitively, their
//! dependencies. Rows are ordered: a module depends only on modules of earlier rows,
//! so no two modules can depend on each other. Code under `#[cfg(test)]` and uses
//! within one top-level module are exempt.
//!
//! [`check`] returns the problems of one crate. `tests/workspace.rs` runs it on every
//! crate of the workspace.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `problem` | the problems that a check can find | |
//! | `table` | the table of a `lib.rs` | problem |
//! | `paths` | the paths in a piece of code | |
//! | `uses` | the dependencies between top-level modules | paths, problem |
//! | `check` | comparing the table with the code | table, uses |
//! | `members` | the crates of a workspace | problem |
#![deny(missing_docs)]

mod check;
mod members;
mod paths;
mod problem;
mod table;
mod uses;

pub use check::check;
pub use members::members;
pub use problem::{Problem, ReadError};
