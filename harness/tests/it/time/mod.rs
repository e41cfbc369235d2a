//! Time inside a simulation is exact in every API that user code may use.

mod exact;
mod misuse;
