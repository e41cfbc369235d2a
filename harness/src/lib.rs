//! A deterministic test harness for DHT routing tables.
//!
//! Runs many real rust-libp2p swarms, built by your own code, in one process on
//! virtual time and a simulated network, and checks what must hold. Start with
//! [`Sim::builder`] and [`Node`]; what is checked is in [`check`].
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | [`trace`] | events, their digest, where two runs part | |
//! | [`net`] | hosts, links, faults, the two transports | |
//! | [`engine`] | one event after another on virtual time | net, trace |
//! | [`host`] | a swarm with an owner, in simulations and outside | engine |
//! | [`dht`] | tables and queries as values | |
//! | [`tap`] | the DHT's messages, read off the network | net, dht |
//! | [`sim`] | what a test does and sees | host, tap |
//! | [`check`] | what must hold | sim |
#![deny(missing_docs)]

pub mod check;
mod deterministic_order;
pub mod dht;
pub mod engine;
pub mod host;
pub mod net;
pub mod sim;
pub mod tap;
pub mod trace;

pub use deterministic_order::DeterministicOrder;
pub use dht_harness_clock::{Skew, VirtualInstant};
pub use engine::Schedule;
pub use sim::{Node, Sim, SimBuilder, SimError, SimHost, TransportKind};

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
