//! `Host` outside a simulation: the same rules on a plain tokio runtime over TCP.

// `SwarmBuilder::with_tokio` is missing there, see `harness/libp2p`.
#[cfg(not(feature = "libp2p-0-55"))]
mod tcp;
