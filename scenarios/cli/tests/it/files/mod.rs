//! Scenario files: each one a test, and the form they are written in.

mod corpus;
mod coverage;
mod reference;
mod upstream;
