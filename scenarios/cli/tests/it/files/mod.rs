//! Scenario files: each one a test, and the documents generated from them.

mod corpus;
mod coverage;
mod on_stack;
mod reference;
mod releases;
mod upstream;
mod wording;
