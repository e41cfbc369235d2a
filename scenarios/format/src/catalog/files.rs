//! The scenario files at a path.

use std::{
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

use crate::file::is_scenario;

/// A scenario file, and its text or why it cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub(super) path: PathBuf,
    pub(super) text: Result<String, String>,
}

/// What is at a path.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The scenario files, and what cannot be read.
    pub(super) files: Vec<FoundFile>,
    /// The TOML files that are no scenarios.
    pub(super) others: Vec<PathBuf>,
}

/// The file at a path, or the scenario files in the folder there and its subfolders,
/// sorted by name. What cannot be read is among them.
///
/// # Errors
/// Returns an error if nothing is at the path.
pub(super) fn find(path: &Path) -> io::Result<Found> {
    path.symlink_metadata()?;
    let mut found = Found::default();
    if path.is_dir() {
        search(path, &mut Vec::new(), &mut found);
    } else {
        found.files.push(FoundFile {
            path: path.to_owned(),
            text: read(path),
        });
    }
    Ok(found)
}

/// Whether a path has the extension of scenario files.
fn is_toml(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

/// Searches a folder that is inside of the folders `around`.
fn search(folder: &Path, around: &mut Vec<PathBuf>, found: &mut Found) {
    let mut unreadable = |problem: String| {
        found.files.push(FoundFile {
            path: folder.to_owned(),
            text: Err(problem),
        });
    };
    let inside = folder.canonicalize().and_then(|real| {
        let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        Ok((real, entries.collect::<io::Result<Vec<_>>>()?))
    });
    let (real, mut inside) = match inside {
        Ok(inside) => inside,
        Err(error) => return unreadable(error.to_string()),
    };
    if around.contains(&real) {
        return unreadable(format!(
            "the folder is a link to {}, which contains it: remove the link",
            real.display()
        ));
    }
    inside.sort();
    around.push(real);
    for entry in inside {
        if entry.is_dir() {
            search(&entry, around, found);
            continue;
        }
        if !is_toml(&entry) {
            continue;
        }
        let text = read(&entry);
        match text.as_ref().is_ok_and(|text| !is_scenario(text)) {
            true => found.others.push(entry),
            false => found.files.push(FoundFile { path: entry, text }),
        }
    }
    around.pop();
}

/// The text of a file, or why it cannot be read. Only a regular file is opened: a pipe
/// without a writer would block forever.
fn read(path: &Path) -> Result<String, String> {
    let kind = fs::metadata(path)
        .map_err(|error| error.to_string())?
        .file_type();
    if !kind.is_file() {
        let kind = if kind.is_fifo() {
            "a named pipe"
        } else if kind.is_socket() {
            "a socket"
        } else {
            "a device"
        };
        return Err(format!("{kind}: a scenario has to be in a regular file"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        format!("line {line} is not UTF-8 text, as TOML has to be")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_is_read_in_any_case() {
        let is = |path: &str| is_toml(Path::new(path));
        assert!(is("a.toml") && is("f/A.TOML") && is("a.Toml"));
        assert!(!is("a.tom") && !is("toml") && !is("a.toml~"));
    }
}
