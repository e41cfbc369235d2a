use std::{fs, path::Path};

use crate::error::BenchError;

/// Writes a file unless it has this content already.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> Result<(), BenchError> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
    }
    fs::write(path, bytes).map_err(BenchError::file(path))
}
