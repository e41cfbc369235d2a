//! Behaviour of the library: one binary, so that libp2p is linked once.

mod host;
mod sim;
mod time;
