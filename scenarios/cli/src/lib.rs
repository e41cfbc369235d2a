//! The `dht-harness` program, and the scenarios of this project.
//!
//! [`command::main`] is the whole program over a [`Program`]: scenarios, stacks
//! and a generator. With it, a few lines of code give your own scenarios the
//! same commands.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | [`founding`] | the founding cases, which cannot be written as files | |
//! | [`mod@corpus`] | the scenario files of this project, embedded | founding |
//! | `program` | the scenarios, stacks and generator of a program | corpus |
//! | `scale` | measurement of a network of many hosts | |
//! | [`command`] | the command line | program, scale |
#![deny(missing_docs)]

pub mod command;
pub mod corpus;
pub mod founding;
mod program;
mod scale;

pub use program::Program;
pub use scale::{Scale, ScaleReport};

/// Compiles and runs the examples of the book that need more than the library.
#[cfg(doctest)]
#[doc = include_str!("../../../book/src/cookbook.md")]
#[doc = include_str!("../../../book/src/fuzzing.md")]
#[doc = include_str!("../../../book/src/scenario-files.md")]
#[doc = include_str!("../../../book/src/stacks.md")]
struct Book;
