//! Tests of parsing, writing and running scenario files.

mod addresses;
mod allowed;
mod failures;
mod mistakes;
mod planned;
mod schema;
mod stacks;
mod too_much;
mod vacuous;
mod verdicts;
