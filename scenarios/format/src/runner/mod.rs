//! Plays scenario files.
//!
//! Responsible for hosts by name, for doing what steps say and for judging
//! what they demand. It must not know how files are read or reported.

mod applications;
mod conditions;
mod connections;
mod explain;
mod faults;
mod lifecycle;
mod limits;
mod perform;
mod queries;
mod registry;
mod scenario;
mod scripts;
mod truth;

pub(crate) use scenario::ScenarioRunner;
pub use scenario::{Attempt, StepEnd, attempt, needs_tap};
