//! Reading the file of a trace.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Lines},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::{TRACE_FORMAT, TraceEntry, event::TraceHeader};

/// Why a trace could not be read.
#[derive(Debug, Error)]
pub enum TraceReadError {
    /// The file could not be read.
    #[error("cannot read the trace {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The first line is not that of a trace.
    #[error("{path} is no trace of dht-harness: its first line has to be that of a trace file")]
    NoTrace {
        /// The file.
        path: PathBuf,
    },
    /// The trace was written by another version.
    #[error(
        "{path} has the trace format {format}, and this version reads {TRACE_FORMAT}: record it again"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        format: u32,
    },
    /// A line is not an event.
    #[error("{path}:{line}: not an event of a trace: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// Reads a trace file event by event.
///
/// A run that was killed can leave an incomplete last line, which is an error like any
/// other line that is no event.
pub struct TraceReader {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
    line: usize,
}

impl TraceReader {
    /// Opens a trace, and reads its first line.
    ///
    /// # Errors
    /// Fails if the file cannot be read, if it is no trace, or if another version with
    /// another format has written it.
    pub fn open(path: &Path) -> Result<Self, TraceReadError> {
        let failed = |source| TraceReadError::File {
            path: path.to_owned(),
            source,
        };
        let no_trace = || TraceReadError::NoTrace {
            path: path.to_owned(),
        };
        let mut lines = BufReader::new(File::open(path).map_err(failed)?).lines();
        let first = lines.next().ok_or_else(no_trace)?;
        let first = first.map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => no_trace(),
            _ => failed(error),
        })?;
        let header: TraceHeader = serde_json::from_str(&first).map_err(|_| no_trace())?;
        if header.format != TRACE_FORMAT {
            return Err(TraceReadError::Format {
                path: path.to_owned(),
                format: header.format,
            });
        }
        Ok(TraceReader {
            path: path.to_owned(),
            lines,
            line: 1,
        })
    }
}

impl Iterator for TraceReader {
    type Item = Result<TraceEntry, TraceReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.lines.next()?;
        self.line += 1;
        let path = || self.path.clone();
        Some(match text {
            Ok(text) => serde_json::from_str(&text).map_err(|source| TraceReadError::Line {
                path: path(),
                line: self.line,
                source,
            }),
            Err(source) => Err(TraceReadError::File {
                path: path(),
                source,
            }),
        })
    }
}
