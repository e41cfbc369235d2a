use std::{io, path::PathBuf};

use thiserror::Error;

/// A mismatch between the modules of a crate and their table.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The crate has several modules and no table.
    #[error("lib.rs has no table of modules")]
    NoTable,
    /// A module of the crate has no row.
    #[error("module `{0}` is missing from the table")]
    NotInTable(String),
    /// A row names a module that does not exist.
    #[error("the table names `{0}`, which is not a module of the crate")]
    NoSuchModule(String),
    /// Two rows name the same module.
    #[error("the table names `{0}` twice")]
    Twice(String),
    /// A row depends on a module that no earlier row names.
    #[error("`{module}` depends on `{on}`, which no earlier row names")]
    NotEarlier {
        /// The module of the row.
        module: String,
        /// The name in its last column.
        on: String,
    },
    /// A row depends on a module that none of its modules uses.
    #[error("`{module}` depends on `{on}` according to the table, but does not use it")]
    Unused {
        /// The modules of the row.
        module: String,
        /// The name in its last column.
        on: String,
    },
    /// A module uses a module that is not among its dependencies in the table.
    #[error("`{module}` uses `{on}`, on which it does not depend according to the table: {}", .at.join(", "))]
    NotBelow {
        /// The module that uses the other one.
        module: String,
        /// The module that is used.
        on: String,
        /// The files of the first module that name the other one.
        at: Vec<String>,
    },
    /// Modules use each other, directly or indirectly.
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
    /// A module imports all names of `lib.rs` by a glob.
    #[error("`{0}` imports everything from the root of the crate; name what it needs")]
    RootGlob(String),
}

/// The error for a crate whose modules cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A file is not valid Rust.
    #[error("{path}: {source}")]
    Rust {
        /// The file.
        path: PathBuf,
        /// The parse error.
        source: syn::Error,
    },
    /// A manifest is not valid TOML, or it is not the manifest of a workspace.
    #[error("{path}: {why}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// The reason.
        why: String,
    },
    /// A module is declared, but its file does not exist.
    #[error("{path}: no file for module `{module}`")]
    NoFile {
        /// The file that declares the module.
        path: PathBuf,
        /// The module.
        module: String,
    },
}

impl ReadError {
    /// Reads a file. An error contains its path.
    pub(crate) fn read(path: &std::path::Path) -> Result<String, Self> {
        std::fs::read_to_string(path).map_err(|source| Self::File {
            path: path.to_owned(),
            source,
        })
    }
}
