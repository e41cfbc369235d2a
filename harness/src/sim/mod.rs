//! The simulation as a test sees it: hosts, time, and what is true of them.
//!
//! Everything is synchronous. A call that needs the network runs the
//! simulation until it is answered, in virtual time; between calls time stands
//! still.

mod announced;
mod builder;
mod connections;
mod contents;
mod control;
mod ending;
mod error;
mod faults;
mod identity;
mod launch;
mod member;
mod node;
mod observe;
mod peer;
mod plan;
mod queries;
mod restart;
mod step_controller;
mod swarm_log;
mod tapped;
mod timing;
mod world;

pub use announced::{Announced, Announcement};
pub use builder::{Reads, SimBuilder};
pub use control::{RunReport, Sim};
pub use error::{ConditionResult, End, Failure, SimError};
pub use identity::identity;
pub use launch::HostBuilder;
pub use member::{HostStatus, SwarmView};
pub use node::{Node, TransportKind};
pub use peer::SimHost;
pub use queries::QueryHandle;
pub use restart::{Keep, Restart};
pub use swarm_log::{ConnectionRecord, DialEnd, DialRecord, SwarmLog};

pub use world::World;
