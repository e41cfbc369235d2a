//! The scenarios of this project and the program: one binary, so that libp2p is
//! linked once.

mod closing;
mod determinism;
mod files;
mod founding;
mod network;
