//! The simulation as used by a test: hosts, time, and the state of the network.
//!
//! All calls are synchronous. A call that needs the network runs the simulation in
//! virtual time until its result is available. Between calls no time passes.

mod application;
mod builder;
mod checker;
mod connections;
mod control;
mod custom_error;
mod determinism;
mod dht;
mod ending;
mod error;
mod events;
mod failure;
mod failure_report;
mod faults;
mod finish;
mod hindrance;
mod host_portrait;
mod launch;
mod marks;
mod names;
mod node;
mod origin;
mod peer;
mod picture;
mod plan;
mod queries;
mod reported_fault;
mod restart;
mod routers;
mod step_controller;
mod step_tables;
mod timing;
mod views;

pub use crate::engine::{BlockedRun, PanicNote, ProbeError, Stall, panic_text};
pub use application::{App, AppHost};
pub use builder::SimBuilder;
pub use control::{RunReport, Sim};
pub use custom_error::CustomError;
pub use determinism::assert_deterministic;
pub use error::{ConditionResult, SimError};
pub use failure::{End, Failure};
pub use failure_report::FailureReport;
pub use faults::FaultGuard;
pub use launch::HostBuilder;
pub use node::Node;
pub use peer::SimHost;
pub use restart::{Keep, Restart};
