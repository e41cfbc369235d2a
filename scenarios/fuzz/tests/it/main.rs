//! Tests of fuzzing: generated scenarios are valid, and failures are found, shrunk
//! and kept.

mod campaign;
mod generating;
mod kept;
mod mutating;
mod property;
