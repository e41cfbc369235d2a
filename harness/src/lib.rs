//! A deterministic test harness for DHT routing tables.
//!
//! Runs many real rust-libp2p swarms, built by your own code, in one process on
//! virtual time and a simulated network, and checks what must hold. Start with
//! [`Sim::builder`] and [`Node`]; what is checked is in [`check`].
//!
//! | module | is responsible for | stands on |
//! |---|---|---|
//! | [`identity`] | identities that are the same in every run | |
//! | [`net`] | hosts, links, faults, the two transports | |
//! | [`trace`] | events, their digest, where two runs differ | net |
//! | `engine` | one event after another on virtual time | trace |
//! | [`host`] | a swarm with an owner, in simulations and outside | engine |
//! | [`dht`] | tables and queries as values | net |
//! | [`deterministic_order`](DeterministicOrder) | behaviours whose order of maps must not differ | dht |
//! | [`tap`] | the DHT's messages, read off the network | dht |
//! | [`world`] | the simulation as checks and tests read it | host, tap |
//! | [`diagnosis`] | why a routing table is empty | world |
//! | [`check`] | what a check is, what it reports, its limits | world |
//! | [`invariants`] | what must hold | check |
//! | [`sim`] | what a test does and sees | diagnosis, invariants, identity, deterministic_order |
#![deny(missing_docs)]

pub mod check;
mod deterministic_order;
pub mod dht;
pub mod diagnosis;
mod engine;
pub mod host;
mod identity;
pub mod invariants;
pub mod net;
pub mod sim;
pub mod tap;
pub mod trace;
pub mod world;

pub use deterministic_order::DeterministicOrder;
pub use dht_harness_clock::{Skew, VirtualInstant};
pub use engine::Schedule;
pub use identity::identity;
pub use net::TransportKind;
pub use sim::{Node, Sim, SimBuilder, SimError, SimHost, assert_deterministic};
pub use world::World;

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles and runs the example of the book.
#[cfg(doctest)]
#[doc = include_str!("../../book/src/rust-tests.md")]
struct Book;
