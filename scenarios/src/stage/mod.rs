//! Plays scenario files.
//!
//! Responsible for hosts by name, for doing what steps say and for judging
//! what they demand. It must not know how files are read or reported.

mod actor;
mod applications;
mod cast;
mod connections;
mod faults;
mod judge;
mod lifecycle;
mod limits;
mod perform;
mod play;
mod queries;
mod scripts;
mod story;
mod truth;

pub use actor::{Actor, AnyDht, AnySwarm, Readings};
pub(crate) use actor::{DhtActor, RawActor, Reach};
pub use play::{Attempt, Play, STEP_HOLDS, StepEnd};
pub(crate) use play::{failed_step, needs_tap};
