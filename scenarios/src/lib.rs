//! Scenarios: what a DHT has to live through, each with a name, and the program
//! that runs them.
//!
//! A [`Scenario`] is written once and runs on several stacks and transports;
//! each combination is a [`Case`] with a path such as
//! `founding/evict-on-dial-error/evicting/mux`. A [`Catalog`] is a list of
//! scenarios. [`cli::main`] is the whole program over a catalog, so that your
//! own scenarios and stacks get the same commands with three lines of code.
#![deny(missing_docs)]

mod case;
mod catalog;
pub mod cli;
pub mod founding;
mod scale;
mod verdict;

pub use case::{Case, Expect, Ran, Scenario, Setting};
pub use catalog::{Catalog, UnknownPath};
pub use scale::{Scale, ScaleReport};
pub use verdict::{CaseReport, Verdict};
