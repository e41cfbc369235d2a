//! Integration tests of the program and the scenarios of this project. One
//! binary, so that libp2p is linked once.

mod closing;
mod determinism;
mod files;
mod founding;
mod network;
