//! Scenario files: their syntax, parsing and execution.
//!
//! A [`Scenario`] runs on several stacks and transports. Each combination is a
//! [`Case`] with a path such as `f02-eviction/crashed-peer/evicting/mux`. A
//! [`Catalog`] is a collection of scenarios. [`assert_scenario_passes`] turns a file
//! into a test.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `limit` | what lines and files may ask for | |
//! | [`syntax`] | the syntax of lines, and enums with line syntax | limit |
//! | [`condition`] | the conditions that a step can check | syntax |
//! | [`action`] | the actions that a step can perform | condition |
//! | `query_kind` | which conditions apply to which queries | action |
//! | [`step`] | an action, and whether it has to fail | action |
//! | `application` | access to the application around a DHT | syntax |
//! | `host` | hosts, independent of their behaviours | application |
//! | `capabilities` | what a stack can do and what it does by itself | |
//! | [`step_failure`] | a step that failed, as a value | step |
//! | `signature` | the kind of a failure, without its time and place | step_failure |
//! | `releases` | ranges of releases of libp2p | |
//! | `known` | the failures that scenarios may expect, and what their files contain | signature, releases |
//! | `stacks` | the stacks of hosts, by name | host, capabilities, known |
//! | [`mod@file`] | parsing and writing files | query_kind, signature, stacks |
//! | [`mod@lines`] | the lines of a file that can be left out | file |
//! | [`mod@applicability`] | which scenarios apply to a stack | file |
//! | `expect` | the expected outcome of a scenario | signature |
//! | `setting` | the parameters of one run | expect |
//! | [`runner`] | running a file in a simulation | file, setting |
//! | `verdict` | the outcome of a case | runner |
//! | `again` | how to run a failed test again | stacks |
//! | `scenario` | scenarios, their cases, and the comparison with expectations | runner, expect, verdict, again |
//! | `catalog` | collections of scenarios | scenario |
//! | `on_stack` | the scenarios of a catalog on one stack | catalog, applicability, again |
//! | `testing` | scenario files as Rust tests | on_stack |
//! | [`mod@reference`] | the generated reference of keys, stacks, actions and conditions | file |
#![deny(missing_docs)]

pub mod action;
mod again;
pub mod applicability;
mod application;
mod capabilities;
mod catalog;
pub mod condition;
mod expect;
pub mod file;
mod host;
mod known;
mod limit;
pub mod lines;
mod on_stack;
mod query_kind;
pub mod reference;
mod releases;
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
pub use capabilities::{HonouredSettings, StackCapabilities};
pub use catalog::{Catalog, CatalogError};
pub use expect::{DifferenceForm, Expect, ExpectedDifference};
pub use known::{KnownFailure, Need, known_failures};
pub use on_stack::{OnStack, Skipped, UnknownStack};
pub use scenario::{Case, Probe, REGRESSIONS, Scenario};
pub use setting::{RunFiles, Setting};
pub use signature::{FailureSignature, RunFailure, StepSignature, ViolationPattern};
pub use stacks::Stacks;
pub use testing::{assert_scenario_passes, assert_scenarios_pass_on};
pub use verdict::{CaseFailure, CaseReport, MayBe, Verdict};
