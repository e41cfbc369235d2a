//! `libp2p::kad` with a behaviour that the harness sees inside an application.
//!
//! An application that runs its own event loop constructs its DHT with this module
//! in its tests, see [`Sim::spawn_app`](crate::Sim::spawn_app):
//!
//! ```
//! #[cfg(not(test))]
//! use libp2p::kad;
//! #[cfg(test)]
//! use dht_harness::kad;
//! ```

pub use libp2p::kad::*;

/// [`libp2p::kad::Behaviour`] in a wrapper that lets the harness see it.
pub type Behaviour<S> = crate::Observed<libp2p::kad::Behaviour<S>>;
