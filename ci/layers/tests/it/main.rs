//! The checker on small crates.

mod small;
