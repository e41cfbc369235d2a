//! Generated scenarios.

mod generating;
