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
mod ledger;
mod member;
mod node;
mod observe;
mod pace;
mod peer;
mod pilot;
mod plan;
mod queries;
mod restart;
mod tapped;
mod world;

pub use announced::{Announced, Announcement};
pub use builder::{Reads, SimBuilder};
pub use control::{Report, Sim};
pub use error::{End, Failure, SimError, Verdict};
pub use identity::identity;
pub use launch::Prepared;
pub use ledger::{ConnectionRecord, DialEnd, DialRecord, Ledger};
pub use member::{Life, SwarmView};
pub use node::{Node, TransportKind};
pub use peer::SimHost;
pub use queries::Ticket;
pub use restart::{Keep, Restart};

pub use world::World;
