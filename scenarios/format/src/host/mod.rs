//! The hosts of scenarios, independent of their behaviours.
//!
//! Responsible for how a host is specified and for the operations on it. It must not
//! know the names of stacks, files or steps.

mod application;
mod handle;
mod spec;

pub(crate) use application::{AppHandle, HandleReach};
pub(crate) use handle::{DhtHandle, HostHandle, RawHandle, Reach};
pub(crate) use spec::HostSpec;
