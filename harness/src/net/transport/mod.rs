//! The network as libp2p's transports.
//!
//! Responsible for implementing libp2p's traits and for releasing the resources
//! of a handle when it is dropped. It must not know how the network behaves.

mod accepting;
mod dialling;
mod listeners;
mod mux;
mod resolving;
mod stream;
#[cfg(test)]
mod tests;

pub(crate) use mux::MuxTransport;
pub(crate) use resolving::{Attempts, Resolving};
pub(crate) use stream::StreamTransport;
