//! What real swarms make of the simulated network.

mod dialing;
mod moving;
mod parity;
mod time;
