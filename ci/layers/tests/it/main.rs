//! Runs the checker on small crates and on the crates of the workspace.

mod small;
mod workspace;
