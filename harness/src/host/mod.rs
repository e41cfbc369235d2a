//! A swarm with an owner.
//!
//! [`Host`] takes a swarm by value, wherever it was built, drives it, and
//! closes all of it: the rule that go-libp2p issue 2911 was about. The module
//! works on a simulation and on a plain tokio runtime alike; it must not know
//! which of the two it runs on, nor what behaviour the swarm has.

mod close;
mod driver;
mod error;
mod event_tap;
mod handle;
mod pending;

pub use error::HostError;
pub use handle::{BeforeDrop, Host, HostState, Observer};
