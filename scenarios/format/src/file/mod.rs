//! Scenario files: regression tests that need no Rust.
//!
//! Responsible for the format: parsing a file strictly, with all errors reported at
//! once, and writing it. It must not know how a scenario is run.

mod decode;
mod head;
mod host_name;
mod members;
mod misplaced;
mod network;
mod places;
mod print;
mod problem;
mod recognise;
#[cfg(test)]
mod round_trip;
mod router;
mod scenario;
mod stack_names;
mod step_places;
mod steps;
mod validate;
mod value;

pub use crate::releases::{Releases, ReleasesError};
pub use decode::{parse, parse_unchecked, parse_with, step_lines};
pub use host_name::HostName;
pub(crate) use members::{members, members_for_report};
pub use network::{Distribution, NetworkSettings, RegionSettings};
pub use problem::{Problem, Problems, line_of};
pub use recognise::is_scenario;
pub use router::RouterGroup;
pub use scenario::{Allow, Found, Ground, HostGroup, PlannedFault, ScenarioFile, Shrunk};
pub(crate) use step_places::step_places;
pub use steps::{Repeat, Steps};
pub(crate) use validate::allow::is_like;

/// The JSON schema of scenario files, for editors. The syntax of steps and the
/// meaning of names are checked only by [`parse`].
pub fn schema() -> String {
    let schema = schemars::schema_for!(ScenarioFile);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
    text.push('\n');
    text
}
