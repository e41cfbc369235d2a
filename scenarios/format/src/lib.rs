//! Scenario files: what they can say, how they are read, and how they are run.
//!
//! A [`Scenario`] is written once and runs on several stacks and transports;
//! each combination is a [`Case`] with a path such as
//! `f02-eviction/crashed-peer/evicting/mux`. A [`Catalog`] is a list of
//! scenarios. [`assert_scenario_passes`] makes a test of a file.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | [`syntax`] | lines of words, and enums written as lines | |
//! | [`condition`] | what a step can demand | syntax |
//! | [`action`] | what a step can do | condition |
//! | [`step`] | an action, and how it may fail | action |
//! | `application` | what an application around a DHT is to scenarios | syntax |
//! | `host` | hosts, whatever their behaviours | application |
//! | [`step_failure`] | a step that failed, as a value | step |
//! | `signature` | what goes wrong in a run, without when and where | step_failure |
//! | `stacks` | what hosts consist of, by name | host |
//! | [`mod@file`] | the form of a file, strictly read and written | signature, stacks |
//! | `setting` | how a scenario is run once | |
//! | [`runner`] | runs a file in a simulation | file, setting |
//! | `expect` | what is to come of a scenario | signature |
//! | `verdict` | what came of a case | signature |
//! | `scenario` | scenarios and their cases, judged by what is expected | runner, expect, verdict |
//! | `catalog` | lists of scenarios | scenario |
//! | `testing` | scenario files under `cargo test` | catalog |
//! | [`mod@reference`] | the vocabulary as a document | action |
#![deny(missing_docs)]

pub mod action;
mod application;
mod catalog;
pub mod condition;
mod expect;
pub mod file;
mod host;
pub mod reference;
pub mod runner;
mod scenario;
mod setting;
mod signature;
mod stacks;
pub mod step;
pub mod step_failure;
pub mod syntax;
mod testing;
mod verdict;

pub use application::Application;
pub use catalog::{Catalog, LoadError, UnknownPath};
pub use expect::{DifferenceForm, Expect, ExpectedDifference};
pub use scenario::{Case, REGRESSIONS, Scenario};
pub use setting::{Ran, Setting};
pub use signature::{
    FailureSignature, RunFailure, StepSignature, UnknownSignature, ViolationPattern,
};
pub use stacks::Stacks;
pub use testing::assert_scenario_passes;
pub use verdict::{CaseFailure, CaseReport, Verdict};
