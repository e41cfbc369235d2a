//! The network as libp2p sees it.
//!
//! Responsible for libp2p's traits and for releasing what a handle holds when
//! it is dropped. It must not know how the network behaves.

mod dialling;
mod listeners;
mod mux;
mod stream;
#[cfg(test)]
mod tests;

pub use dialling::Dialling;
pub use mux::{MuxStream, MuxTransport, Muxer};
pub use stream::{Pipe, StreamTransport};
