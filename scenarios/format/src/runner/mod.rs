//! Executes scenario files.
//!
//! Responsible for looking up hosts by name, performing actions and evaluating
//! conditions. It must not know how files are parsed or how results are reported.

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
