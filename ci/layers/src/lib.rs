//! Checks the module table in the documentation of a crate against its code.
//!
//! The table has three columns: modules, what they are responsible for, and the
//! modules that they stand on. A module may use what it stands on, and what those
//! modules stand on. Rows are in order: a module stands only on earlier rows, so
//! no two modules can depend on each other. Code under `#[cfg(test)]` is exempt,
//! and so are files inside one top-level module.
//!
//! [`check`] lists what is wrong with one crate; `tests/workspace.rs` runs it on
//! every crate of the workspace.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | `problem` | what can be wrong with a crate | |
//! | `table` | the table of a `lib.rs` | problem |
//! | `paths` | the paths that a piece of code names | |
//! | `uses` | which top-level modules use which | paths, problem |
//! | `check` | the table compared with the code | table, uses |
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
