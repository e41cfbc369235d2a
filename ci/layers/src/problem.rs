use std::{io, path::PathBuf};

use thiserror::Error;

/// What is wrong with the modules of a crate or with their table.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The crate has several modules and no table.
    #[error("lib.rs has no table of modules")]
    NoTable,
    /// A module of the crate has no row.
    #[error("module `{0}` is missing from the table")]
    NotInTable(String),
    /// A row names a module that the crate does not have.
    #[error("the table names `{0}`, which is no module of the crate")]
    NoSuchModule(String),
    /// A module is named by two rows.
    #[error("the table names `{0}` twice")]
    Twice(String),
    /// A row stands on something that no earlier row names.
    #[error("`{module}` stands on `{on}`, which no earlier row names")]
    NotEarlier {
        /// The module of the row.
        module: String,
        /// What its last column names.
        on: String,
    },
    /// A row stands on a module that none of its modules uses.
    #[error("`{module}` stands on `{on}`, but does not use it")]
    Unused {
        /// The modules of the row.
        module: String,
        /// What its last column names.
        on: String,
    },
    /// A module uses one that it does not stand on.
    #[error("`{module}` uses `{on}`, which it does not stand on: {}", .at.join(", "))]
    NotBelow {
        /// The module that uses the other one.
        module: String,
        /// The module that is used.
        on: String,
        /// The files of the first module that name the other one.
        at: Vec<String>,
    },
    /// Modules use each other, directly or through others.
    #[error("modules in a circle: {}", .0.join(", "))]
    Circle(Vec<String>),
    /// A module uses an item that `lib.rs` itself defines.
    #[error("`{module}` uses `{item}` of lib.rs; define it in a module")]
    InRoot {
        /// The module that uses it.
        module: String,
        /// The item.
        item: String,
    },
    /// A module imports everything that `lib.rs` names.
    #[error("`{0}` imports everything from the root of the crate; name what it needs")]
    RootGlob(String),
}

/// Why the modules of a crate cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not valid Rust.
    #[error("{path}: {source}")]
    Rust {
        /// The file.
        path: PathBuf,
        /// Why.
        source: syn::Error,
    },
    /// A manifest is not valid TOML or not of a workspace.
    #[error("{path}: {why}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A module is declared, and there is no file for it.
    #[error("{path}: no file for module `{module}`")]
    NoFile {
        /// The file that declares the module.
        path: PathBuf,
        /// The module.
        module: String,
    },
}

impl ReadError {
    /// Reads a file, or tells which one cannot be read.
    pub(crate) fn read(path: &std::path::Path) -> Result<String, Self> {
        std::fs::read_to_string(path).map_err(|source| Self::File {
            path: path.to_owned(),
            source,
        })
    }
}
