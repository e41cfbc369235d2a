//! The results of several campaigns as one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dht_scenarios::file::parse;
use thiserror::Error;

use crate::{
    campaign::CAMPAIGN,
    keep::{Place, is_raw, keep},
    summary::Summary,
};

/// What came of several campaigns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// All of it.
    pub summary: Summary,
    /// Why it is not all there is to know: a sentence for each campaign that was
    /// ended too early.
    pub incomplete: Vec<String>,
}

/// A file or folder that cannot be read or written.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub struct MergeError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Joins the results of campaigns, each in a folder of its own, and keeps their
/// failures in the folder `out`. Failures of the same name are one.
///
/// # Errors
/// A file cannot be read or written. Campaigns that were ended too early are no
/// error.
pub fn merge(folders: &[PathBuf], out: &Path) -> Result<Merged, MergeError> {
    let mut merged = Merged::default();
    for folder in folders {
        match summary(folder) {
            Ok(part) => {
                merged.summary.merge(taken(folder, part, out)?);
                if take_all(folder, out, is_raw)? > 0 {
                    merged.incomplete.push(format!(
                        "{}: this part was ended while it shrank a failure, which is kept as it \
                         was found",
                        folder.display()
                    ));
                }
            }
            Err(error) => {
                merged.incomplete.push(format!(
                    "{error}\n  a part without a summary was ended before it could leave one: its \
                     failures are kept, its cases are not counted"
                ));
                take_all(folder, out, |_| true)?;
            }
        }
    }
    let path = out.join(CAMPAIGN);
    merged.summary.write(&path).map_err(failed(&path))?;
    Ok(merged)
}

/// Keeps the findings of a part. Folders are moved between machines; names stay.
fn taken(folder: &Path, mut part: Summary, out: &Path) -> Result<Summary, MergeError> {
    for finding in std::mem::take(&mut part.findings) {
        let place = take(&folder.join(format!("{}.toml", finding.name)), out)?;
        part.place(finding, &place);
    }
    Ok(part)
}

/// Keeps what a part has left under such names. Returns how many there are.
fn take_all(folder: &Path, out: &Path, is_one: fn(&str) -> bool) -> Result<usize, MergeError> {
    if fs::canonicalize(folder).ok() == fs::canonicalize(out).ok() {
        return Ok(0);
    }
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.strip_suffix(".toml").is_some_and(is_one) {
            take(&path, out)?;
            count += 1;
        }
    }
    Ok(count)
}

fn take(path: &Path, out: &Path) -> Result<Place, MergeError> {
    let text = fs::read_to_string(path).map_err(failed(path))?;
    let kept = parse(path, &text).map_err(io::Error::other);
    kept.and_then(|file| keep(&file, out)).map_err(failed(path))
}

fn summary(folder: &Path) -> Result<Summary, MergeError> {
    let path = folder.join(CAMPAIGN);
    let text = fs::read_to_string(&path).map_err(failed(&path))?;
    serde_json::from_str(&text).map_err(|error| MergeError {
        path,
        source: io::Error::other(format!(
            "not left by `dht-harness fuzz` of this version: {error}"
        )),
    })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> MergeError {
    let path = path.to_owned();
    move |source| MergeError {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kept failure, as a campaign leaves it.
    fn failure(name: &str) -> String {
        format!(
            "format = 1\nname = \"{name}\"\nabout = \"Found by fuzzing: no-panic\"\n\
             hosts = [{{ name = \"a\" }}]\nsteps = [\"crash a\"]\n\n[found]\n\
             violates = \"no-panic\"\ndigest = \"\"\nharness = \"0.1.0\"\n\
             libp2p = \"libp2p-kad 0.49.0\"\nseed = 0\ncase = 1\n"
        )
    }

    #[test]
    fn what_parts_without_a_summary_have_left_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, ended) = (dir.path().join("whole"), dir.path().join("ended"));
        for folder in [&whole, &ended] {
            fs::create_dir(folder).unwrap();
        }
        let summary = Summary {
            cases: 7,
            ..Summary::default()
        };
        summary.write(&whole.join(CAMPAIGN)).unwrap();
        fs::write(ended.join("no-panic-1.toml"), failure("no-panic-1")).unwrap();

        let out = dir.path().join("out");
        let merged = merge(&[whole, ended], &out).unwrap();
        assert_eq!(merged.summary.cases, 7);
        assert_eq!(merged.incomplete.len(), 1, "{:?}", merged.incomplete);
        assert!(out.join("no-panic-1.toml").is_file());
        assert!(out.join(CAMPAIGN).is_file());
    }

    #[test]
    fn a_failure_that_was_being_shrunk_makes_a_part_incomplete() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("part");
        Summary::default().write(&part.join(CAMPAIGN)).unwrap();
        let raw = "no-panic-of-case-0-1";
        fs::write(part.join(format!("{raw}.toml")), failure(raw)).unwrap();

        let merged = merge(&[part], &dir.path().join("out")).unwrap();
        assert_eq!(merged.incomplete.len(), 1, "{:?}", merged.incomplete);
    }

    #[test]
    fn a_file_that_is_no_scenario_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("part");
        fs::create_dir(&part).unwrap();
        fs::write(part.join("wrong.toml"), "format = 0").unwrap();
        assert!(merge(&[part], &dir.path().join("out")).is_err());
    }
}
