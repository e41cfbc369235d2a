//! Integration tests of the program and the scenarios of this project. They share one
//! binary, so that libp2p is linked only once.

mod book;
mod closing;
mod determinism;
mod files;
mod founding;
mod network;
mod program;
