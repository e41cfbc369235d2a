use std::{io, path::PathBuf};

use thiserror::Error;

/// A part of the book that is missing, broken or said twice.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A page of the folder is not in the summary.
    #[error("{page}: no line of SUMMARY.md names this page; add it there")]
    Orphan {
        /// The page.
        page: String,
    },
    /// The summary names a page twice.
    #[error("SUMMARY.md names {page} twice; remove one of the lines")]
    NamedTwice {
        /// The page.
        page: String,
    },
    /// A link leads to a file that does not exist.
    #[error("{file}:{line}: the link `{target}` leads to no file")]
    NoFile {
        /// The file with the link.
        file: String,
        /// The line of the link.
        line: usize,
        /// The link as written.
        target: String,
    },
    /// A link leads to a heading that does not exist.
    #[error("{file}:{line}: the link `{target}` leads to no heading of that page")]
    NoHeading {
        /// The file with the link.
        file: String,
        /// The line of the link.
        line: usize,
        /// The link as written.
        target: String,
    },
    /// A page of the book links to a file outside of it by a path. The built book does
    /// not contain that file.
    #[error(
        "{file}:{line}: the link `{target}` leads out of the book, which is built without that \
         file; use its address in the repository"
    )]
    OutOfBook {
        /// The page with the link.
        file: String,
        /// The line of the link.
        line: usize,
        /// The link as written.
        target: String,
    },
    /// A sentence stands at two places of the book.
    #[error("{file}:{line}: the sentence `{sentence}` also stands in {other}; keep one of them")]
    SaidTwice {
        /// The page with the later one.
        file: String,
        /// Its line.
        line: usize,
        /// The sentence.
        sentence: String,
        /// The page and line of the earlier one.
        other: String,
    },
    /// A code block has a language that no test knows.
    #[error("{file}:{line}: no test knows code blocks of `{info}`; use one of {known}")]
    UnknownBlock {
        /// The file.
        file: String,
        /// The line of the fence.
        line: usize,
        /// The text after the fence.
        info: String,
        /// The languages that tests know.
        known: String,
    },
    /// A page has Rust examples, and no crate runs them as documentation tests.
    #[error(
        "{page}: no crate tests the Rust examples of this page; add it to `Book` in \
         harness/src/lib.rs or scenarios/cli/src/lib.rs"
    )]
    Untested {
        /// The page.
        page: String,
    },
}

/// The error for a file that cannot be read.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub struct ReadError {
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}
