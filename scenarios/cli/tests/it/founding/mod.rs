//! The founding cases, one named test for each stack, transport and seed.

mod matrix;
