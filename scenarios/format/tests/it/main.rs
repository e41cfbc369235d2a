//! How files are read, written and run.

mod failures;
mod mistakes;
mod schema;
mod verdicts;
