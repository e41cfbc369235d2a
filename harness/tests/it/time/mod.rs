//! Time inside a simulation: exact for everything user code may use.

mod exact;
mod misuse;
