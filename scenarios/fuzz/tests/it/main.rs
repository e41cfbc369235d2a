//! Generated scenarios: that they are sound, found, reduced and kept.

mod campaign;
mod generating;
mod kept;
mod property;
