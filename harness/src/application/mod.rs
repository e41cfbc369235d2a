//! Applications that run their own event loop.
//!
//! Responsible for running an application's future in a host's name, and for
//! access to the parts of its swarm that it has wrapped in [`Observed`]. It must
//! not know what a simulation records or checks.

mod hub;
mod observed;
mod order;
mod running;
mod swarm_facts;
mod window;

pub(crate) use hub::{Hub, Listener, Sighting};
pub use observed::Observed;
pub(crate) use running::{App, run};
pub(crate) use swarm_facts::SwarmFacts;
