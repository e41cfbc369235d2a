//! Checks that the book in the folder `book` is whole.
//!
//! [`check`] reports pages that `SUMMARY.md` does not name, links and includes that lead
//! nowhere, sentences that stand twice, and examples that nothing tests. Tests that run
//! the examples read them with [`Page`].
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `problem` | the problems that a check can find | |
//! | `page` | headings, links, sentences and code blocks of a Markdown file | problem |
//! | `target` | where a link leads | page |
//! | `check` | comparing the pages with each other and with the repository | target, problem |
#![deny(missing_docs)]

mod check;
mod page;
mod problem;
mod target;

pub use check::check;
pub use page::{Block, Page};
pub use problem::{Problem, ReadError};
