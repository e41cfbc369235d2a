//! What the files of a test call remedies.
//!
//! Responsible for the remedies of the simulation that this thread runs. It must not know
//! which there are.

use std::cell::Cell;

use super::TableCause;

/// What the author of a test file can do about a table without usable entries; `None` for what
/// only the application can change.
pub(crate) type FileRemedy = fn(&TableCause) -> Option<&'static str>;

thread_local! {
    static REMEDY: Cell<Option<FileRemedy>> = const { Cell::new(None) };
}

/// The remedies of this thread's diagnoses are those of a file until this is dropped.
pub(crate) struct FileRemedies {
    former: Option<FileRemedy>,
}

impl FileRemedies {
    pub(crate) fn set(remedy: Option<FileRemedy>) -> Self {
        FileRemedies {
            former: REMEDY.replace(remedy),
        }
    }
}

impl Drop for FileRemedies {
    fn drop(&mut self) {
        REMEDY.set(self.former);
    }
}

/// The remedy in the terms of the files of the test, if it has some.
pub(super) fn remedy(cause: &TableCause) -> Option<&'static str> {
    REMEDY.get().and_then(|remedy| remedy(cause))
}
