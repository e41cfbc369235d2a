//! Integration tests of the library. One binary, so that libp2p is linked once.

mod host;
mod sim;
mod time;
