//! Real swarms on the simulated network.

mod dialing;
mod moving;
mod parity;
mod time;
