//! Checks the module table in the documentation of a crate against its code.
//!
//! The table has three columns: modules, what they are responsible for, and the
//! modules that they stand on. A module may use what it stands on, and what those
//! modules stand on. Rows are in order: a module stands only on earlier rows, so
//! no two modules can depend on each other. Code under `#[cfg(test)]` is exempt,
//! and so are files inside one top-level module.
//!
//! [`check`] returns the problems of one crate. `tests/workspace.rs` runs it on every
//! crate of the workspace.
//!
//! | module | is responsible for | stands on |
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
