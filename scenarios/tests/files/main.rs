//! Scenario files: each one a test, and the form they are written in.

mod corpus;
mod coverage;
mod failures;
mod mistakes;
mod reference;
mod round_trip;
mod schema;
mod upstream;
