//! A swarm with an owner.
//!
//! [`Host`] takes ownership of a swarm, drives it, and closes all of its resources,
//! as go-libp2p issue 2911 requires. The module works in a simulation and on a plain
//! tokio runtime. It must not know which of the two it runs on, nor the behaviour of
//! the swarm.

mod close;
mod driver;
mod error;
mod event_tap;
mod handle;
mod notice;
mod pending;

pub(crate) use error::chain;
pub use error::{AddressError, DialReason, HostError};
pub use handle::{Host, HostState};
pub(crate) use notice::Notice;
pub(crate) use pending::{Pending, is_connected_already, wait};
