//! The scenario files at a path.

use std::{
    fs, io,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

/// A scenario file, and its text or why it cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundFile {
    pub(super) path: PathBuf,
    pub(super) text: Result<String, String>,
}

/// The file at a path, or the scenario files in the folder there and its subfolders,
/// sorted by name. What cannot be read is among them.
///
/// # Errors
/// Returns an error if nothing is at the path.
pub(super) fn find(path: &Path) -> io::Result<Vec<FoundFile>> {
    path.symlink_metadata()?;
    let mut found = Vec::new();
    if path.is_dir() {
        search(path, &mut Vec::new(), &mut found);
    } else {
        found.push(FoundFile {
            path: path.to_owned(),
            text: read(path),
        });
    }
    Ok(found)
}

/// Searches a folder that is inside of the folders `around`.
fn search(folder: &Path, around: &mut Vec<PathBuf>, found: &mut Vec<FoundFile>) {
    let mut unreadable = |problem: String| {
        found.push(FoundFile {
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
        if entry
            .extension()
            .is_none_or(|extension| extension != "toml")
        {
            continue;
        }
        let text = read(&entry);
        if text.as_ref().map_or(true, |text| has_format(text)) {
            found.push(FoundFile { path: entry, text });
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

/// Whether a text has the key `format` at its top level. An invalid text is searched by
/// line, so that a scenario file with a syntax error is reported.
fn has_format(text: &str) -> bool {
    match text.parse::<toml::Table>() {
        Ok(table) => table.contains_key("format"),
        Err(_) => text.lines().any(|line| {
            let value = line.trim_start().strip_prefix("format");
            value.is_some_and(|value| value.trim_start().starts_with('='))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenario_files_have_the_key_format() {
        assert!(has_format("format = 1\nname = \"a\"\n"));
        assert!(has_format("format = 1\nname = \n"), "with a syntax error");
        assert!(!has_format("[package]\nname = \"a\"\n"));
        assert!(!has_format("[log]\nformat = 1\n"));
    }
}
