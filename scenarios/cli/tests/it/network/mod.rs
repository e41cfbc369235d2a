//! Real swarms on the simulated network.

mod dialing;
mod moving;
// `SwarmBuilder::with_tokio` is missing there, see `harness/libp2p`.
#[cfg(not(feature = "libp2p-0-55"))]
mod parity;
mod time;
