//! The `dht-harness` program, and the scenarios of this project.
//!
//! [`command::main`] is the whole program over a [`Program`]: scenarios, stacks
//! and a generator. Your own ones get the same commands with three lines of code.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | [`founding`] | the founding cases, which a file cannot say | |
//! | [`mod@corpus`] | the scenario files of this project, embedded | founding |
//! | `program` | what the program works on | corpus |
//! | `scale` | a network of many hosts, measured | |
//! | [`command`] | the command line | program, scale |
#![deny(missing_docs)]

pub mod command;
pub mod corpus;
pub mod founding;
mod program;
mod scale;

pub use program::Program;
pub use scale::{Scale, ScaleReport};
