//! Generated scenarios: drawn, run, shrunk and kept.
//!
//! A [`Campaign`] draws scenarios from a generator, runs them and looks for
//! [`Symptom`](crate::Symptom)s. What a [`Known`](known::Known) defect describes is counted;
//! anything else is shrunk to the smallest scenario that shows the same symptom
//! and kept as a scenario file.
//!
//! Responsible for finding and reducing. It must not know how a scenario is
//! played, nor how a campaign is shown.

mod campaign;
mod generate;
mod keep;
pub mod known;
mod reached;
pub mod shrink;
mod summary;
mod trial;

pub use campaign::{Budget, CAMPAIGN, Campaign, Draw, Progress, Shard, ShardError};
pub use generate::{Generator, Nature, Theme};
pub use keep::{Place, is_raw, keep};
pub use reached::{Reached, SOMETIMES};
pub use summary::{Kept, Summary};
pub use trial::{Sighting, Trial, try_out};
