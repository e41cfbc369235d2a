//! A deterministic test harness for DHT routing tables.
//!
//! Runs many real rust-libp2p swarms, built by your own code, in one process on
//! virtual time and a simulated network, and checks what must hold.
#![deny(missing_docs)]

pub mod check;
pub mod dht;
pub mod engine;
pub mod host;
pub mod net;
pub mod sim;
pub mod trace;

pub use dht_harness_clock::{Skew, VirtualInstant};
pub use sim::{Node, Sim, SimBuilder, SimError, SimHost, TransportKind};
