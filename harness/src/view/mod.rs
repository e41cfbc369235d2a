//! Pictures of a run: a page for a browser, and forms that other viewers read.
//!
//! Responsible for showing a [`Recording`]. It must not know how a simulation is run.

#[cfg(test)]
mod colours;
mod document;
mod format;
mod page;
mod perfetto;
mod shiviz;
mod write;

pub use crate::recording::{Recording, Verdict};
pub use format::{UnknownViewFormat, ViewFormat};
pub use write::ViewError;

use std::{env, path::PathBuf};

/// The folder in which the environment wants a page of each failure: the value of
/// `DHT_HARNESS_VIEW`, if it is set.
pub fn failures_folder() -> Option<PathBuf> {
    let folder = env::var_os("DHT_HARNESS_VIEW");
    folder
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
}
