//! Writing a picture to a file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{document::Document, format::ViewFormat, page, perfetto, shiviz};
use crate::recording::Recording;

/// The most bytes of a page.
const PAGE: usize = 5_000_000;

/// The most bytes of a page without its data: its script and style.
pub(super) const PARTS: usize = 250_000;

/// Why a picture could not be written.
#[derive(Debug, Error)]
#[error("cannot write the picture {path}: {source}; choose a writable path")]
pub struct ViewError {
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

impl Recording {
    /// Writes a picture. Folders on the way to the file are made.
    ///
    /// A page has at most 5 MB: what is far from the failure, or from the end of the run,
    /// is left out, and the page says so. The other forms have all that is known.
    ///
    /// # Errors
    /// Fails if the file cannot be written.
    pub fn write(&self, format: ViewFormat, path: &Path) -> Result<(), ViewError> {
        let text = self.render(format);
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), fs::create_dir_all);
        made.and_then(|()| fs::write(path, text))
            .map_err(|source| ViewError {
                path: path.to_owned(),
                source,
            })
    }

    /// The text of a picture.
    pub fn render(&self, format: ViewFormat) -> String {
        match format {
            ViewFormat::Html => page::html(&Document::of(self, PAGE - PARTS)),
            ViewFormat::Perfetto => perfetto::trace(&Document::of(self, usize::MAX)),
            ViewFormat::ShiViz => shiviz::log(&Document::of(self, usize::MAX)),
        }
    }
}
