//! The file that a trace is written to.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, TryLockError},
};

use thiserror::Error;

use super::{TRACE_FORMAT, TraceEntry, TraceHeader};

/// Why a trace could not be written.
#[derive(Debug, Error)]
#[error("cannot write the trace to {path}: {source}; choose a writable path")]
pub struct TraceError {
    /// The file.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

/// The file of a trace. Clones refer to the same file, so that another thread
/// can flush the trace of a run whose thread is blocked.
#[derive(Clone)]
pub(crate) struct TraceFile {
    path: PathBuf,
    file: Arc<Mutex<BufWriter<File>>>,
}

impl TraceFile {
    pub(crate) fn create(path: &Path) -> Result<Self, TraceError> {
        let file = File::create(path).map_err(|source| TraceError {
            path: path.to_owned(),
            source,
        })?;
        let mut file = BufWriter::new(file);
        let header = TraceHeader {
            format: TRACE_FORMAT,
            harness: Cow::Borrowed(env!("CARGO_PKG_VERSION")),
        };
        let written = serde_json::to_writer(&mut file, &header).map_err(io::Error::from);
        let written = written.and_then(|()| file.write_all(b"\n"));
        written.map_err(|source| TraceError {
            path: path.to_owned(),
            source,
        })?;
        Ok(TraceFile {
            path: path.to_owned(),
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Writes an entry as a line of JSON.
    pub(super) fn write(&self, entry: &TraceEntry) -> Result<(), TraceError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_writer(&mut *file, entry)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .map_err(|source| self.error(source))
    }

    /// Flushes all that was written. Does nothing while another thread is
    /// writing, because that thread may be blocked for good.
    pub(crate) fn flush(&self) -> Result<(), TraceError> {
        let mut file = match self.file.try_lock() {
            Ok(file) => file,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(()),
        };
        file.flush().map_err(|source| self.error(source))
    }

    fn error(&self, source: io::Error) -> TraceError {
        TraceError {
            path: self.path.clone(),
            source,
        }
    }
}
