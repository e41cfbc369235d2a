//! Scenarios: what a DHT has to live through, each with a name, and the program
//! that runs them.
//!
//! A [`Scenario`] is written once and runs on several stacks and transports;
//! each combination is a [`Case`] with a path such as
//! `founding/evict-on-dial-error/evicting/mux`. A [`Catalog`] is a list of
//! scenarios. [`cli::main`] is the whole program over a catalog, so that your
//! own scenarios and stacks get the same commands with three lines of code.
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | [`words`] | lines of words, and enums written as lines | |
//! | [`condition`], [`action`], [`step`] | the vocabulary of scenario files | words |
//! | [`mod@file`] | the form of a file, strictly read and written | step |
//! | [`stage`] | plays a file on a simulation | file |
//! | [`founding`] | the founding cases, which a file cannot say | |
//! | [`explore`] | draws, shrinks and keeps scenarios | stage |
//! | [`reference`], [`upstream`] | what is generated from all that | catalog |
//! | [`bugs`] | the bench of bugs put into libp2p | the program |
//! | [`cli`] | the program | catalog |
#![deny(missing_docs)]

pub mod action;
mod application;
pub mod bugs;
mod case;
mod catalog;
pub mod cli;
pub mod condition;
mod coverage;
mod expect;
pub mod explore;
pub mod file;
pub mod founding;
pub mod reference;
mod scale;
mod scenario;
mod setting;
mod stacks;
pub mod stage;
pub mod step;
mod symptom;
mod testing;
pub mod upstream;
mod verdict;
pub mod words;

pub use application::Application;
pub use case::Case;
pub use catalog::{Catalog, LoadError, UnknownPath};
pub use coverage::{Coverage, Covered};
pub use expect::{Expect, Known, Wrong};
pub use scale::{Scale, ScaleReport};
pub use scenario::{REGRESSIONS, Ran, Scenario};
pub use setting::Setting;
pub use stacks::{Role, Stacks};
pub use symptom::{Symptom, UnknownSymptom};
pub use testing::{assert_holds, assert_sound};
pub use verdict::{CaseReport, Verdict};
