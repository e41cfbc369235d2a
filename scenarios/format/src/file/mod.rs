//! Scenario files: regression tests that need no Rust.
//!
//! Responsible for the form of a file: reading it strictly, with all mistakes
//! told at once, and writing it. It must not know how a scenario is run.

mod decode;
mod misplaced;
mod print;
mod problem;
#[cfg(test)]
mod round_trip;
mod scenario;
mod stack_names;
mod validate;

pub use decode::{parse, parse_on};
pub use problem::{Problem, Problems};
pub use scenario::{
    Allow, FORMAT, Found, Ground, HostGroup, NetworkSettings, PlannedFault, ScenarioFile, Schedule,
    Transport,
};
pub(crate) use validate::{members, members_for_report};

/// The JSON schema of a scenario file, for editors. What steps may say, and
/// whether names mean something, is told by [`parse`] alone.
pub fn schema() -> String {
    let schema = schemars::schema_for!(ScenarioFile);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    text.push('\n');
    text
}
