//! Files in a folder to which several processes write.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
    process,
};

use rustix::fs::{FlockOperation, flock};

/// Replaces the text of a file at once.
///
/// # Errors
/// Returns an error if the folder or the file cannot be written.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".new-{}", process::id()));
    let written = File::create(&beside).and_then(|mut file| file.write_all(text.as_bytes()));
    written
        .and_then(|()| fs::rename(&beside, path))
        .inspect_err(|_| {
            // There may be no such file.
            let _ = fs::remove_file(&beside);
        })
}

/// Holds a folder until the result is dropped, so that no other process keeps failures in
/// it meanwhile.
///
/// # Errors
/// Returns an error if the folder cannot be opened.
pub(crate) fn hold(folder: &Path) -> io::Result<File> {
    let file = File::open(folder)?;
    flock(&file, FlockOperation::LockExclusive)?;
    Ok(file)
}

/// Checks that a folder can be written, or created where it does not exist. Leaves
/// nothing behind.
///
/// # Errors
/// Returns an error if not.
pub(crate) fn probe(folder: &Path) -> io::Result<()> {
    let folder = std::path::absolute(folder)?;
    let existing = folder.ancestors().find(|folder| folder.exists());
    let path = existing.unwrap_or(&folder);
    let path = path.join(format!(".dht-harness-{}", process::id()));
    File::create_new(&path)?;
    fs::remove_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        probe(&dir.path().join("some/folder")).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        probe(&file.join("folder")).unwrap_err();
    }
}
