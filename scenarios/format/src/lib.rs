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
//! | [`condition`], [`action`], [`step`] | the vocabulary of scenario files | syntax |
//! | [`mod@file`] | the form of a file, strictly read and written | step |
//! | [`runner`] | runs a file in a simulation | file |
//! | [`reference`] | the vocabulary as a document | action |
#![deny(missing_docs)]

pub mod action;
mod application;
mod case;
mod catalog;
pub mod condition;
mod expect;
pub mod file;
pub mod reference;
pub mod runner;
mod scenario;
mod setting;
mod signature;
mod stacks;
pub mod step;
pub mod syntax;
mod testing;
mod verdict;

pub use application::Application;
pub use case::Case;
pub use catalog::{Catalog, LoadError, UnknownPath};
pub use expect::{DifferenceForm, Expect, ExpectedDifference};
pub use scenario::{DEFAULT_STACK, REGRESSIONS, Ran, Scenario};
pub use setting::Setting;
pub use signature::{FailureSignature, UnknownSignature};
pub use stacks::{HostSpec, Stacks};
pub use testing::assert_scenario_passes;
pub use verdict::{CaseReport, Verdict, seconds};
