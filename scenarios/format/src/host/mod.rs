//! Hosts of scenarios, whatever their behaviours.
//!
//! Responsible for what a host is built from and for what can be done to it. It
//! must not know stacks by name, files or steps.

mod handle;
mod spec;

pub(crate) use handle::{DhtHandle, HostHandle, RawHandle, Reach};
pub(crate) use spec::HostSpec;
