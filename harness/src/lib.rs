//! A deterministic test harness for DHT routing tables.
//!
//! Runs many real rust-libp2p swarms, built by your own code, in one process on
//! virtual time and a simulated network, and checks invariants. Start with
//! [`Sim::builder`] and [`Node`]. The invariants are listed in [`invariants`].
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | [`release`](Release) | the release of libp2p of this build | |
//! | [`identity`] | fixed identities | |
//! | `noun` | nouns of counted things | |
//! | [`net`] | hosts, links, faults, the two transports | |
//! | [`trace`] | events, their digest, and the comparison of runs | net, noun |
//! | `engine` | the event loop on virtual time | trace |
//! | [`host`] | a swarm with an owner, in simulations and outside | engine |
//! | [`dht`] | tables and queries as values | net, noun |
//! | [`deterministic_order`](DeterministicOrder) | deterministic message order of behaviours | dht |
//! | [`tap`] | the DHT's messages, read off the network | dht |
//! | `application` | applications with their own event loop | host, deterministic_order |
//! | [`kad`] | `libp2p::kad`, observed inside an application | application |
//! | `recording` | what a run remembers so that it can be shown | tap, trace |
//! | [`world`] | the state of a simulation, for checks and tests | recording, application |
//! | [`diagnosis`] | diagnosis of empty routing tables | world |
//! | [`check`] | the check trait, findings and limits | world |
//! | [`invariants`] | the invariants of this library | noun, check |
//! | [`view`] | pictures of a run | recording |
//! | [`sim`] | the simulation as used by a test | noun, view, diagnosis, invariants, identity, deterministic_order |
#![deny(missing_docs)]

mod application;
pub mod check;
mod deterministic_order;
pub mod dht;
pub mod diagnosis;
mod engine;
pub mod host;
mod identity;
pub mod invariants;
pub mod kad;
pub mod net;
mod noun;
mod recording;
mod release;
pub mod sim;
pub mod tap;
pub mod trace;
pub mod view;
pub mod world;

pub use application::Observed;
pub use deterministic_order::DeterministicOrder;
pub use dht_harness_clock::{Skew, VirtualInstant};
pub use engine::Schedule;
pub use identity::identity;
pub use net::TransportKind;
pub use noun::noun;
pub use release::Release;
pub use sim::{App, AppHost, Node, Sim, SimBuilder, SimError, SimHost, assert_deterministic};
pub use world::World;

/// Compiles and runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles and runs the examples of the book. Those that need more than the library are
/// tested by `dht-harness-cli`.
#[cfg(doctest)]
#[doc = include_str!("../../book/src/applications.md")]
#[doc = include_str!("../../book/src/determinism.md")]
#[doc = include_str!("../../book/src/dev-dependency.md")]
#[doc = include_str!("../../book/src/failures.md")]
#[doc = include_str!("../../book/src/first-test.md")]
#[doc = include_str!("../../book/src/invariants.md")]
#[doc = include_str!("../../book/src/migration.md")]
#[doc = include_str!("../../book/src/network.md")]
#[doc = include_str!("../../book/src/rust-tests.md")]
#[doc = include_str!("../../book/src/time.md")]
struct Book;
