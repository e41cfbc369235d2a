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
    /// The files that are no TOML by their names, but nearly.
    pub(super) near: Vec<PathBuf>,
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

/// Misspelt extensions of scenario files.
const NEAR: [&str; 4] = ["tml", "tom", "tolm", "tomll"];

/// The extensions of formats in which others write such files.
const OTHER_FORMATS: [&str; 2] = ["yaml", "yml"];

/// Whether the name of a file is nearly that of a scenario: the extension is misspelt, as in
/// `a.tml`, or another one follows, as in `a.toml.txt`; or it is that of another format, and the
/// file has the keys of a scenario. A hidden file is no scenario.
fn is_near(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.to_ascii_lowercase();
    if name.starts_with('.') || !path.is_file() {
        return false;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_followed = name.contains(".toml.") || name.contains(".toml~");
    let is_other = || {
        OTHER_FORMATS.contains(&extension)
            && fs::read_to_string(path).is_ok_and(|text| {
                let has = |key: &str| text.lines().any(|line| line.starts_with(key));
                has("hosts") && has("steps")
            })
    };
    is_followed || NEAR.contains(&extension) || is_other()
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
            if is_near(&entry) {
                found.near.push(entry);
            }
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

    #[test]
    fn a_name_that_is_nearly_one_is_told() {
        let folder = std::env::temp_dir().join(format!("dht-near-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let is = |name: &str, text: &str| {
            let path = folder.join(name);
            fs::write(&path, text).expect("a file");
            is_near(&path)
        };
        for near in ["a.tml", "a.TML", "a.toml.txt", "a.toml~", "a.toml.bak"] {
            assert!(is(near, ""), "{near}");
        }
        for other in ["a.md", "a.json", "toml", ".a.toml.swp", "tml", "a.txt"] {
            assert!(!is(other, "hosts\nsteps\n"), "{other}");
        }
        assert!(is("a.yaml", "hosts:\n  - a\nsteps:\n  - connect a b\n"));
        assert!(!is("compose.yml", "services:\n  hosts: a\n"));
        fs::remove_dir_all(&folder).expect("it is there");
    }
}
